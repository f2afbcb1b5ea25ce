// SPDX-License-Identifier: Apache-2.0
// RFC 6587 §3.4 in both ways, cut at every byte: how the network cuts what was sent must not be seen.
#include "ingest/syslog_framer.h"

#include <gmock/gmock.h>

#include <random>

namespace countersign {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using std::string_literals::operator""s;

constexpr KeptBytes kSmall{.max = 8, .prefix = 4};

struct Cut {
  std::vector<std::string> messages;
  std::vector<DoorCut> cuts;
  std::string error;
  bool whole = true;  // nothing was cut off at the end
  bool operator==(const Cut& other) const {
    return messages == other.messages && error == other.error && whole == other.whole &&
           cuts.size() == other.cuts.size();
  }
};

/// Feeds `parts` one after another.
Cut cut(const std::vector<std::string>& parts, KeptBytes kept = {}) {
  SyslogFramer framer(kept);
  DoorChunk out;
  Cut result;
  for (const std::string& part : parts) {
    if (const auto fed = framer.feed(part, out); !fed) {
      EXPECT_EQ(fed.error().kind, ErrorKind::Malformed);
      result.error = fed.error().message;
      break;
    }
  }
  if (result.error.empty()) result.whole = framer.end(out);
  for (const DoorMessage& message : out.messages)
    result.messages.push_back(out.bytes.substr(message.begin, message.size));
  result.cuts = out.cuts;
  return result;
}

struct Stream {
  std::string name;
  std::string bytes;
  std::vector<std::string> messages;
  std::string error = {};
  bool whole = true;
};

const Stream kStreams[] = {
    {"counted", "5 hello3 abc", {"hello", "abc"}},
    {"counted, with a line end inside the count", "6 hello\n4 abc\n", {"hello", "abc"}},
    {"counted, over several lines", "11 hello\nworld3 abc", {"hello\nworld", "abc"}},
    {"counted, holding what looks like a count", "7 3 abc 4", {"3 abc 4"}},
    {"counted, blank", "1 \n3   \r3 abc", {"abc"}},
    {"counted, cut off", "5 hello10 abc", {"hello"}, "", false},
    {"counted, cut off in the count", "5 hello10", {"hello"}, "", false},
    {"counted, cut off after the count", "5 hello9 ", {"hello"}, "", false},
    {"counted, then none", "5 hello<13>x", {"hello"}, "byte 0x3c where the length"},
    {"counted, then a line feed", "5 hello\n3 abc", {"hello"}, "byte 0x0a where the length"},
    {"counted, then zero", "5 hello0 3 abc", {"hello"}, "byte 0x30 where the length"},
    {"counted, then with a leading zero", "5 hello03 abc", {"hello"}, "byte 0x30 where the length"},
    {"counted, too many digits", "5 hello12345678901 x", {"hello"}, "more than 10 digits"},
    {"counted, two spaces", "5  ello", {" ello"}},
    {"line feeds", "<13>a\n<14>b\n", {"<13>a", "<14>b"}},
    {"carriage returns and line feeds", "<13>a\r\n<14>b\r\n", {"<13>a", "<14>b"}},
    {"NULs", "<13>a\0<14>b\0"s, {"<13>a", "<14>b"}},
    {"NULs and line feeds, as some send both", "<13>a\n\0<14>b\n\0"s, {"<13>a", "<14>b"}},
    {"mixed ends", "<13>a\n<14>b\0<15>c\r\n"s, {"<13>a", "<14>b", "<15>c"}},
    {"blank lines", "\n \t\r\n<13>a\n\n\n", {"<13>a"}},
    {"no line feed at the end", "<13>a\n<14>b", {"<13>a", "<14>b"}},
    {"lines with digits", "<13>a\n12 b\n", {"<13>a", "12 b"}},
    {"a zero first is no count", "05 hello\n", {"05 hello"}},
    {"nothing", "", {}},
};

TEST(SyslogFramer, CutsEveryStreamAtEveryByteTheSame) {
  for (const Stream& stream : kStreams) {
    SCOPED_TRACE(stream.name);
    const Cut whole = cut({stream.bytes});
    EXPECT_EQ(whole.messages, stream.messages);
    EXPECT_EQ(whole.whole, stream.whole);
    EXPECT_THAT(whole.error, HasSubstr(stream.error));
    EXPECT_EQ(whole.error.empty(), stream.error.empty());
    for (std::size_t at = 0; at <= stream.bytes.size(); ++at) {
      SCOPED_TRACE(at);
      EXPECT_EQ(cut({stream.bytes.substr(0, at), stream.bytes.substr(at)}), whole);
    }
    std::vector<std::string> bytes;
    for (const char c : stream.bytes) bytes.emplace_back(1, c);
    EXPECT_EQ(cut(bytes), whole);
  }
}

TEST(SyslogFramer, OfALongMessageThePrefixTheLengthAndTheHashAreKept) {
  const std::string text = "<13>0123456789";
  for (const std::string& bytes : {"14 " + text + "3 abc", text + "\nabc\n"}) {
    for (std::size_t at = 0; at <= bytes.size(); ++at) {
      SCOPED_TRACE(bytes.substr(0, at));
      const Cut result = cut({bytes.substr(0, at), bytes.substr(at)}, kSmall);
      EXPECT_THAT(result.messages, ElementsAre("<13>", "abc"));
      ASSERT_EQ(result.cuts.size(), 1U);
      EXPECT_EQ(result.cuts[0].message, 0U);
      EXPECT_EQ(result.cuts[0].length, text.size());
      EXPECT_EQ(result.cuts[0].hash, sha256(text));
    }
  }
}

TEST(SyslogFramer, AMessageOfExactlyTheLimitIsWhole) {
  EXPECT_THAT(cut({"<13>abcd\n<13>abcde\n"}, kSmall).messages, ElementsAre("<13>abcd", "<13>"));
  EXPECT_THAT(cut({"8 <13>abcd9 <13>abcde"}, kSmall).messages, ElementsAre("<13>abcd", "<13>"));
}

TEST(SyslogFramer, AnAnnouncedLengthTakesNoMemory) {
  SyslogFramer framer({});
  DoorChunk out;
  ASSERT_TRUE(framer.feed("9999999999 abc", out));
  EXPECT_TRUE(framer.inside());
  EXPECT_TRUE(out.empty());
  EXPECT_FALSE(framer.end(out));
  EXPECT_TRUE(out.empty());
}

TEST(SyslogFramer, RandomMessagesComeBackWhole) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const auto below = [&random](std::size_t bound) { return random() % bound; };
  for (int round = 0; round < 200; ++round) {
    const bool counted = below(2) == 0;
    std::vector<std::string> wanted;
    std::string bytes;
    for (std::size_t i = 0; i < 20; ++i) {
      std::string message = "<" + std::string(1 + below(300), static_cast<char>('a' + below(26))) + ">";
      if (counted) message += " \n\0 x"[below(5)] + "x"s;
      bytes += counted ? std::to_string(message.size()) + ' ' + message : message + "\n";
      wanted.push_back(std::move(message));
    }
    std::vector<std::string> parts;
    for (std::size_t at = 0; at < bytes.size();) {
      parts.push_back(bytes.substr(at, 1 + below(500)));
      at += parts.back().size();
    }
    ASSERT_EQ(cut(parts).messages, wanted);
  }
}

}  // namespace
}  // namespace countersign
