// SPDX-License-Identifier: Apache-2.0
#include "store/evidence/tree_log.h"

#include <atomic>
#include <mutex>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "tests/unit/evidence/test_key.h"

namespace countersign {
namespace {

/// What RocksDB is to the store: durable entries that any thread may read.
class Entries {
 public:
  std::string add() {
    const std::lock_guard lock(mutex_);
    entries_.push_back("{\"seq\":" + std::to_string(entries_.size()) + "}");
    return entries_.back();
  }
  EntryReader reader() {
    return [this](EntrySeq first, std::size_t count) -> Result<std::vector<std::string>> {
      const std::lock_guard lock(mutex_);
      if (first.value + count > entries_.size()) return failure(ErrorKind::NotFound, "no such entry");
      const auto begin = entries_.begin() + static_cast<std::ptrdiff_t>(first.value);
      return std::vector<std::string>(begin, begin + static_cast<std::ptrdiff_t>(count));
    };
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> entries_;
};

struct Log {
  test::ScratchFolder folder;
  Entries entries;
  std::unique_ptr<TreeLog> tree = TreeLog::open(folder / "tile", 0, entries.reader()).value();
  RightEdge reference;  // checked against the recursive definition in merkle_test
  std::vector<Hash256> roots{empty_root()};

  void append(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::string entry = entries.add();
      EXPECT_EQ(tree->append(entry).value(), leaf_hash(entry));
      reference.append(leaf_hash(entry));
      roots.push_back(reference.root());
    }
  }
  std::uint64_t size() const { return roots.size() - 1; }
  void reopen() { tree = TreeLog::open(folder / "tile", size(), entries.reader()).value(); }
};

std::size_t files_below(const std::filesystem::path& folder) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    count += entry.is_regular_file() ? 1U : 0U;
  }
  return count;
}

TEST(TreeLog, KeepsTheRootOfEverySizeAcrossRestarts) {
  Log log;
  for (const std::uint64_t step : {1, 254, 1, 1, 255, 256, 300, 65'000 - 1'068}) {
    log.append(step);
    EXPECT_EQ(log.tree->root(), log.roots.back());
    ASSERT_TRUE(log.tree->publish());
    log.reopen();
    EXPECT_EQ(log.tree->size(), log.size());
    EXPECT_EQ(log.tree->root(), log.roots.back());
    EXPECT_EQ(log.tree->published_size(), log.size());
  }
  log.append(65'536 - 65'000 + 3);
  ASSERT_TRUE(log.tree->publish());
  EXPECT_TRUE(std::filesystem::exists(log.folder / "tile/1/000"));
  for (std::uint64_t size = 0; size <= log.size(); size += size < 600 ? 1 : 997) {
    ASSERT_EQ(log.tree->root_at(size).value(), log.roots[size]) << size;
  }
}

TEST(TreeLog, ProofsVerifyAgainstTheRoots) {
  Log log;
  log.append(1'200);
  ASSERT_TRUE(log.tree->publish());
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 300; ++round) {
    const std::uint64_t size = 1 + random() % log.size();
    const EntrySeq seq{random() % size};
    const std::string entry = log.entries.reader()(seq, 1).value().front();
    const auto inclusion = log.tree->inclusion(seq, size).value();
    EXPECT_TRUE(verify_inclusion(leaf_hash(entry), seq, size, log.roots[size], inclusion));
    const std::uint64_t old = random() % (size + 1);
    const auto consistency = log.tree->consistency(old, size).value();
    EXPECT_TRUE(verify_consistency(old, log.roots[old], size, log.roots[size], consistency));
  }
}

TEST(TreeLog, ReadersSeeOnlyWhatWasPublished) {
  Log log;
  log.append(300);
  ASSERT_TRUE(log.tree->publish());
  log.append(300);
  EXPECT_EQ(log.tree->published_size(), 300U);
  EXPECT_EQ(log.tree->size(), 600U);
  EXPECT_EQ(log.tree->root_at(301).error().kind, ErrorKind::InvalidArgument);
  EXPECT_EQ(log.tree->inclusion(EntrySeq{0}, 301).error().kind, ErrorKind::InvalidArgument);
  EXPECT_EQ(log.tree->consistency(1, 301).error().kind, ErrorKind::InvalidArgument);
  EXPECT_EQ(log.tree->tile("0/001").error().kind, ErrorKind::NotFound);
  EXPECT_EQ(log.tree->tile("0/001.p/45").error().kind, ErrorKind::NotFound);
  EXPECT_EQ(log.tree->tile("0/001.p/44").value().size(), 44 * kHashBytes);
}

TEST(TreeLog, OnlyFullTilesAreKept) {
  Log log;
  log.append(255);
  ASSERT_TRUE(log.tree->publish());
  EXPECT_FALSE(std::filesystem::exists(log.folder / "tile"));
  log.append(1);
  ASSERT_TRUE(log.tree->publish());
  EXPECT_EQ(files_below(log.folder.path()), 2U);
  log.append(600);
  ASSERT_TRUE(log.tree->publish());
  EXPECT_EQ(files_below(log.folder.path()), 6U);
}

TEST(TreeLog, PartialTilesOfEveryWidthThatOnceExisted) {
  Log log;
  log.append(515);
  ASSERT_TRUE(log.tree->publish());
  const std::string full = log.tree->tile("0/001").value();
  const std::string bundle = log.tree->tile("entries/001").value();
  for (unsigned width = 1; width < kTileWidth; ++width) {
    const std::string suffix = ".p/" + std::to_string(width);
    EXPECT_EQ(log.tree->tile("0/001" + suffix).value(), full.substr(0, width * kHashBytes));
    const std::string part = log.tree->tile("entries/001" + suffix).value();
    EXPECT_TRUE(bundle.starts_with(part));
    EXPECT_EQ(decode_bundle(part, width).value(), log.entries.reader()(EntrySeq{256}, width).value());
  }
  EXPECT_EQ(log.tree->tile("0/002.p/3").value().size(), 3 * kHashBytes);
  EXPECT_EQ(log.tree->tile("1/000.p/2").value(),
            encode_hash_tile(
                std::vector{subtree_root(decode_hash_tile(log.tree->tile("0/000").value(), 256).value()),
                            subtree_root(decode_hash_tile(full, 256).value())}));
  for (const std::string_view path :
       {"0/002.p/4", "0/003.p/1", "1/000.p/3", "1/000", "2/000.p/1", "63/000.p/1"}) {
    EXPECT_EQ(log.tree->tile(path).error().kind, ErrorKind::NotFound) << path;
  }
}

TEST(TreeLog, LostTilesAreRebuiltFromTheEntries) {
  Log log;
  log.append(70'000);
  ASSERT_TRUE(log.tree->publish());
  const std::string tile = log.tree->tile("0/007").value();
  const std::string above = log.tree->tile("1/000").value();
  const std::string bundle = log.tree->tile("entries/009").value();
  std::filesystem::remove(log.folder / "tile/0/007");
  std::filesystem::remove(log.folder / "tile/1/000");
  std::filesystem::resize_file(log.folder / "tile/entries/009", 0);
  log.reopen();
  EXPECT_EQ(log.tree->tile("0/007").value(), tile);
  EXPECT_EQ(log.tree->tile("1/000").value(), above);
  EXPECT_EQ(log.tree->tile("entries/009").value(), bundle);
  std::filesystem::remove_all(log.folder / "tile");
  log.reopen();
  EXPECT_EQ(log.tree->root(), log.roots.back());
  EXPECT_EQ(files_below(log.folder / "tile"), 2 * 273U + 1);
}

TEST(TreeLog, LeftoversOfACrashAreHarmless) {
  Log log;
  log.append(250);
  std::filesystem::create_directories(log.folder / "tile/0");
  std::filesystem::create_directories(log.folder / "tile/entries");
  test::write_text(log.folder / "tile/0/000.tmp", "torn");
  test::write_text(log.folder / "tile/entries/000.tmp", "torn");
  log.append(20);
  ASSERT_TRUE(log.tree->publish());
  log.reopen();
  EXPECT_EQ(log.tree->root(), log.roots.back());
  EXPECT_EQ(files_below(log.folder / "tile"), 2U);
}

TEST(TreeLog, AnAlteredTileChangesTheRoot) {
  Log log;
  log.append(600);
  ASSERT_TRUE(log.tree->publish());
  std::string tile = test::read_text(log.folder / "tile/0/001");
  tile[40] = static_cast<char>(tile[40] ^ 1);
  test::write_text(log.folder / "tile/0/001", tile);
  log.reopen();
  EXPECT_NE(log.tree->root(), log.roots.back());
}

TEST(TreeLog, ErrorsNameWhatIsWrong) {
  Log log;
  EXPECT_EQ(log.tree->append(std::string(kEntryBytesMax + 1, 'x')).error().kind, ErrorKind::LimitExceeded);
  EXPECT_EQ(log.tree->size(), 0U);
  log.append(300);
  ASSERT_TRUE(log.tree->publish());
  EXPECT_EQ(log.tree->tile("../checkpoint").error().kind, ErrorKind::Malformed);
  std::filesystem::remove(log.folder / "tile/0/000");
  EXPECT_EQ(log.tree->inclusion(EntrySeq{1}, 300).error().kind, ErrorKind::Corrupt);
  EXPECT_EQ(TreeLog::open(log.folder / "tile", 400, log.entries.reader()).error().kind, ErrorKind::NotFound);
  const EntryReader short_reader = [](EntrySeq, std::size_t) { return std::vector<std::string>(); };
  EXPECT_EQ(TreeLog::open(log.folder / "other", 4, short_reader).error().kind, ErrorKind::Corrupt);
  test::write_text(log.folder / "file", "");
  log.append(256);
  EXPECT_EQ(TreeLog::open(log.folder / "file", 256, log.entries.reader()).error().kind, ErrorKind::NotFound);
}

TEST(TreeLog, ReadersWorkWhileTheWriterAppends) {
  Log log;
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> proofs{0};
  std::vector<std::thread> readers;
  for (std::uint64_t id = 0; id < 3; ++id) {
    readers.emplace_back([&, id] {
      std::mt19937_64 random(id);
      while (!done) {
        const std::uint64_t size = log.tree->published_size();
        if (size == 0) continue;
        const EntrySeq seq{random() % size};
        const Hash256 root = log.tree->root_at(size).value();
        const std::string entry = log.entries.reader()(seq, 1).value().front();
        EXPECT_TRUE(
            verify_inclusion(leaf_hash(entry), seq, size, root, log.tree->inclusion(seq, size).value()));
        proofs += 1;
      }
    });
  }
  // The writer goes on until the readers have really run beside it.
  for (int round = 0; round < 60 || proofs < 200; ++round) {
    log.append(37);
    ASSERT_TRUE(log.tree->publish());
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(log.tree->root(), log.roots.back());
}

}  // namespace
}  // namespace countersign
