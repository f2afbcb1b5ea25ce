// SPDX-License-Identifier: Apache-2.0
// The tables of a plan against naive searches, and the cache of compiled patterns against damage.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rules/plan/content_cache.h"
#include "rules/plan/literal_scanner.h"
#include "rules/plan/text_index.h"
#include "rules/plan/value_index.h"
#include "rules/plan/witness_cache.h"
#include "tests/unit/rules/rule_testing.h"

namespace countersign::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Case = LiteralScanner::Case;
using Where = IndexedText::Where;

std::set<std::uint32_t> found_in(const TextIndex& index, std::string_view value) {
  std::set<std::uint32_t> ids;
  index.find(value, [&](std::uint32_t id) { ids.insert(id); });
  return ids;
}

bool fits(const IndexedText& text, std::string_view value) {
  switch (text.where) {
    case Where::Equal: return value == text.text;
    case Where::Prefix: return value.starts_with(text.text);
    case Where::Suffix: return value.ends_with(text.text);
    case Where::Anchored: return value.find(text.text) != std::string_view::npos;
  }
  return false;
}

TEST(TextIndex, AgreesWithANaiveSearchOnRandomTexts) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  const auto text_of = [&](std::size_t bytes_max) {
    std::string text;
    for (std::size_t i = random() % (bytes_max + 1); i > 0; --i) text += "ab=0"[random() % 4];
    return text;
  };
  for (int round = 0; round < 300; ++round) {
    std::vector<IndexedText> texts;
    for (std::uint32_t id = 0; id < 60; ++id) {
      IndexedText text{static_cast<Where>(random() % 3), text_of(14), id};
      if (text.text.empty()) text.where = Where::Equal;
      if (id % 5 == 0) text = {Where::Anchored, "a=" + std::string(8 + random() % 2, 'b') + "0", id};
      texts.push_back(text);
    }
    const TextIndex index(texts);
    for (int i = 0; i < 200; ++i) {
      const std::string value =
          random() % 4 == 0 ? "0" + texts[random() % 60].text + text_of(3) : text_of(20);
      std::set<std::uint32_t> expected;
      for (const IndexedText& text : texts)
        if (fits(text, value)) expected.insert(text.id);
      ASSERT_EQ(found_in(index, value), expected) << value;
    }
  }
}

TEST(TextIndex, HashesAreFoundWhereverTheyStand) {
  EXPECT_TRUE(is_anchored_text("md5=0123456789abcdef"));
  EXPECT_FALSE(is_anchored_text("md5=0123456"));
  EXPECT_FALSE(is_anchored_text("=0123456789"));
  EXPECT_FALSE(is_anchored_text("md5=0123456789abcdeg"));
  const TextIndex index({{Where::Anchored, "md5=00112233", 1}, {Where::Anchored, "sha1=00112233", 2}});
  EXPECT_THAT(found_in(index, "md5=00112233,sha1=ff"), ElementsAre(1));
  EXPECT_THAT(found_in(index, "x=1,xmd5=00112233"), ElementsAre(1));
  EXPECT_THAT(found_in(index, "sha1=0011223344,md5=00112233"), ElementsAre(1, 2));
  EXPECT_THAT(found_in(index, "d5=00112233"), IsEmpty());
  EXPECT_THAT(found_in(index, "md5=0011223"), IsEmpty());
}

TEST(NumberIndex, NumbersAreEqualWhateverTheirType) {
  const NumberIndex index({{integer_number(7), 1},
                           {integer_number(-1), 2},
                           {*parse_decimal("7.0"), 3},
                           {*parse_decimal("18446744073709551615"), 4},
                           {*parse_decimal("0.5"), 5}});
  const auto found = [&](std::string_view digits) {
    std::set<std::uint32_t> ids;
    index.find(number(digits), [&](std::uint32_t id) { ids.insert(id); });
    return ids;
  };
  EXPECT_THAT(found("7"), ElementsAre(1, 3));
  EXPECT_THAT(found("7.0"), ElementsAre(1, 3));
  EXPECT_THAT(found("-1"), ElementsAre(2));
  EXPECT_THAT(found("18446744073709551615"), ElementsAre(4));
  EXPECT_THAT(found("0.5"), ElementsAre(5));
  EXPECT_THAT(found("8"), IsEmpty());
}

TEST(NetworkIndex, AgreesWithTheNetworksThemselves) {
  const char* const texts[] = {"10.0.0.0/8", "10.1.0.0/16",   "10.1.2.3/32",     "0.0.0.0/0", "10.1.2.0/23",
                               "::/0",       "2001:db8::/32", "2001:db8::1/128", "fe80::/10"};
  std::vector<std::pair<Network, std::uint32_t>> networks;
  for (const char* text : texts) networks.emplace_back(*parse_network(text), networks.size());
  const NetworkIndex index(networks);
  for (const char* text : {"10.1.2.3", "10.1.3.255", "10.2.0.0", "192.168.0.1", "2001:db8::1", "fe80::1",
                           "febf::", "::ffff:10.1.2.3"}) {
    const Address address = *parse_address(text);
    std::set<std::uint32_t> ids;
    index.find(address, [&](std::uint32_t id) { ids.insert(id); });
    std::set<std::uint32_t> expected;
    for (const auto& [network, id] : networks)
      if (network.contains(address)) expected.insert(id);
    EXPECT_EQ(ids, expected) << text;
  }
}

std::set<std::uint32_t> scan(const LiteralScanner& scanner, std::string_view value) {
  ScanScratch scratch;
  EXPECT_TRUE(scratch.prepare(scanner));
  std::set<std::uint32_t> found;
  scanner.scan(
      value, scratch,
      [](std::uint32_t text, void* context) { static_cast<std::set<std::uint32_t>*>(context)->insert(text); },
      &found);
  return found;
}

TEST(LiteralScanner, AllTextsAreFoundAlsoWithBytesThatMeanSomethingElsewhere) {
  using std::string_literals::operator""s;
  const auto scanner =
      LiteralScanner::compile({"abc", "bc", "a\0b"s, ".*", "(x|y)", "\xff"}, Case::Exact, {});
  ASSERT_TRUE(scanner);
  EXPECT_THAT(scan(**scanner, "xabcx"), ElementsAre(0, 1));
  EXPECT_THAT(scan(**scanner, "a\0b"s), ElementsAre(2));
  EXPECT_THAT(scan(**scanner, "x.*y(x|y)\xff"), ElementsAre(3, 4, 5));
  EXPECT_THAT(scan(**scanner, ""), IsEmpty());
}

TEST(LiteralScanner, CaseCountsOrNot) {
  const auto finds = [](Case letter_case, std::string_view value) {
    const auto scanner = LiteralScanner::compile({"abc", "\xC3\xA9"}, letter_case, {});
    ScanScratch scratch;
    EXPECT_TRUE(scanner && scratch.prepare(**scanner));
    return (*scanner)->finds_any(value, scratch);
  };
  EXPECT_TRUE(finds(Case::Exact, "xabc"));
  EXPECT_FALSE(finds(Case::Exact, "xaBc"));
  EXPECT_TRUE(finds(Case::AsciiIgnored, "xaBc"));
  EXPECT_TRUE(finds(Case::AsciiIgnored, "\xC3\xA9"));
  EXPECT_FALSE(finds(Case::AsciiIgnored, "\xC3\x89"));
  EXPECT_FALSE(finds(Case::AsciiIgnored, ""));
}

TEST(WitnessCache, GivesWhatWasStoredLastOrNothing) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  WitnessCache cache;
  const char indexes[3] = {};  // only their addresses count
  using Name = std::pair<const void*, std::string>;
  std::map<Name, std::vector<WitnessId>> stored;
  std::vector<Name> names;
  std::size_t kept = 0;
  for (int i = 0; i < 60'000; ++i) {
    if (names.empty() || random() % 2 == 0) {
      // Of few letters, so that many differ in little. A fourth of the values and of the lists is long, so
      // that some that are asked for below have been overwritten in part, and some are longer than is kept.
      std::string value(1 + random() % (random() % 4 == 0 ? 4'500 : 40), 'a');
      for (int change = 0; change < 3; ++change) value[random() % value.size()] = "bc"[random() % 2];
      names.emplace_back(&indexes[random() % 3], std::move(value));
      std::vector<WitnessId> witnesses(random() % (random() % 4 == 0 ? 900 : 6));
      for (WitnessId& id : witnesses) id = static_cast<WitnessId>(random());
      cache.store(WitnessCache::key(names.back().first, names.back().second), witnesses);
      stored[names.back()] = std::move(witnesses);
    }
    const Name& name = names[names.size() - 1 - random() % std::min<std::size_t>(names.size(), 2'000)];
    const auto found = cache.find(WitnessCache::key(name.first, name.second));
    if (!found) continue;
    ++kept;
    ASSERT_EQ(std::vector(found->begin(), found->end()), stored.at(name));
  }
  EXPECT_GT(kept, 20'000U) << "much of what was stored lately is there";
}

class PatternCache : public ::testing::Test {
 protected:
  ~PatternCache() override { fs::remove_all(folder_); }

  fs::path only_file() const {
    std::vector<fs::path> files;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_)) files.push_back(entry.path());
    EXPECT_EQ(files.size(), 1U);
    return files.at(0);
  }
  static std::string read(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  static void write(const fs::path& file, std::string_view bytes) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
  }

  // Of this process: tests run beside each other.
  fs::path folder_ = fs::path(::testing::TempDir()) / ("pattern-cache-" + std::to_string(::getpid()));
};

TEST_F(PatternCache, WhatIsKeptIsFoundAndWhatIsDamagedIsMadeAnew) {
  const auto compile = [&] { return LiteralScanner::compile({"abc", "xyz"}, Case::Exact, folder_); };
  ASSERT_TRUE(compile());
  const fs::path file = only_file();
  const std::string bytes = read(file);
  for (std::size_t at = 0; at < bytes.size(); at += 37) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    write(file, damaged);
    const auto scanner = compile();
    ASSERT_TRUE(scanner) << at;
    EXPECT_THAT(scan(**scanner, "xyz"), ElementsAre(1)) << at;
    EXPECT_EQ(read(file), bytes) << "written again after damage at byte " << at;
  }
  for (const std::size_t size : {std::size_t{0}, std::size_t{10}, std::size_t{60}, bytes.size() - 1}) {
    write(file, std::string_view(bytes).substr(0, size));
    ASSERT_TRUE(compile()) << size;
    EXPECT_EQ(read(file), bytes) << size;
  }
}

TEST_F(PatternCache, AValidFileOfSomethingElseIsNoDatabase) {
  ASSERT_TRUE(LiteralScanner::compile({"abc"}, Case::Exact, folder_));
  const fs::path file = only_file();
  const std::string bytes = read(file);
  const ContentCache cache(folder_);
  cache.store(*hash_from_hex(file.filename().string()), "no database at all");
  const auto scanner = LiteralScanner::compile({"abc"}, Case::Exact, folder_);
  ASSERT_TRUE(scanner);
  EXPECT_THAT(scan(**scanner, "abc"), ElementsAre(0));
  EXPECT_EQ(read(file), bytes);
}

TEST_F(PatternCache, WhatWasOfNoUseForLongIsRemoved) {
  const auto age = [](const fs::path& file, std::chrono::hours hours) {
    fs::last_write_time(file, fs::file_time_type::clock::now() - hours);
  };
  const ContentCache cache(folder_);
  const Hash256 used = sha256("used");
  const Hash256 unused = sha256("unused");
  for (const Hash256& key : {used, unused}) {
    cache.store(key, "bytes");
    age(folder_ / to_hex(key), std::chrono::hours{50});
  }
  write(folder_ / (to_hex(used) + ".77"), "cut by a crash");
  age(folder_ / (to_hex(used) + ".77"), std::chrono::hours{50});
  write(folder_ / "notes", "somebody's own");
  age(folder_ / "notes", std::chrono::hours{50});
  EXPECT_TRUE(cache.load(used));
  cache.prune(std::chrono::hours{49});
  EXPECT_TRUE(cache.load(used));
  EXPECT_FALSE(fs::exists(folder_ / to_hex(unused)));
  EXPECT_FALSE(fs::exists(folder_ / (to_hex(used) + ".77")));
  EXPECT_TRUE(fs::exists(folder_ / "notes"));
  ContentCache(folder_ / "missing").prune(std::chrono::hours{1});
}

TEST_F(PatternCache, AFileUnderAnotherNameIsMadeAnew) {
  ASSERT_TRUE(LiteralScanner::compile({"abc"}, Case::Exact, folder_));
  const fs::path file = only_file();
  const std::string bytes = read(file);
  fs::remove(file);
  ASSERT_TRUE(LiteralScanner::compile({"other", "texts"}, Case::Exact, folder_));
  fs::rename(only_file(), file);
  const auto scanner = LiteralScanner::compile({"abc"}, Case::Exact, folder_);
  ASSERT_TRUE(scanner);
  EXPECT_THAT(scan(**scanner, "abc other texts"), ElementsAre(0));
  EXPECT_EQ(read(file), bytes);
}

TEST_F(PatternCache, AFolderThatCannotBeMadeIsNoError) {
  const auto scanner = LiteralScanner::compile({"abc"}, Case::Exact, "/dev/null/cache");
  ASSERT_TRUE(scanner);
  EXPECT_THAT(scan(**scanner, "abc"), ElementsAre(0));
}

}  // namespace
}  // namespace countersign::testing
