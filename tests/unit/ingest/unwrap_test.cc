// SPDX-License-Identifier: Apache-2.0
// Layers around an event: wrappers, lists, syslog, and what the formats of text do from inside a pack. The
// packs are made for the purpose.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/ingest/decoding.h"

namespace countersign {
namespace {

using testing::decode;
using testing::Decoded;
using testing::packs_of;

const std::shared_ptr<const PackSet>& layered() {
  static const auto packs = packs_of({R"(
pack: shipper
priority: 50
shapes:
  - name: relay
    parse: json
    match: [{has: [rawmsg]}]
    unwrap: [rawmsg, {join: [tag, rest]}, {join: [program, text], with: ": "}]
    map: {log.syslog.hostname: hostname, relay.ip: peer}
  - name: records
    parse: json
    match: [{has: [Records]}]
    split: Records
    map: {account: owner}
  - name: deep
    parse: json
    match: [{has: [resource.scope.records]}]
    split: resource.scope.records
  - name: record
    parse: json
    match: [{has: [body.text]}]
    unwrap: body.text
)",
                                      R"(
pack: wall
priority: 20
shapes:
  - {name: pairs, parse: key_value, match: [{text: ["type=", "act="], has: [type, act]}]}
map: {event.action: act, host.name: [device, log.syslog.hostname]}
time: {fields: [when, log.syslog.timestamp]}
)",
                                      R"(
pack: plain
priority: 10
shapes: [{name: object, parse: json, match: [{has: [kind]}]}]
map: {host.name: [device, log.syslog.hostname]}
)"});
  return packs;
}

TEST(Unwrap, TheFirstPayloadThatAPackKnowsIsTheEvent) {
  for (
      const char* message :
      {R"({"rawmsg":"<13>Jan  2 03:04:05 fw type=x act=deny","hostname":"relay","peer":"192.0.2.7"})",
       R"({"rawmsg":"nothing known","tag":"type=x","rest":" act=deny","hostname":"relay","peer":"192.0.2.7"})",
       R"({"rawmsg":"","program":"Wall","text":"type=x act=deny","hostname":"relay","peer":"192.0.2.7"})"}) {
    SCOPED_TRACE(message);
    const Decoded out = decode(message, layered());
    ASSERT_EQ(out.events.size(), 1U);
    EXPECT_EQ(out.events[0].pack, "wall");
    EXPECT_EQ(out.events[0].value("event.action"), "deny");
    EXPECT_EQ(out.events[0].value("relay.ip"), "192.0.2.7");
    EXPECT_EQ(out.events[0].raw, message);
    EXPECT_TRUE(out.parsed);
  }
}

TEST(Unwrap, WhatThePayloadSaysComesBeforeWhatTheWrapperSays) {
  const auto from = [](const char* message) {
    return decode(message, layered()).events.at(0).value("host.name");
  };
  EXPECT_EQ(from(R"({"rawmsg":"type=x act=y device=fw-1","hostname":"relay"})"), "fw-1");
  EXPECT_EQ(from(R"({"rawmsg":"type=x act=y","hostname":"relay"})"), "relay");
  // The inner header says more than the relay does.
  EXPECT_EQ(from(R"({"rawmsg":"<13>Jan  2 03:04:05 fw-2 type=x act=y","hostname":"relay"})"), "fw-2");
  EXPECT_EQ(from(R"({"rawmsg":"{\"kind\":1}","hostname":"relay"})"), "relay");
  EXPECT_EQ(from(R"({"rawmsg":"{\"kind\":1,\"device\":\"pc\"}","hostname":"relay"})"), "pc");
}

TEST(Unwrap, WhatKnowsEveryObjectComesAfterWhatKnowsTheWrapper) {
  const auto packs = packs_of(
      {"pack: shipper\npriority: 9\nshapes: [{name: s, parse: json, match: [{has: raw}], unwrap: raw}]\n",
       "pack: around\npriority: 5\nshapes: [{name: s, parse: json, match: [{has: module}]}]\n",
       "pack: inside\npriority: 4\nshapes: [{name: s, parse: json, match: [{has: known}]}]\n",
       "pack: any\nshapes: [{name: s, parse: json}]\n"});
  const auto pack_of = [&](const char* message) { return decode(message, packs).events.at(0).pack; };
  EXPECT_EQ(pack_of(R"({"raw":"{\"known\":1}","module":"m"})"), "inside");
  EXPECT_EQ(pack_of(R"({"raw":"{\"a\":1}","module":"m"})"), "around");
  const Decoded neither = decode(R"({"raw":"[{\"a\":1},{\"a\":2}]"})", packs);
  ASSERT_EQ(neither.events.size(), 2U);
  EXPECT_EQ(neither.events[1].pack, "any");
  EXPECT_EQ(neither.events[1].value("a"), "2");
  EXPECT_EQ(pack_of(R"({"raw":"text","b":1})"), "any");
}

TEST(Unwrap, APayloadThatNobodyKnowsLeavesTheWrapperToTheOtherPacks) {
  const Decoded out = decode(R"({"rawmsg":"nothing known","kind":1,"hostname":"relay"})", layered());
  ASSERT_EQ(out.events.size(), 1U);
  EXPECT_EQ(out.events[0].pack, "plain");
  EXPECT_EQ(decode(R"({"rawmsg":"nothing known"})", layered()).dead_letters.at(0).reason, "no_pack");
  EXPECT_EQ(decode(R"({"rawmsg":"{\"cut\":"})", layered()).dead_letters.at(0).reason, "no_pack");
}

TEST(Unwrap, APayloadThatAPackKnowsAndCannotReadIsADeadLetterOfTheMessage) {
  const std::string message = R"({"rawmsg":"type=x act=y msg=\"cut"})";
  const Decoded out = decode(message, layered());
  ASSERT_EQ(out.dead_letters.size(), 1U);
  EXPECT_EQ(out.dead_letters[0].reason, "truncated");
  EXPECT_EQ(out.dead_letters[0].bytes, message);
  EXPECT_FALSE(out.dead_letters[0].index);
  EXPECT_FALSE(out.parsed);
}

TEST(Unwrap, JsonMayStandBehindASyslogHeaderAndAStrayColon) {
  for (const char* message :
       {R"(<13>Jan  2 03:04:05 pc app[1]: {"kind":"x"})",
        R"(<13>1 2026-01-02T03:04:05Z pc app - - - {"kind":"x"})", R"(<13>Jan  2 03:04:05 pc : {"kind":"x"})",
        R"(<13>Jan  2 03:04:05 pc app: : {"kind":"x"})"}) {
    SCOPED_TRACE(message);
    const Decoded out = decode(message, layered());
    ASSERT_EQ(out.events.size(), 1U);
    EXPECT_EQ(out.events[0].pack, "plain");
    EXPECT_EQ(out.events[0].value("host.name"), "pc");
    EXPECT_EQ(out.events[0].value("log.syslog.priority"), "13");
    EXPECT_EQ(out.events[0].value("log.syslog.severity.code"), "5");
  }
}

TEST(Unwrap, MembersOfAListAreEventsWithTheirIndex) {
  const Decoded out = decode(R"({"owner":"o","Records":[{"kind":1}, 7 ,{"none":1},{"kind":2}]})", layered());
  ASSERT_EQ(out.events.size(), 2U);
  EXPECT_EQ(out.events[0].index, 0U);
  EXPECT_EQ(out.events[0].raw, R"({"kind":1})");
  EXPECT_EQ(out.events[0].value("account"), "o");
  EXPECT_EQ(out.events[1].index, 3U);
  ASSERT_EQ(out.dead_letters.size(), 2U);
  EXPECT_EQ(out.dead_letters[0].reason, "not_an_event");
  EXPECT_EQ(out.dead_letters[0].index, 1U);
  EXPECT_EQ(out.dead_letters[0].bytes, "7");
  EXPECT_EQ(out.dead_letters[1].reason, "no_pack");
  EXPECT_EQ(out.dead_letters[1].index, 2U);
  EXPECT_TRUE(out.parsed);
}

TEST(Unwrap, ListsOnTheWayAreWalkedThroughAndLayersAddUp) {
  const Decoded out = decode(
      R"({"resource":[{"scope":[{"records":[{"body":{"text":"type=x act=1"}},{"body":{"text":"{\"kind\":1}"}}]}]},)"
      R"({"scope":{"records":[{"body":{"text":"[{\"kind\":2},{\"kind\":3}]"}}]}}]})",
      layered());
  ASSERT_EQ(out.events.size(), 4U);
  EXPECT_EQ(out.events[0].pack, "wall");
  EXPECT_EQ(out.events[1].value("kind"), "1");
  EXPECT_EQ(out.events[3].value("kind"), "3");
  EXPECT_EQ(out.events[3].index, 3U);
  EXPECT_EQ(out.events[3].raw, R"({"kind":3})");
}

TEST(Unwrap, AtMostThreeLayersAreTakenOff) {
  std::string message = R"({"kind":1})";
  for (int layer = 0; layer < 3; ++layer) {
    std::string escaped;
    for (const char c : message) {
      if (c == '"' || c == '\\') escaped += '\\';
      escaped += c;
    }
    message = R"({"rawmsg":")" + escaped + "\"}";
    EXPECT_EQ(decode(message, layered()).events.size(), 1U) << message;
  }
  std::string escaped;
  for (const char c : message) {
    if (c == '"' || c == '\\') escaped += '\\';
    escaped += c;
  }
  EXPECT_EQ(decode(R"({"rawmsg":")" + escaped + "\"}", layered()).dead_letters.size(), 1U);
}

TEST(Unwrap, ASourcesOnlyPackStillGetsWhatIsWrapped) {
  EventDecoderOptions only;
  only.pack = "plain";
  EXPECT_EQ(decode(R"({"rawmsg":"{\"kind\":1}"})", layered(), only).events.at(0).pack, "plain");
  EXPECT_EQ(decode(R"({"rawmsg":"type=x act=y"})", layered(), only).dead_letters.at(0).reason, "no_pack");
}

TEST(TextPacks, CellsAndExpressionsAreReadByTheirOptions) {
  const auto packs = packs_of({R"(
pack: csv
priority: 3
shapes:
  - name: line
    parse: csv
    after: "filter: "
    columns: [id, version, "rest..."]
    match: [{text: "filter: "}]
    embedded:
      - {field: rest, when: {version: "4"}, parse: csv, columns: [src, dst]}
      - {field: rest, when: {version: "6"}, parse: csv, columns: [class, src, dst]}
)",
                               R"(
pack: words
priority: 2
shapes:
  - name: line
    parse: regex
    pattern: '^%X-(?P<level>\d)-(?P<id>\d+): (?P<text>.*)'
    match: [{text: "%X-"}]
    embedded:
      - {field: text, when: {id: ["1", "2"]}, parse: regex, pattern: ['from (?P<src>\S+)', 'by (?P<user>\S+)']}
map:
  event.severity: {from: level, severity: syslog}
  event.action: {from: id, values: {"1": denied, "2": allowed}, otherwise: other}
  event.kind: {constant: event}
)",
                               R"(
pack: envelope
priority: 1
shapes: [{name: cef, parse: cef, match: [{text: "CEF:"}]}, {name: leef, parse: leef, match: [{text: "LEEF:"}]}]
map:
  event.severity: {from: cef.severity, severity: {"0-4": 2, "5-10": 4, unknown: 1}}
  word: {from: act, values: {Drop: dropped}}
)"});
  const auto four = decode("<13>Jan  2 03:04:05 h filter: 7,4,192.0.2.1,192.0.2.2", packs).events.at(0);
  EXPECT_EQ(four.value("src") + four.value("dst"), "192.0.2.1192.0.2.2");
  EXPECT_EQ(decode("filter: 7,6,0x0,::1,::2", packs).events.at(0).value("src"), "::1");
  EXPECT_EQ(decode("filter: 7,9,0x0,::1,::2", packs).events.at(0).value("src"), "<none>");
  const auto words = decode("<13>%X-2-1: denied from 192.0.2.1", packs).events.at(0);
  EXPECT_EQ(words.value("src"), "192.0.2.1");
  EXPECT_EQ(words.value("event.severity"), "5");
  EXPECT_EQ(words.value("event.action"), "denied");
  EXPECT_EQ(words.value("event.kind"), "event");
  EXPECT_EQ(decode("%X-7-2: by ada", packs).events.at(0).value("user"), "ada");
  EXPECT_EQ(decode("%X-7-3: by ada", packs).events.at(0).value("user"), "<none>");
  EXPECT_EQ(decode("%X-7-3: by ada", packs).events.at(0).value("event.action"), "other");
  EXPECT_EQ(decode("%X-none", packs).dead_letters.at(0).reason, "no_pack");
  const auto cef = decode("CEF:0|a|b|c|d|e|7|act=drop", packs).events.at(0);
  EXPECT_EQ(cef.value("event.severity"), "4");
  EXPECT_EQ(cef.value("word"), "dropped");
  EXPECT_EQ(decode("CEF:0|a|b|c|d|e|Unknown|act=Other", packs).events.at(0).value("word"), "Other");
  EXPECT_EQ(decode("CEF:0|a|b|c|d|e|?|", packs).events.at(0).value("event.severity"), "<none>");
  EXPECT_EQ(decode("LEEF:1.0|a|b|c|d|act=x", packs).events.at(0).value("act"), "x");
}

}  // namespace
}  // namespace countersign
