// SPDX-License-Identifier: Apache-2.0
#include "ingest/source_spec.h"

#include <gmock/gmock.h>

namespace countersign {
namespace {

using testing::HasSubstr;

struct GoodSpec {
  const char* text;
  SourceSpec spec;
};

const GoodSpec kGood[] = {
    {"file:/var/log/a.ndjson", {SourceKind::File, "/var/log/a.ndjson", "", "", Framing::Auto, false}},
    {"file:a b", {SourceKind::File, "a b", "", "", Framing::Auto, false}},
    {"file:C:x", {SourceKind::File, "C:x", "", "", Framing::Auto, false}},
    {"file:-", {SourceKind::File, "-", "", "", Framing::Auto, false}},
    {"file:x?", {SourceKind::File, "x", "", "", Framing::Auto, false}},
    {"file:what?.log?", {SourceKind::File, "what?.log", "", "", Framing::Auto, false}},
    {"file:x?follow=1&pack=zeek&framing=lines", {SourceKind::File, "x", "", "zeek", Framing::Lines, true}},
    {"file:x?follow=0&framing=array", {SourceKind::File, "x", "", "", Framing::Array, false}},
    {"file:x?framing=documents", {SourceKind::File, "x", "", "", Framing::Documents, false}},
    {"stdin", {SourceKind::Stdin, "", "", "", Framing::Auto, false}},
    {"stdin?pack=zeek&framing=array", {SourceKind::Stdin, "", "", "zeek", Framing::Array, false}},
    {"kafka:events", {SourceKind::Kafka, "", "events", "", Framing::Auto, false}},
    {"kafka:A.b_c-9?pack=x", {SourceKind::Kafka, "", "A.b_c-9", "x", Framing::Auto, false}},
};

TEST(SourceSpec, ReadsEveryForm) {
  for (const GoodSpec& good : kGood) {
    SCOPED_TRACE(good.text);
    const auto spec = parse_source_spec(good.text);
    ASSERT_TRUE(spec) << spec.error().message;
    EXPECT_EQ(*spec, good.spec);
  }
}

TEST(SourceSpec, ABackfillHasANameAndFromKafkaAPeriod) {
  const auto file = parse_source_spec("file:x?backfill=november&rules=a-1,vendor:defender");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->backfill, "november");
  EXPECT_EQ(file->rules, (std::vector<RuleId>{RuleId{"a-1"}, RuleId{"vendor:defender"}}));
  const auto topic = parse_source_spec("kafka:t?backfill=n&from=2026-01-31T23:00:00Z&to=17");
  ASSERT_TRUE(topic) << topic.error().message;
  EXPECT_EQ(topic->range, (KafkaRange{parse_rfc3339("2026-01-31T23:00:00Z").value(), Offset{17}}));
  EXPECT_EQ(parse_source_spec("kafka:t?backfill=n&to=1").value().range,
            (KafkaRange{std::nullopt, Offset{1}}));
}

TEST(SourceSpec, TheSourceOfABackfillHasItsName) {
  EXPECT_EQ(backfill_source("november"), SourceName{"backfill:november"});
  EXPECT_EQ(backfill_of(backfill_source("november")), "november");
  EXPECT_EQ(backfill_of(SourceName{"file:backfill"}), "");
}

struct WrongSpec {
  std::string text;
  const char* message;
};

const WrongSpec kWrong[] = {
    {"", "known: file:PATH, stdin, kafka:TOPIC"},
    {"/var/log/x", "known: file:PATH, stdin, kafka:TOPIC"},
    {"https:x", "known: file:PATH, stdin, kafka:TOPIC, http:NAME, syslog-tcp:ADDRESS:PORT"},
    {"http", "'' is not a name (1 to 249 of"},
    {"http:a/b", "'a/b' is not a name (1 to 249 of"},
    {"http:a?name=b", "unknown option 'name'; http knows: pack"},
    {"syslog-tcp", "'' is not ADDRESS:PORT"},
    {"syslog-tcp:1514", "'1514' is not ADDRESS:PORT"},
    {"syslog-tcp::1514", "':1514' is not ADDRESS:PORT"},
    {"syslog-udp:0.0.0.0:65536", "'0.0.0.0:65536' is not ADDRESS:PORT"},
    {"syslog-udp:0.0.0.0:1x", "'0.0.0.0:1x' is not ADDRESS:PORT"},
    {"syslog-tcp:::1:1514", "in brackets"},
    {"syslog-udp:0.0.0.0:1?connections=2", "unknown option 'connections'; syslog-udp knows: name, pack"},
    {"syslog-tcp:0.0.0.0:1?cert=a", "unknown option 'cert'"},
    {"syslog-tcp:0.0.0.0:1?name=", "'' is not a name"},
    {"syslog-tcp:0.0.0.0:1?connections=0", "option 'connections' is '0'; it is a number from 1 to 4096"},
    {"syslog-tcp:0.0.0.0:1?connections=4097", "it is a number from 1 to 4096"},
    {"syslog-tcp:0.0.0.0:1?idle=1h", "option 'idle' is '1h'; it is a number from 1 to 2592000"},
    {"syslog-tls:0.0.0.0:1", "TLS needs the options cert=PATH and key=PATH"},
    {"syslog-tls:0.0.0.0:1?cert=a", "TLS needs the options cert=PATH and key=PATH"},
    {"syslog-tls:0.0.0.0:1?cert=a&key=", "option 'key' has no value"},
    {"File:x", "known: file:PATH, stdin, kafka:TOPIC"},
    {"file", "has no path"},
    {"file:", "has no path"},
    {"file:?pack=x", "has no path"},
    {"stdin:x", "nothing after ':'"},
    {"kafka", "'' is not a topic name"},
    {"kafka:", "'' is not a topic name"},
    {"kafka:a/b", "'a/b' is not a topic name"},
    {"kafka:..", "'..' is not a topic name"},
    {"kafka:" + std::string(250, 'a'), "is not a topic name (1 to 249"},
    {"file:x?colour=1", "unknown option 'colour'; file knows: backfill, follow, framing, pack, rules"},
    {"file:x?pack", "option 'pack' has no '='"},
    {"file:x?&pack=a", "option '' has no '='"},
    {"file:x?pack=", "option 'pack' has no value"},
    {"file:x?pack=a&pack=b", "option 'pack' is given twice"},
    {"file:x?follow=yes", "option 'follow' is 'yes'; known: 0, 1"},
    {"file:x?framing=csv", "option 'framing' is 'csv'; known: lines, array, documents"},
    {"kafka:t?from=1", "options 'from', 'to' and 'rules' are for a backfill; add backfill=NAME"},
    {"file:x?rules=a", "options 'from', 'to' and 'rules' are for a backfill; add backfill=NAME"},
    {"file:x?backfill=n&rules=,", "option 'rules' names no rule"},
    {"kafka:t?backfill=n", "a backfill from Kafka ends somewhere; add to=TIME or to=OFFSET"},
    {"kafka:t?backfill=n&to=noon", "option 'to' is 'noon'; it is an offset, or a time such as"},
    {"kafka:t?backfill=a/b&to=1", "'a/b' is not a name"},
    {"file:x?backfill=n&from=1", "unknown option 'from'"},
    {"file:x?backfill=n&follow=1", "a backfill ends, so it cannot follow"},
    {"stdin?backfill=n", "unknown option 'backfill'"},
    {"file:x?framing=auto", "option 'framing' is 'auto'; known: lines, array, documents"},
    {"stdin?follow=1", "unknown option 'follow'; stdin knows: framing, pack"},
    {"kafka:t?framing=lines", "unknown option 'framing'; kafka knows: backfill, from, pack, rules, to"},
    {"kafka:t?follow=1", "unknown option 'follow'; kafka knows: backfill, from, pack, rules, to"},
};

TEST(SourceSpec, ReadsDoors) {
  const auto http = parse_source_spec("http:agents?pack=windows");
  ASSERT_TRUE(http) << http.error().message;
  EXPECT_EQ(http->kind, SourceKind::Http);
  EXPECT_EQ(http->name, "agents");
  EXPECT_EQ(http->pack, "windows");

  const auto udp = parse_source_spec("syslog-udp:[::]:514");
  ASSERT_TRUE(udp) << udp.error().message;
  EXPECT_EQ(udp->kind, SourceKind::SyslogUdp);
  EXPECT_EQ(udp->address, "::");
  EXPECT_EQ(udp->port, 514);
  EXPECT_EQ(udp->name, "udp-514");

  const auto tls = parse_source_spec(
      "syslog-tls:0.0.0.0:6514?cert=/a.pem&key=/k.pem&ca=/ca.pem&name=edge&connections=9"
      "&connections_per_address=3&idle=60");
  ASSERT_TRUE(tls) << tls.error().message;
  EXPECT_EQ(tls->kind, SourceKind::SyslogTls);
  EXPECT_EQ(tls->certificate, "/a.pem");
  EXPECT_EQ(tls->key, "/k.pem");
  EXPECT_EQ(tls->authorities, "/ca.pem");
  EXPECT_EQ(tls->name, "edge");
  EXPECT_EQ(tls->limits, (SyslogConnectionLimits{9, 3, std::chrono::seconds{60}}));
}

TEST(SourceSpec, SaysWhatIsWrongAndWhatIsKnown) {
  for (const WrongSpec& wrong : kWrong) {
    SCOPED_TRACE(wrong.text);
    const auto spec = parse_source_spec(wrong.text);
    ASSERT_FALSE(spec);
    EXPECT_EQ(spec.error().kind, ErrorKind::InvalidArgument);
    EXPECT_THAT(spec.error().message, HasSubstr(wrong.message));
    EXPECT_THAT(spec.error().message, HasSubstr("'" + wrong.text + "'"));
  }
}

}  // namespace
}  // namespace countersign
