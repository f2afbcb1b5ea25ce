// SPDX-License-Identifier: Apache-2.0
#include "ingest/pack_loader.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <system_error>

#include <fmt/format.h>

#include "core/yaml_files.h"
#include "ingest/pack_source.h"

namespace countersign {
namespace {

namespace fs = std::filesystem;

Result<PackText> read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  PackText out{path.string(), {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()}};
  if (in.bad() || !in.is_open())
    return failure(ErrorKind::Denied, fmt::format("packs: cannot read {}", path.string()));
  return out;
}

std::unique_ptr<const Pack> load_one(const PackText& text, std::map<std::string, std::string>& seen,
                                     PackLoad& load) {
  Findings yaml(text.file);
  PackFindings found(text.file);
  std::unique_ptr<const Pack> pack;
  const std::vector<YamlDocument> documents = read_yaml(text.text, yaml);
  found.take(yaml.take());
  if (found.errors() == 0 && documents.size() != 1) {
    found.error("pack.documents", {1, 1},
                fmt::format("{} documents in a file that holds one pack", documents.size()));
  }
  if (found.errors() == 0) {
    PackSource source = read_pack(documents.front().root, found);
    const auto [known, added] = seen.emplace(source.pack.name, text.file);
    if (!added) {
      found.error("pack.duplicate", documents.front().root.where,
                  fmt::format("the pack `{}` stands in {} already", source.pack.name, known->second));
    }
    for (PackTest& test : source.tests) {
      test.file = text.file;
      test.pack = source.pack.name;
    }
    if (found.errors() == 0) {
      std::move(source.tests.begin(), source.tests.end(), std::back_inserter(load.tests));
      pack = compile_pack(std::move(source));
    }
  }
  std::move(found.list().begin(), found.list().end(), std::back_inserter(load.findings));
  return pack;
}

}  // namespace

PackLoad load_pack_texts(const std::vector<PackText>& texts) {
  PackLoad load;
  std::vector<std::unique_ptr<const Pack>> packs;
  PackSetManifest manifest;
  std::map<std::string, std::string> seen;
  for (const PackText& text : texts) {
    ++load.files;
    std::unique_ptr<const Pack> pack = load_one(text, seen, load);
    if (pack == nullptr) {
      ++load.refused;
      continue;
    }
    const Hash256 content = sha256(text.text);
    manifest.packs[pack->name] = content;
    manifest.contents[content] = text.text;
    packs.push_back(std::move(pack));
  }
  std::sort(packs.begin(), packs.end(), [](const auto& a, const auto& b) {
    return a->priority != b->priority ? a->priority > b->priority : a->name < b->name;
  });
  load.packs = std::make_shared<const PackSet>(std::move(packs), std::move(manifest));
  return load;
}

Result<PackLoad> load_packs(const std::vector<std::filesystem::path>& paths) {
  std::vector<fs::path> files;
  for (const fs::path& path : paths) {
    const auto found = find_yaml_files(path);
    if (!found) return failure(found.error().kind, "packs: " + found.error().message);
    files.insert(files.end(), found->begin(), found->end());
  }
  if (files.empty())
    return failure(ErrorKind::InvalidArgument, "packs: no pack file (*.yml) in the given paths");
  std::vector<PackText> texts;
  for (const fs::path& file : files) {
    auto text = read_file(file);
    if (!text) return failure(text.error());
    texts.push_back(std::move(*text));
  }
  return load_pack_texts(texts);
}

}  // namespace countersign
