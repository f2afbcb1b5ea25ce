// SPDX-License-Identifier: Apache-2.0
#include "ingest/foreign_framing.h"

#include <gtest/gtest.h>

#include <string>

namespace countersign {
namespace {

using std::string_literals::operator""s;

TEST(ForeignFraming, NamesWhatTheFirstBytesGiveAway) {
  struct Row {
    std::string bytes;
    std::string starts_with;  // empty: nothing known
  };
  const Row rows[] = {
      {"\0\0\0\0\x07{}"s, "schema-registry framing: byte 0x00 and schema id 7 "},
      {"\0\x01\x02\x03\x04"s, "schema-registry framing: byte 0x00 and schema id 16909060 "},
      {"\0\x01"s, ""},
      {"\x1f\x8b\x08 rest"s, "a gzip stream"},
      {"\x28\xb5\x2f\xfd rest"s, "a zstd stream"},
      {"\x04\x22\x4d\x18 rest"s, "an lz4 stream"},
      {"\xff\xfe{\0}\0"s, "UTF-16 (little-endian byte order mark)"},
      {"\xfe\xff\0{\0}"s, "UTF-16 (big-endian byte order mark)"},
      {"{\0}\0"s, "UTF-16 (little-endian)"},
      {"\0{\0}"s, "UTF-16 (big-endian)"},
      {"\x0a\x05hello\x12\x05world"s, "a protobuf message"},
      {"\x0a\x05hello"s, "a protobuf message"},
      {"\x0a\x50hello"s, ""},     // the length does not fit
      {"2019 Apr 12 text"s, ""},  // would be a protobuf message, but for its bytes
      {"plain text"s, ""},
      {"{\"a\":1}"s, ""},
      {""s, ""},
  };
  for (const Row& row : rows) {
    const std::string found = describe_foreign_framing(row.bytes).value_or("");
    EXPECT_TRUE(row.starts_with.empty() ? found.empty() : found.starts_with(row.starts_with)) << found;
  }
}

}  // namespace
}  // namespace countersign
