// SPDX-License-Identifier: Apache-2.0
// What relays, shippers and products do to a message on its way, one test for each, with the packs that ship.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "tests/unit/ingest/decoding.h"

namespace countersign {
namespace {

using testing::decode;
using testing::Decoded;
using testing::kNow;
using testing::SeenEvent;

constexpr std::string_view kWall =
    R"(date=2026-01-02 time=03:04:00 devname="FW-1" devid="FGT60F" logid="0000000013" type="traffic" )"
    R"(subtype="forward" level="notice" srcip=10.0.0.1 dstip=10.0.0.2 action="accept")";
constexpr std::string_view kCef = "CEF:0|Example|Shield|1|17|Odd thing|9|src=10.0.0.1 act=block dvchost=fw-1";
constexpr std::string_view kLogon = R"({"EventID":4624,"Channel":"Security","Hostname":"pc-1"})";

std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

/// The only event, or one without anything.
SeenEvent event_of(std::string_view message) {
  const Decoded decoded = decode(message);
  EXPECT_TRUE(decoded.parsed) << message;
  EXPECT_EQ(decoded.events.size(), 1U) << message;
  return decoded.events.empty() ? SeenEvent{} : decoded.events[0];
}

std::string reason_of(std::string_view message) {
  const Decoded decoded = decode(message);
  EXPECT_TRUE(decoded.events.empty()) << message;
  return decoded.dead_letters.empty() ? "none" : decoded.dead_letters[0].reason;
}

TEST(Arrival, ARelayTakesTheFirstWordOfTheMessageForTheTag) {
  const std::string wall(kWall);
  const std::string first = wall.substr(0, wall.find(' '));
  const std::string rest = wall.substr(first.size());
  const std::string wraps[] = {
      fmt::format(R"({{"rawmsg":{},"msg":"x","hostname":"relay","syslogtag":"y"}})",
                  json_text("<134>Jan  2 03:04:05 FW-1 " + wall)),
      fmt::format(R"({{"msg":{},"hostname":"relay","syslogtag":{},"pri":"134","inputname":"imudp"}})",
                  json_text(rest), json_text(first)),
      fmt::format(R"({{"PROGRAM":{},"MESSAGE":{},"HOST":"relay","ISODATE":"2026-01-02T03:04:05+00:00"}})",
                  json_text(first), json_text(rest.substr(1))),
      fmt::format(R"({{"message":{},"host":"relay","@timestamp":"2026-01-02T03:04:05Z"}})", json_text(wall)),
  };
  for (const std::string& message : wraps) {
    const SeenEvent event = event_of(message);
    EXPECT_EQ(event.pack, "fortigate") << message;
    EXPECT_EQ(event.value("observer.name"), "FW-1") << message;
    EXPECT_EQ(event.value("source.ip"), "10.0.0.1") << message;
  }
  const std::string cef(kCef);
  EXPECT_EQ(
      event_of(fmt::format(R"({{"PROGRAM":"CEF","MESSAGE":{},"HOST":"relay"}})", json_text(cef.substr(4))))
          .value("cef.device.vendor"),
      "Example");
}

TEST(Arrival, TheHostOfTheWrapperIsTheRelay) {
  const SeenEvent event = event_of(fmt::format(
      R"({{"rawmsg":{},"hostname":"localhost","fromhost-ip":"192.0.2.7","syslogtag":"x","msg":"y"}})",
      json_text(kWall)));
  EXPECT_EQ(event.value("observer.name"), "FW-1");
  EXPECT_EQ(event.value("relay.ip"), "192.0.2.7");
}

TEST(Arrival, ALiteralNameWithDotsComesBeforeThePath) {
  const SeenEvent event = event_of(
      R"({"ts":1767322985.5,"uid":"C1","id.orig_h":"10.0.0.1","id":{"orig_h":"10.9.9.9"},"id.orig_p":1,)"
      R"("id.resp_h":"10.0.0.2","id.resp_p":443,"proto":"tcp","conn_state":"SF","_path":"conn"})");
  EXPECT_EQ(event.pack, "zeek");
  EXPECT_EQ(event.value("source.ip"), "10.0.0.1");
}

TEST(Arrival, NamesMayHoldBlanks) {
  const SeenEvent event = event_of(
      R"({"EventID":1116,"Channel":"Microsoft-Windows-Windows Defender/Operational","Hostname":"pc-1",)"
      R"("Threat Name":"Virus:DOS/EICAR_Test_File","Severity ID":"5"})");
  EXPECT_EQ(event.value("rule.name"), "Virus:DOS/EICAR_Test_File");
  EXPECT_EQ(event.value("Threat Name"), "Virus:DOS/EICAR_Test_File");
}

TEST(Arrival, NumbersAreTextsAndSomeValuesMeanNothing) {
  const std::string zeros(64, '0');
  const SeenEvent event = event_of(fmt::format(
      R"({{"event_simpleName":"ProcessRollup2","aid":"a1","cid":"c1","id":"i1","timestamp":"1767322985000",)"
      R"("ContextTimeStamp":"1767322984.250","ComputerName":"pc-1","RawProcessId":"4711","SHA256HashData":"{}",)"
      R"("ImageFileName":"\\Device\\a.exe","CommandLine":"a","event_platform":"Win"}})",
      zeros));
  EXPECT_EQ(event.pack, "crowdstrike");
  EXPECT_EQ(event.value("process.pid"), "4711");
  EXPECT_EQ(event.value("process.hash.sha256"), "<none>");
  EXPECT_EQ(event_of(R"({"EventID":4624,"Channel":"Security","Hostname":"pc-1","IpAddress":"-"})")
                .value("source.ip"),
            "<none>");
}

TEST(Arrival, AListMayStandWhereOneValueIsExpected) {
  const SeenEvent event =
      event_of(R"({"ecs":{"version":"8.0.0"},"@timestamp":"2026-01-02T03:04:00Z","event":{"kind":"event"},)"
               R"("destination":{"ip":["192.0.2.1","192.0.2.2"]},"host":{"name":["pc-1"]}})");
  EXPECT_EQ(event.value("destination.ip"), "|192.0.2.1|192.0.2.2") << "the list and its members";
  EXPECT_EQ(event.value("host.name"), "|pc-1");
  EXPECT_EQ(event.group_by.front(), "host.name");
}

TEST(Arrival, TimesHaveManyFormsAndOneThatIsFarAheadIsMarked) {
  const auto time_of = [](std::string_view value) {
    return event_of(
        fmt::format(R"({{"ecs":{{"version":"8"}},"event":{{"kind":"event"}},"@timestamp":{}}})", value));
  };
  const Timestamp expected = kNow - std::chrono::seconds{45};  // 03:03:20
  for (const char* value :
       {"\"2026-01-02T03:03:20Z\"", "\"2026-01-02T04:03:20+0100\"", "1767323000", "1767323000000",
        "\"1767323000\"", "1767323000000000", "1767323000000000000", "1767323000.0"})
    EXPECT_EQ(time_of(value).time, expected) << value;
  const SeenEvent ahead = time_of("\"2026-01-02T04:04:05Z\"");
  EXPECT_EQ(ahead.time, kNow);
  EXPECT_TRUE(ahead.skewed);
  // Without a year: the one that is nearest to the time of ingestion, 2026-01-02.
  EXPECT_EQ(event_of("<134>Dec 31 23:59:59 fw-1 CEF:0|Example|Shield|1|17|Odd thing|9|src=10.0.0.1").time,
            parse_rfc3339("2025-12-31T23:59:59Z").value());
}

TEST(Arrival, EncodingsAreRepairedWhereThatIsSafeAndNamedWhereNot) {
  EXPECT_EQ(event_of("\xEF\xBB\xBF" + std::string(kLogon)).pack, "windows");
  const std::string wall(kWall.substr(0, kWall.rfind(' ')));
  for (const char* end : {"#015", "#015#012", "#000", "\r", "\r\n"})
    EXPECT_EQ(event_of(wall + " action=accept" + end).value("event.action"), "accept") << end;
  EXPECT_EQ(event_of(wall + " action=accept" + std::string(1, '\0')).value("event.action"), "accept");
  EXPECT_EQ(event_of(wall + " action=#015b").value("event.action"), "#015b") << "only at the end";

  std::string utf16;
  for (const char c : kLogon) utf16 += {c, '\0'};
  EXPECT_EQ(reason_of(utf16), "framed");
  EXPECT_EQ(reason_of(R"({"EventID":4624,"Channel":"Security","Hostname":"caf)"
                      "\xE9"
                      R"("})"),
            "bad_utf8");
  EXPECT_EQ(event_of(R"({"EventID":4624,"Channel":"Security","Hostname":"a\ud800b"})").value("host.name"),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(event_of(R"({"EventID":4624,"Channel":"Security","Hostname":"a\u0000b"})").value("host.name"),
            std::string("a\0b", 3));
}

TEST(Arrival, AStrayColonStandsBeforeJson) {
  for (const char* before : {": ", ":", "<13>Jan  2 03:04:05 pc-1 : ", "<13>Jan  2 03:04:05 pc-1 nxlog: : "})
    EXPECT_EQ(event_of(before + std::string(kLogon)).value("host.name"), "pc-1") << before;
}

TEST(Arrival, WhatWasCutIsADeadLetterThatSaysSo) {
  EXPECT_EQ(reason_of(kLogon.substr(0, kLogon.size() - 5)), "truncated");
  EXPECT_EQ(reason_of("<13>Jan  2 03:04:05 fw CEF:0|Example|Shield|1|17"), "truncated");
}

TEST(Arrival, EveryValueOfARepeatedNameCountsAndLargeNumbersKeepTheirDigits) {
  const SeenEvent event = event_of(
      R"({"timestamp":"2026-01-02T03:04:00.000000+0000","event_type":"alert","flow_id":18446744073709551615,)"
      R"("src_ip":"10.0.0.1","src_ip":"10.0.0.2","alert":{"signature":"x","severity":1}})");
  EXPECT_EQ(event.value("source.ip"), "10.0.0.1|10.0.0.2");
  EXPECT_EQ(event.value("flow_id"), "18446744073709551615");
}

TEST(Arrival, OneRecordMayHoldManyEventsOrNone) {
  const std::string logon(kLogon);
  EXPECT_EQ(decode("[" + logon + "," + logon + "]").events.size(), 2U);
  EXPECT_EQ(decode(logon + "\n" + logon).events.size(), 2U);
  EXPECT_EQ(
      decode(fmt::format(R"({{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[)"
                         R"({{"timeUnixNano":"1767322985000000000","body":{{"stringValue":{0}}}}},)"
                         R"({{"timeUnixNano":"1767322986000000000","body":{{"stringValue":{0}}}}}]}}]}}]}})",
                         json_text(kWall)))
          .events.size(),
      2U);
  Message tombstone;
  tombstone.null = true;
  EXPECT_EQ(decode(tombstone).dead_letters.at(0).reason, "null");
}

TEST(Arrival, LocalisedTextsDecideNothing) {
  const SeenEvent event = event_of(
      R"({"EventID":1116,"Channel":"Microsoft-Windows-Windows Defender/Operational","Hostname":"pc-1",)"
      R"("Severity ID":"5","Severity Name":"Schwerwiegend","Category Name":"Virus","Threat Name":"x"})");
  EXPECT_EQ(event.value("event.severity"), "5");
}

TEST(Arrival, ScalesOfSeverityRunBothWays) {
  const auto severity = [](std::string_view message) { return event_of(message).value("event.severity"); };
  EXPECT_EQ(
      severity(R"({"timestamp":"2026-01-02T03:04:00.000000+0000","event_type":"alert","src_ip":"10.0.0.1",)"
               R"("alert":{"signature":"x","severity":1}})"),
      "4");
  EXPECT_EQ(
      severity(
          R"({"timestamp":"2026-01-02T03:04:00.123+0000","rule":{"level":16,"id":"1","description":"x"},)"
          R"("agent":{"id":"1","name":"pc-1"},"manager":{"name":"m"},"id":"1.2"})"),
      "5");
  EXPECT_EQ(severity(kCef), "5");
  EXPECT_EQ(
      severity("<130>Jan  2 03:04:05 fw-1 %ASA-2-106001: Inbound TCP connection denied from 10.0.0.1/1 to "
               "10.0.0.2/2 flags SYN on interface outside"),
      "5");
}

}  // namespace
}  // namespace countersign
