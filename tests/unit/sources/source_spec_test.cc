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

struct WrongSpec {
  std::string text;
  const char* message;
};

const WrongSpec kWrong[] = {
    {"", "known: file:PATH, stdin, kafka:TOPIC"},
    {"/var/log/x", "known: file:PATH, stdin, kafka:TOPIC"},
    {"http:x", "known: file:PATH, stdin, kafka:TOPIC"},
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
    {"file:x?colour=1", "unknown option 'colour'; file knows: follow, framing, pack"},
    {"file:x?pack", "option 'pack' has no '='"},
    {"file:x?&pack=a", "option '' has no '='"},
    {"file:x?pack=", "option 'pack' has no value"},
    {"file:x?pack=a&pack=b", "option 'pack' is given twice"},
    {"file:x?follow=yes", "option 'follow' is 'yes'; known: 0, 1"},
    {"file:x?framing=csv", "option 'framing' is 'csv'; known: lines, array, documents"},
    {"file:x?framing=auto", "option 'framing' is 'auto'; known: lines, array, documents"},
    {"stdin?follow=1", "unknown option 'follow'; stdin knows: framing, pack"},
    {"kafka:t?framing=lines", "unknown option 'framing'; kafka knows: pack"},
    {"kafka:t?follow=1", "unknown option 'follow'; kafka knows: pack"},
};

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
