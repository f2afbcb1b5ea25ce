// SPDX-License-Identifier: Apache-2.0
#include "store/evidence/entry.h"

#include <gtest/gtest.h>

#include "store/evidence/strict_json.h"
#include "store/evidence/tiles.h"
#include "tests/unit/evidence/test_log.h"

namespace countersign {
namespace {

const Timestamp kTime{std::chrono::sys_days{std::chrono::year{2026} / 3 / 4} +
                      std::chrono::nanoseconds{5'006'007'999}};

TEST(Entry, OfAServiceHasExactlyTheseBytes) {
  JsonObject entry = begin_entry(EntrySeq{7}, "log.heartbeat", kTime, test::TestLog::service());
  entry.number("offset", -12).boolean("synced", true).null("cosigned_at").text_or_null("a", std::nullopt);
  entry.text_or_null("b", "x").time_or_null("c", std::nullopt).time_or_null("d", kTime);
  entry.array("list", JsonArray().number(1).text("two").object(JsonObject().number("three", 3)));
  EXPECT_EQ(finish_entry(entry, "log.heartbeat").value(),
            R"({"v":1,"seq":7,"type":"log.heartbeat","time":"2026-03-04T00:00:05.006007Z",)"
            R"("actor":{"kind":"service","id":"countersign"},"offset":-12,"synced":true,"cosigned_at":null,)"
            R"("a":null,"b":"x","c":null,"d":"2026-03-04T00:00:05.006007Z","list":[1,"two",{"three":3}]})");
}

TEST(Entry, OfAHumanSaysHowHeCameIn) {
  const JsonObject entry = begin_entry(EntrySeq{0}, "alert.noted", kTime, test::TestLog::human());
  EXPECT_EQ(finish_entry(entry, "alert.noted").value(),
            R"({"v":1,"seq":0,"type":"alert.noted","time":"2026-03-04T00:00:05.006007Z",)"
            R"("actor":{"kind":"human","id":"p-abcdefghijklmnopqrstuvwxyz"},)"
            R"("auth":{"method":"password","at":"2026-01-02T00:00:00.000000Z",)"
            R"("session":"3f3af1ecebbd1410ab417ec0d27bbfcb5d340e177ae159b59fc8626c2dfd9175"},)"
            R"("role":"analyst","channel":"api","request":"r-1"})");
}

TEST(Entry, HostileTextStaysText) {
  constexpr char kHostile[] = "\"},\\\n\r\t\0\x1F\x7F\xFF\xC0\x80 ünï \U0001F511";
  const std::string hostile(kHostile, sizeof kHostile - 1);
  const std::string json = JsonObject().text("x", hostile).text(hostile, "y").json();
  const Result<JsonValue> read = parse_strict_json(json);
  ASSERT_TRUE(read) << json;
  ASSERT_EQ(read->object()->size(), 2U);
  std::string expected = hostile;
  expected.replace(expected.find('\xFF'), 3, "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(*read->find("x")->text(), expected);
}

TEST(Entry, AboveTheLimitIsRefused) {
  JsonObject entry = begin_entry(EntrySeq{1}, "alert.noted", kTime, test::TestLog::service());
  const std::size_t head = entry.json().size() + std::string_view(R"(,"x":"")").size();
  JsonObject fits = entry;
  fits.text("x", std::string(kEntryBytesMax - head, 'x'));
  EXPECT_EQ(finish_entry(fits, "alert.noted")->size(), kEntryBytesMax);
  entry.text("x", std::string(kEntryBytesMax - head + 1, 'x'));
  const Result<std::string> refused = finish_entry(entry, "alert.noted");
  EXPECT_EQ(refused.error().kind, ErrorKind::LimitExceeded);
  EXPECT_NE(refused.error().message.find("65536 bytes, limit 65535"), std::string::npos);
}

// Computed with sha256sum over the 16 bytes 00…0f followed by {}.
TEST(Commitment, IsSha256OfSaltAndPayload) {
  Salt salt{};
  for (std::uint8_t i = 0; i < salt.size(); ++i) salt[i] = i;
  EXPECT_EQ(commitment(salt, "{}"), "b5c1f9361eb9fbedd3e628a72d1c8fef46544361fd79fa6781baf6d932b1c3f6");
  EXPECT_NE(commitment({}, "{}"), commitment(salt, "{}"));
}

TEST(PayloadFile, RoundTripsAndHasOneSpelling) {
  Salt salt{};
  salt[3] = 200;
  for (const std::string payload : {"", "{}", "{\"a\":\"\xC3\xBC\"}"}) {
    const std::string file = format_payload_file({salt, payload});
    const SaltedPayload read = parse_payload_file(file).value();
    EXPECT_EQ(read.payload, payload);
    EXPECT_EQ(read.salt, salt);
    for (std::size_t length = 0; length < file.size(); ++length) {
      EXPECT_FALSE(parse_payload_file(file.substr(0, length)));
    }
    EXPECT_FALSE(parse_payload_file(file + "\n"));
    EXPECT_FALSE(parse_payload_file(" " + file));
  }
  EXPECT_FALSE(parse_payload_file("{\"salt\":\"AAAA\",\"payload\":\"\"}\n"));
  EXPECT_FALSE(parse_payload_file("{\"salt\":\"\",\"payload\":\"\"}\n"));
  EXPECT_FALSE(parse_payload_file("{\"payload\":\"\",\"salt\":\"AAAAAAAAAAAAAAAAAAAAAA==\"}\n"));
}

TEST(EntryType, IsOneOfTheContract) {
  for (const std::string_view type :
       {"log.opened", "alert.decided", "user.changed", "incident.opened", "access.read"}) {
    EXPECT_TRUE(is_entry_type(type)) << type;
  }
  for (const std::string_view type : {"", "log", "alert.deleted", "incident.", "incident", "Log.opened"}) {
    EXPECT_FALSE(is_entry_type(type)) << type;
  }
}

}  // namespace
}  // namespace countersign
