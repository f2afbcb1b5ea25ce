// SPDX-License-Identifier: Apache-2.0
// Each sentence of semantics.md §2, "Files", and of contract.md §3 about framing has its rows here.
#include "ingest/framing.h"

#include <unistd.h>

#include <gmock/gmock.h>

#include "tests/unit/sources/source_fixture.h"

namespace countersign {
namespace {

using testing::ElementsAreArray;

struct FramingCase {
  const char* name;
  std::string_view input;
  Framing framing;                       // the setting
  std::vector<std::string_view> expect;  // the messages
  std::vector<std::uint64_t> lines;      // where they start
};

void PrintTo(const FramingCase& test_case, std::ostream* out) { *out << test_case.name; }

using std::string_view_literals::operator""sv;

const FramingCase kCases[] = {
    // An empty file has no messages, and blank lines are none.
    {"Empty", "", Framing::Auto, {}, {}},
    {"OnlyBlanks", " \t\r\n\r\n   \n\t", Framing::Auto, {}, {}},
    {"OnlyMark", "\xef\xbb\xbf", Framing::Auto, {}, {}},
    // Lines.
    {"Lines", "{\"a\":1}\n{\"a\":2}\n", Framing::Auto, {"{\"a\":1}", "{\"a\":2}"}, {1, 2}},
    {"LastLineWithoutEnd", "{\"a\":1}\n{\"a\":2}", Framing::Auto, {"{\"a\":1}", "{\"a\":2}"}, {1, 2}},
    {"LastLineWithoutEndKeepsCarriageReturn", "a\r\nb\r", Framing::Auto, {"a", "b\r"}, {1, 2}},
    {"CarriageReturnLineFeed",
     "{\"a\":1}\r\n{\"a\":2}\r\n",
     Framing::Auto,
     {"{\"a\":1}", "{\"a\":2}"},
     {1, 2}},
    {"OneCarriageReturnBelongsToTheLineEnd", "a\r\r\n", Framing::Auto, {"a\r"}, {1}},
    {"BlankLinesAreCountedAsLinesOnly",
     "\n \t\r\n{\"a\":1}\n\n\n{\"a\":2}\n",
     Framing::Auto,
     {"{\"a\":1}", "{\"a\":2}"},
     {3, 6}},
    {"BlanksInsideALineBelongToIt", "  x \n", Framing::Auto, {"  x "}, {1}},
    {"ByteOrderMark", "\xef\xbb\xbf{\"a\":1}\n", Framing::Auto, {"{\"a\":1}"}, {1}},
    {"ByteOrderMarkOnlyAtTheStart",
     "a\n\xef\xbb\xbf"
     "b\n",
     Framing::Auto,
     {"a",
      "\xef\xbb\xbf"
      "b"},
     {1, 2}},
    {"HalfAByteOrderMarkIsData", "\xef\xbb", Framing::Auto, {"\xef\xbb"}, {1}},
    {"NulIsData", "\0\n\0\0x\n"sv, Framing::Auto, {"\0"sv, "\0\0x"sv}, {1, 2}},
    {"TextThatIsNoJson",
     "date=2026-01-01 action=deny\nnext\n",
     Framing::Auto,
     {"date=2026-01-01 action=deny", "next"},
     {1, 2}},
    {"AnArrayInALaterLineIsOneMessage",
     "{\"a\":1}\n[{\"a\":2},{\"a\":3}]\n",
     Framing::Auto,
     {"{\"a\":1}", "[{\"a\":2},{\"a\":3}]"},
     {1, 2}},
    // A line that is not complete JSON is a message by itself and never swallows the next.
    {"FirstLineCutOff", "{\"a\":\n{\"a\":2}\n", Framing::Auto, {"{\"a\":", "{\"a\":2}"}, {1, 2}},
    {"FirstLineCutOffInAString",
     "{\"a\":\"x\n{\"a\":\"y\"}\n",
     Framing::Auto,
     {"{\"a\":\"x", "{\"a\":\"y\"}"},
     {1, 2}},
    {"FirstLineCutOffInAnObject",
     "{\"a\":1,\n{\"b\":2}}\n",
     Framing::Auto,
     {"{\"a\":1,", "{\"b\":2}}"},
     {1, 2}},
    {"LaterLineCutOff",
     "{\"a\":1}\n{\"a\":\n{\"a\":3}\n",
     Framing::Auto,
     {"{\"a\":1}", "{\"a\":", "{\"a\":3}"},
     {1, 2, 3}},
    {"TwoDocumentsOnTheFirstLine",
     "{\"a\":1}{\"b\":2}\n{\"c\":3}\n",
     Framing::Auto,
     {"{\"a\":1}{\"b\":2}", "{\"c\":3}"},
     {1, 2}},
    {"DocumentThatNeverEnds", "{\n\"a\":1,\n", Framing::Auto, {"{", "\"a\":1,"}, {1, 2}},
    {"BracketsThatDoNotPair", "{\"a\":[1\n}}\n", Framing::Auto, {"{\"a\":[1", "}}"}, {1, 2}},
    {"NoJsonNumber", "{\n\"a\":01\n}\n", Framing::Auto, {"{", "\"a\":01", "}"}, {1, 2, 3}},
    // `[` first: an array, each element a message.
    {"Array", "[{\"a\":1},{\"a\":2}]", Framing::Auto, {"{\"a\":1}", "{\"a\":2}"}, {1, 1}},
    {"ArrayOverLines",
     " \n[\n  {\n\"a\": 1\n},\r\n  {\"a\":2}\n]\n",
     Framing::Auto,
     {"{\n\"a\": 1\n}", "{\"a\":2}"},
     {3, 6}},
    {"ArrayAfterByteOrderMark", "\xef\xbb\xbf[1]", Framing::Auto, {"1"}, {1}},
    {"EmptyArray", "[ ]", Framing::Auto, {}, {}},
    {"NestedArraysStayWhole",
     "[[1,[2]],[],[{\"a\":[3]}]]",
     Framing::Auto,
     {"[1,[2]]", "[]", "[{\"a\":[3]}]"},
     {1, 1, 1}},
    {"BracketsInStrings",
     R"([{"a":"]},["},{"b":"}{"}])",
     Framing::Auto,
     {R"({"a":"]},["})", R"({"b":"}{"})"},
     {1, 1}},
    {"EscapesInStrings",
     R"([{"a":"\"]\\"},"\\\"",{"b\\":"\\"}])",
     Framing::Auto,
     {R"({"a":"\"]\\"})", R"("\\\"")", R"({"b\\":"\\"})"},
     {1, 1, 1}},
    {"ScalarsInArrays",
     "[1, true ,\"x,]\",null\n, -2.5e3]",
     Framing::Auto,
     {"1", "true", "\"x,]\"", "null", "-2.5e3"},
     {1, 1, 1, 1, 2}},
    {"ArraysOneAfterAnother",
     "[{\"a\":1}]\n[{\"a\":2}]\n",
     Framing::Auto,
     {"{\"a\":1}", "{\"a\":2}"},
     {1, 2}},
    {"ArrayWithoutEnd", "[{\"a\":1},\n{\"a\":", Framing::Auto, {"{\"a\":1}", "{\"a\":"}, {1, 2}},
    {"RestAfterAnArray",
     "[1]\nrest of it\r\n{\"a\":\n2}",
     Framing::Auto,
     {"1", "rest of it", "{\"a\":\n2}"},
     {1, 2, 3}},
    {"LostQuoteInAnArray",
     "[{\"a\":\"x},\n{\"a\":\"y\"}}\n,{\"b\":2}]",
     Framing::Auto,
     {"{\"a\":\"x},\n{\"a\":\"y\"}}", "{\"b\":2}"},
     {1, 3}},
    // The first line is not complete JSON but the text from the start is a document: documents.
    {"Documents",
     "{\n \"a\": 1\n}\n{\n \"a\": 2\n}\n",
     Framing::Auto,
     {"{\n \"a\": 1\n}", "{\n \"a\": 2\n}"},
     {1, 4}},
    {"DocumentsWithoutSpaceBetween",
     "{\n}{\"a\":2}{\n}",
     Framing::Auto,
     {"{\n}", "{\"a\":2}", "{\n}"},
     {1, 2, 2}},
    {"DocumentsWithEverythingInThem",
     "{\"s\":\"\\u00e9\\\\\\\"}\",\n\"n\":[-0.5e+7,0,10],\"o\":{},\"l\":[true,false,null]}\n{}",
     Framing::Auto,
     {"{\"s\":\"\\u00e9\\\\\\\"}\",\n\"n\":[-0.5e+7,0,10],\"o\":{},\"l\":[true,false,null]}", "{}"},
     {1, 3}},
    {"ArrayAmongDocumentsIsOneMessage",
     "{\n}\n[1,\n2]\n{}",
     Framing::Auto,
     {"{\n}", "[1,\n2]", "{}"},
     {1, 3, 5}},
    {"RubbishAmongDocuments",
     "{\n}\nrubbish }\n{\n}",
     Framing::Auto,
     {"{\n}", "rubbish }", "{\n}"},
     {1, 3, 4}},
    {"LostQuoteInADocument",
     "{\n}\n{\"a\":\"x\n}\n{\"b\":\"y\"}",
     Framing::Auto,
     {"{\n}", "{\"a\":\"x\n}", "{\"b\":\"y\"}"},
     {1, 3, 5}},
    // A setting overrides.
    {"ForcedLines", "[1,\n2]\n", Framing::Lines, {"[1,", "2]"}, {1, 2}},
    {"ForcedDocuments",
     "{\"a\":1}{\"a\":2}\n[3,4]",
     Framing::Documents,
     {"{\"a\":1}", "{\"a\":2}", "[3,4]"},
     {1, 1, 2}},
    {"ForcedArray", "{\"a\":1}\n[3,4]", Framing::Array, {"{\"a\":1}", "3", "4"}, {1, 2, 2}},
    {"ForcedLinesWithMark", "\xef\xbb\xbf[1]\n", Framing::Lines, {"[1]"}, {1}},
};

class FramingTest : public SourceTest, public testing::WithParamInterface<FramingCase> {
 protected:
  /// Reads `first` from a pipe until nothing more comes, then `second` to the end.
  ReadResult read_in_two(std::string_view first, std::string_view second) const {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    FileSourceOptions options = options_for("/dev/fd/" + std::to_string(ends[0]));
    options.framing = GetParam().framing;
    auto source = open_file_source(options, clock_).value();
    EXPECT_TRUE(source->start({}));
    ::close(ends[0]);
    ReadResult result;
    EXPECT_EQ(::write(ends[1], first.data(), first.size()), static_cast<ssize_t>(first.size()));
    EXPECT_FALSE(read_on(*source, result));
    EXPECT_EQ(::write(ends[1], second.data(), second.size()), static_cast<ssize_t>(second.size()));
    ::close(ends[1]);
    EXPECT_TRUE(read_on(*source, result));
    return result;
  }

  void check(const ReadResult& result) const {
    ASSERT_FALSE(result.error) << result.error->message;
    EXPECT_THAT(result.texts(), ElementsAreArray(GetParam().expect));
    std::vector<std::uint64_t> lines;
    for (const ReadMessage& message : result.messages) {
      EXPECT_EQ(message.offset, lines.size());
      EXPECT_EQ(message.length, message.bytes.size());
      lines.push_back(message.line);
    }
    EXPECT_EQ(lines, GetParam().lines);
    EXPECT_FALSE(result.had_errors);
  }
};

TEST_P(FramingTest, GivesTheMessagesAndTheirLines) {
  FileSourceOptions options = options_for(write("input", GetParam().input));
  options.framing = GetParam().framing;
  check(read(options));
}

TEST_P(FramingTest, GivesTheSameWhereverTheInputIsCutIntoTwoReads) {
  const std::string_view input = GetParam().input;
  for (std::size_t cut = 0; cut <= input.size(); ++cut) {
    SCOPED_TRACE(cut);
    check(read_in_two(input.substr(0, cut), input.substr(cut)));
  }
}

INSTANTIATE_TEST_SUITE_P(Table, FramingTest, testing::ValuesIn(kCases),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace countersign
