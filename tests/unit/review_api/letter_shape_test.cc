// SPDX-License-Identifier: Apache-2.0
// What stays of a message when its values are taken out.
#include "review-api/letter_shape.h"

#include <gtest/gtest.h>

#include <vector>

#include "review-api/utf8.h"

namespace countersign::test {
namespace {

struct Row {
  std::string_view message;
  std::string_view shape;
};

TEST(LetterShape, ValuesAreTakenOutAndWordsStay) {
  const std::vector<Row> rows{
      {"", ""},
      {"   \t ", ""},
      {"this line is no event", "this line is no event"},
      {"job 17 took 250ms", "job <n> took <n>ms"},
      {"fw-1: 12 denied", "fw-<n>: <n> denied"},
      {"a  b\t\tc ", "a b c"},
      {"from 10.1.2.3 to 198.51.100.7:443.", "from <ip> to <ip>:<n>."},
      {"999.1.2.3.4", "<n>.<n>.<n>.<n>.<n>"},
      {"peer fe80::1 up", "peer <ip> up"},
      {"peer 2001:db8:0:0:0:0:0:1 up", "peer <ip> up"},
      {"mac 00:1a:2B:3c:4d:5e or 00-1a-2b-3c-4d-5e", "mac <mac> or <mac>"},
      {"id 5f0e0c5e-0000-4000-8000-000000000001", "id <uuid>"},
      {"hash 0xBEEF and deadbeef01", "hash <hex> and <hex>"},
      {"12345678901", "<n>"},
      {"defaced", "defaced"},
      {"mail to eve@example.org", "mail to <email>"},
      {"2026-11-02T08:00:01Z login", "<n>-<n>-<n>T<n>:<n>:<n>Z login"},
      {R"(user="root" host='fw')", R"(user="…" host='fw')"},
      {R"({"id": 17, "user name": "eve \" x", "ok":true})", R"({"id": <n>, "user name": "…", "ok":true})"},
      {R"({"10.1.2.3":1})", R"({"<ip>":<n>})"},
      {R"(open "quote)", R"(open "…")"},
      {"<134>1 2026 Fw", "<<n>><n> <n> Fw"},
      {std::string_view("\x00\x00\x2a\x1b[31m", 8), "\\x00\\x00*\\x1b[<n>m"},
      {"caf\xe9", "caf\xEF\xBF\xBD"},
  };
  for (const Row& row : rows) EXPECT_EQ(letter_shape(row.message), row.shape) << row.message;
}

TEST(LetterShape, MessagesThatDifferInValuesAloneHaveOneShape) {
  const std::string one = letter_shape("kernel: [12.5] DROP IN=eth0 SRC=10.0.0.1 DST=10.9.8.7 LEN=60");
  EXPECT_EQ(one, letter_shape("kernel: [99.1] DROP IN=eth7 SRC=192.168.3.4 DST=10.9.8.1 LEN=1500"));
  EXPECT_NE(one, letter_shape("kernel: [99.1] PASS IN=eth7 SRC=192.168.3.4 DST=10.9.8.1 LEN=1500"));
}

TEST(LetterShape, ALongMessageIsCutBetweenCharactersAndSaysSo) {
  for (std::size_t length = 100; length < 140; ++length) {
    std::string message;
    while (message.size() < length) message += "ä";
    const std::string shape = letter_shape(message);
    EXPECT_LE(shape.size(), kShapeBytesMax);
    EXPECT_TRUE(is_utf8(shape));
    EXPECT_EQ(shape.ends_with("…"), message.size() > kShapeBytesMax) << length;
  }
  EXPECT_EQ(letter_shape(std::string(50'000'000, 'x')).size(), kShapeBytesMax);
}

}  // namespace
}  // namespace countersign::test
