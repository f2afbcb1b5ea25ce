// SPDX-License-Identifier: Apache-2.0
// The readers of text formats: CEF, LEEF, CSV, expressions with named groups, the syslog header.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "ingest/formats/cef.h"
#include "ingest/formats/csv.h"
#include "ingest/formats/syslog.h"
#include "ingest/formats/text_pattern.h"

namespace countersign {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Outcome {
  bool fits = false;
  std::string failure;  // reason: message
  Pairs pairs;
  std::string value(const std::string& name) const {
    for (const auto& [key, text] : pairs)
      if (key == name) return text;
    return "<none>";
  }
};

Outcome run(const std::function<TextRead(TextFields&)>& reader, const DecodeLimits& limits = {}) {
  Event event;
  TextFields fields(event, limits);
  const TextRead done = reader(fields);
  Outcome out{done.fits, {}, {}};
  if (done.failure) out.failure = std::string(done.failure->reason) + ": " + done.failure->message;
  for (const Field& field : event.fields()) out.pairs.emplace_back(field.name, field.value.text);
  return out;
}

Outcome cef(std::string_view text) {
  return run([&](TextFields& fields) { return read_cef(text, fields); });
}
Outcome leef(std::string_view text) {
  return run([&](TextFields& fields) { return read_leef(text, fields); });
}

TEST(Cef, ReadsHeaderAndExtension) {
  const Outcome out =
      cef("<134>Jan  2 03:04:05 gw CEF:0|Example|Fire\\|wall|1.0|100|blocked \\\\ it|8|src=192.0.2.1 spt=1 "
          "msg=a = b\\nand more act=deny cs1Label=Rule Name cs1=Block all cn2=7 empty= last=x");
  EXPECT_TRUE(out.fits);
  EXPECT_EQ(out.failure, "");
  EXPECT_EQ(out.pairs, (Pairs{{"cef.version", "0"},
                              {"cef.device.vendor", "Example"},
                              {"cef.device.product", "Fire|wall"},
                              {"cef.device.version", "1.0"},
                              {"cef.device.event_class_id", "100"},
                              {"cef.name", "blocked \\ it"},
                              {"cef.severity", "8"},
                              {"src", "192.0.2.1"},
                              {"spt", "1"},
                              {"msg", "a = b\nand more"},
                              {"act", "deny"},
                              {"cs1Label", "Rule Name"},
                              {"cs1", "Block all"},
                              {"cn2", "7"},
                              {"empty", ""},
                              {"last", "x"},
                              {"Rule Name", "Block all"}}));
}

TEST(Cef, AKeyIsWhatStandsBeforeAnEqualsSignThatIsNotEscaped) {
  EXPECT_EQ(cef("CEF:0|a|b|c|d|e|1|request=http://x/?q\\=1&r\\=2 dst=192.0.2.9").value("request"),
            "http://x/?q=1&r=2");
  EXPECT_EQ(cef("CEF:0|a|b|c|d|e|1|").pairs.size(), 7U);
  EXPECT_EQ(cef("CEF:0|a|b|c|d|e|1|words without a key").pairs.size(), 7U);
  EXPECT_EQ(cef("CEF:1||b|c|d|e|Unknown|  src=1").value("cef.device.vendor"), "");
}

TEST(Cef, AHeaderThatEndsEarlyIsTruncatedAndOtherTextIsNone) {
  EXPECT_EQ(cef("CEF:0|a|b|c").failure, "truncated: the CEF header ends after 3 of 7 parts");
  for (const char* text : {"", "CEF:", "CEF: 0|a", "XCEF:0|a|b|c|d|e|1|", "cef:0|a|b|c|d|e|1|"})
    EXPECT_FALSE(cef(text).fits) << text;
}

TEST(Leef, DelimitersAreTabsOrDeclared) {
  const Pairs expected = {
      {"leef.version", "1.0"},      {"leef.device.vendor", "Example"}, {"leef.device.product", "EDR"},
      {"leef.device.version", "3"}, {"leef.event_id", "found"},        {"src", "192.0.2.1"},
      {"usrName", "ada l"}};
  EXPECT_EQ(leef("LEEF:1.0|Example|EDR|3|found|src=192.0.2.1\tusrName=ada l").pairs, expected);
  for (const char* text : {"LEEF:2.0|Example|EDR|3|found|^|src=192.0.2.1^usrName=ada l",
                           "LEEF:2.0|Example|EDR|3|found|x5E|src=192.0.2.1^usrName=ada l",
                           "LEEF:2.0|Example|EDR|3|found|0x09|src=192.0.2.1\tusrName=ada l",
                           "LEEF:2.0|Example|EDR|3|found||src=192.0.2.1\tusrName=ada l",
                           "LEEF:2.0|Example|EDR|3|found|src=192.0.2.1\tusrName=ada l"}) {
    const Outcome out = leef(text);
    EXPECT_EQ(out.value("src"), "192.0.2.1") << text;
    EXPECT_EQ(out.value("usrName"), "ada l") << text;
  }
  EXPECT_EQ(leef("LEEF:1.0|a").failure, "truncated: the LEEF header ends after 1 of 5 parts");
  EXPECT_FALSE(leef("LEEF").fits);
}

Outcome csv(std::string_view text, const CsvSyntax& syntax) {
  return run([&](TextFields& fields) { return read_csv(text, syntax, fields); });
}

TEST(Csv, ReadsCellsByTheirColumns) {
  const CsvSyntax syntax{',', csv_columns({"a", "", "c", "d"})};
  EXPECT_EQ(csv("1,2,3,4", syntax).pairs, (Pairs{{"a", "1"}, {"c", "3"}, {"d", "4"}}));
  EXPECT_EQ(csv("\"x, \"\"y\"\"\",2,,\"\",5,,7", syntax).pairs,
            (Pairs{{"a", "x, \"y\""}, {"column_5", "5"}, {"column_7", "7"}}));
  EXPECT_EQ(csv(" 1 ,2", syntax).pairs, (Pairs{{"a", "1"}}));
  EXPECT_EQ(csv("", syntax).pairs, Pairs{});
  EXPECT_EQ(csv("1,2,\"cut", syntax).failure,
            "truncated: the quote of column 3 at byte 4 of 8 does not close");
}

TEST(Csv, TheLastColumnMayTakeTheRest) {
  EXPECT_EQ(csv("1;2;3;\"4\"", {';', csv_columns({"a", "rest..."})}).pairs,
            (Pairs{{"a", "1"}, {"rest", "2;3;\"4\""}}));
  EXPECT_EQ(csv("1", {';', csv_columns({"a", "rest..."})}).pairs, (Pairs{{"a", "1"}}));
}

TEST(TextFormats, StopAtTheLimitOfFields) {
  DecodeLimits limits;
  limits.fields_max = 3;
  const std::string full = "too_many_fields: more values in one event than the limit 3";
  EXPECT_EQ(run([](TextFields& f) { return read_cef("CEF:0|a|b|c|d|e|1|", f); }, limits).failure, full);
  EXPECT_EQ(run([](TextFields& f) { return read_leef("LEEF:1.0|a|b|c|d|e=1", f); }, limits).failure, full);
  EXPECT_EQ(run([](TextFields& f) { return read_csv("1,2,3,4", {}, f); }, limits).failure, full);
}

TEST(TextPatterns, TheFirstThatIsFoundGivesItsNamedGroups) {
  const auto patterns =
      TextPatterns::compile({R"(from (?P<ip>[0-9.]+)(?: port (?P<port>\d+))?$)", R"((?P<word>\w+))"});
  ASSERT_TRUE(patterns);
  const auto read = [&](std::string_view text) {
    return run([&](TextFields& fields) { return (*patterns)->read(text, fields); });
  };
  EXPECT_EQ(read("login from 192.0.2.1 port 22").pairs, (Pairs{{"ip", "192.0.2.1"}, {"port", "22"}}));
  EXPECT_EQ(read("login from 192.0.2.1").pairs, (Pairs{{"ip", "192.0.2.1"}}));
  EXPECT_EQ(read("login").pairs, (Pairs{{"word", "login"}}));
  EXPECT_FALSE(read("!").fits);
  EXPECT_EQ(TextPatterns::compile({"(a"}).error().kind, ErrorKind::Malformed);
  EXPECT_EQ(TextPatterns::compile({"(a)"}).error().kind, ErrorKind::InvalidArgument);
}

struct SyslogRow {
  std::string_view line;
  int priority;  // -1: none
  std::string_view time, host, app, procid, message;
};

TEST(Syslog, ReadsWhatDevicesWrite) {
  const SyslogRow rows[] = {
      {"<34>1 2026-01-02T03:04:05.003Z host app 12 ID47 [a@1 b=\"c]d\"][e@1] the message", 34,
       "2026-01-02T03:04:05.003Z", "host", "app", "12", "the message"},
      {"<34>1 - - - - - - \xEF\xBB\xBFonly", 34, "", "", "", "", "only"},
      {"<34>1 2026-01-02T03:04:05Z host app - - -", 34, "2026-01-02T03:04:05Z", "host", "app", "", ""},
      {"<34>Jan  2 03:04:05 host su[7]: failed", 34, "Jan  2 03:04:05", "host", "su", "7", "failed"},
      {"Jan 12 03:04:05 host sshd: x", -1, "Jan 12 03:04:05", "host", "sshd", "", "x"},
      {"Jan 12 2026 03:04:05 host sshd: x", -1, "Jan 12 2026 03:04:05", "host", "sshd", "", "x"},
      {"2026-01-02T03:04:05+01:00 host cron[1]: x", -1, "2026-01-02T03:04:05+01:00", "host", "cron", "1",
       "x"},
      {"<166>Jan 02 2026 03:04:05: %ASA-6-1: text", 166, "Jan 02 2026 03:04:05", "", "", "",
       "%ASA-6-1: text"},
      {"<166>Jan 02 2026 03:04:05 fw : %ASA-6-1: text", 166, "Jan 02 2026 03:04:05", "fw", "", "",
       "%ASA-6-1: text"},
      {"<166>*Jan  2 03:04:05.123 UTC: %SYS-5-X: text", 166, "Jan  2 03:04:05.123", "", "", "",
       "%SYS-5-X: text"},
      {"<189>date=2026-01-02 time=03:04:05", 189, "", "", "", "", "date=2026-01-02 time=03:04:05"},
      {"<14>Jan  2 03:04:05 fw 1,2026/01/02 03:04:05,00,THREAT", 14, "Jan  2 03:04:05", "fw", "", "",
       "1,2026/01/02 03:04:05,00,THREAT"},
      {"Jan  2 03:04:05 host CEF:0|a|b", -1, "Jan  2 03:04:05", "host", "", "", "CEF:0|a|b"},
      {"Jan  2 03:04:05 clamd: x", -1, "Jan  2 03:04:05", "", "clamd", "", "x"},
      {"2026 Nov 13 13:40:01 host su: x", -1, "2026 Nov 13 13:40:01", "host", "su", "", "x"},
      {"<13>plain words", 13, "", "", "", "", "plain words"},
  };
  for (const SyslogRow& row : rows) {
    SCOPED_TRACE(row.line);
    const auto header = parse_syslog(row.line);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->priority ? int{*header->priority} : -1, row.priority);
    EXPECT_EQ(header->time, row.time);
    EXPECT_EQ(header->hostname, row.host);
    EXPECT_EQ(header->appname, row.app);
    EXPECT_EQ(header->procid, row.procid);
    EXPECT_EQ(header->message, row.message);
  }
}

TEST(Syslog, ATagStaysInReachBecauseRelaysTakeTheFirstWordForOne) {
  const auto header = parse_syslog("<13>Jan  2 03:04:05 host date=2026-01-02: x");
  ASSERT_TRUE(header);
  EXPECT_EQ(header->tagged, "date=2026-01-02: x");
  EXPECT_EQ(parse_syslog("<13>Jan  2 03:04:05 host su: x")->tagged, "su: x");
}

TEST(Syslog, OtherTextHasNoHeader) {
  for (const char* text :
       {"", "words", "<999>x", "<1", "<a>x", "CEF:0|a", "{\"a\":1}", "Jan", "Jan  2 3:4:5 x", "2026-01-02"})
    EXPECT_FALSE(parse_syslog(text)) << text;
}

}  // namespace
}  // namespace countersign
