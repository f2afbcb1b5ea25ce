// SPDX-License-Identifier: Apache-2.0
#include "store/evidence/tiles.h"

#include <limits>

#include <gtest/gtest.h>

#include "tests/unit/evidence/test_key.h"

namespace countersign {
namespace {

TEST(TilePath, WritesAndReadsTheFormsOfTheSpecification) {
  struct Case {
    TileId id;
    std::string_view path;
  };
  const Case cases[] = {
      {{false, 0, 0, 256}, "0/000"},          {{false, 0, 999, 256}, "0/999"},
      {{false, 1, 1'000, 256}, "1/x001/000"}, {{false, 0, 1'234'067, 256}, "0/x001/x234/067"},
      {{false, 2, 5, 1}, "2/005.p/1"},        {{true, 0, 1'234'067, 255}, "entries/x001/x234/067.p/255"},
      {{false, 63, 0, 256}, "63/000"},        {{true, 0, 0, 256}, "entries/000"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(tile_path(c.id), c.path);
    EXPECT_EQ(parse_tile_path(c.path).value(), c.id) << c.path;
  }
}

TEST(TilePath, RefusesEveryOtherSpelling) {
  for (const std::string_view path : {"",
                                      "0",
                                      "0/",
                                      "/000",
                                      "0/00",
                                      "0/0000",
                                      "0/1000",
                                      "00/000",
                                      "-1/000",
                                      "64/000",
                                      "x/000",
                                      "0/abc",
                                      "0/x000/000",
                                      "0/x001/x000",
                                      "0/001/000",
                                      "0/x1/000",
                                      "0/000.p/0",
                                      "0/000.p/256",
                                      "0/000.p/01",
                                      "0/000.p/",
                                      "0/000.p",
                                      "0/000.p/1/",
                                      "0/000/",
                                      "0//000",
                                      "entries",
                                      "entries/",
                                      "Entries/000",
                                      "../000",
                                      "0/../000",
                                      "0/+00",
                                      "0/x18446744073709551616/000",
                                      "0/000.p/1.p/1",
                                      " 0/000",
                                      "0/000 ",
                                      "0/x001/x234/x067"}) {
    EXPECT_EQ(parse_tile_path(path).error().kind, ErrorKind::Malformed) << path;
  }
}

TEST(TileCounts, OfTheSizesThatTheSpecificationNames) {
  EXPECT_EQ(full_tiles(70'000, 0), 273U);
  EXPECT_EQ(partial_width(70'000, 0), 112U);
  EXPECT_EQ(full_tiles(70'000, 1), 1U);
  EXPECT_EQ(partial_width(70'000, 1), 17U);
  EXPECT_EQ(full_tiles(70'000, 2), 0U);
  EXPECT_EQ(partial_width(70'000, 2), 1U);
  EXPECT_EQ(full_tiles(256, 0), 1U);
  EXPECT_EQ(partial_width(256, 1), 1U);
  EXPECT_EQ(full_tiles(kTreeSizeMax, 63), 0U);
  EXPECT_EQ(partial_width(kTreeSizeMax, 63), 0U);
}

TEST(TileCounts, EveryTileIsVisitedOnce) {
  std::vector<std::string> paths;
  const auto collect = [&](const TileId& id) -> Result<void> {
    paths.push_back(tile_path(id));
    return {};
  };
  ASSERT_TRUE(for_each_tile(600, collect));
  EXPECT_EQ(paths, (std::vector<std::string>{"entries/000", "entries/001", "entries/002.p/88", "0/000",
                                             "0/001", "0/002.p/88", "1/000.p/2"}));
  const auto fail = [](const TileId&) -> Result<void> { return failure(ErrorKind::Unavailable, "full"); };
  EXPECT_EQ(for_each_tile(1, fail).error().kind, ErrorKind::Unavailable);
  EXPECT_TRUE(for_each_tile(0, fail));
}

TEST(EntryBundle, KeepsEveryEntryAndItsLength) {
  const std::vector<std::string> entries{"", "a", std::string(256, 'b'), std::string(kEntryBytesMax, 'c')};
  const std::string bytes = encode_bundle(entries).value();
  EXPECT_EQ(bytes.substr(0, 5), std::string("\0\0\0\1a", 5));
  EXPECT_EQ(bytes.substr(5, 2), std::string("\1\0", 2));
  EXPECT_EQ(decode_bundle(bytes, 4).value(), entries);
  EXPECT_EQ(encode_bundle(std::vector{std::string(kEntryBytesMax + 1, 'd')}).error().kind,
            ErrorKind::LimitExceeded);
}

TEST(EntryBundle, RefusesWhatIsCutOffOrTooMuch) {
  const std::string bytes = encode_bundle(std::vector<std::string>{"abc", "de"}).value();
  EXPECT_TRUE(decode_bundle(bytes, 2));
  EXPECT_FALSE(decode_bundle(bytes, 1));
  EXPECT_FALSE(decode_bundle(bytes, 3));
  EXPECT_FALSE(decode_bundle(bytes + "x", 2));
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(decode_bundle(bytes.substr(0, length), 2)) << length;
  }
}

TEST(HashTile, HasExactlyItsWidth) {
  const std::vector<Hash256> hashes{sha256("a"), sha256("b")};
  EXPECT_EQ(decode_hash_tile(encode_hash_tile(hashes), 2).value(), hashes);
  EXPECT_EQ(decode_hash_tile(encode_hash_tile(hashes), 3).error().kind, ErrorKind::Malformed);
  EXPECT_EQ(subtree_root(hashes), node_hash(hashes[0], hashes[1]));
}

TEST(TileFolder, ReadsWhatItWroteAndKnowsWhatIsMissing) {
  const test::ScratchFolder scratch;
  const TileFolder folder(scratch / "a/b/tile");
  const TileFile tile{{false, 0, 1'234'067, 256}, std::string(8'192, 't')};
  const TileFile bundle{{true, 0, 3, 2}, std::string("\0\1a\0\0", 5)};
  EXPECT_FALSE(folder.has(tile.id));
  EXPECT_EQ(folder.read(tile.id).error().kind, ErrorKind::NotFound);
  for (int twice = 0; twice < 2; ++twice) ASSERT_TRUE(folder.write(std::vector{tile, bundle}));
  EXPECT_TRUE(folder.has(tile.id));
  EXPECT_EQ(folder.read(tile.id).value(), tile.bytes);
  EXPECT_EQ(test::read_text(scratch / "a/b/tile/entries/003.p/2"), bundle.bytes);
  std::filesystem::resize_file(scratch / "a/b/tile/0/x001/x234/067", 8'191);
  EXPECT_FALSE(folder.has(tile.id));
  EXPECT_EQ(folder.read(tile.id).error().kind, ErrorKind::Corrupt);
}

TEST(TileFolder, SaysWhenTheFolderCannotBeMade) {
  const test::ScratchFolder scratch;
  test::write_text(scratch / "tile", "a file in the folder's place");
  const TileFile tile{{false, 0, 0, 1}, std::string(32, 't')};
  EXPECT_EQ(TileFolder(scratch / "tile").write({&tile, 1}).error().kind, ErrorKind::NotFound);
}

}  // namespace
}  // namespace countersign
