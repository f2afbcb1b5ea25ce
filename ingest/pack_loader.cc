// SPDX-License-Identifier: Apache-2.0
#include "ingest/pack_loader.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <system_error>

#include <fmt/format.h>

#include "ingest/pack_source.h"

namespace countersign {
namespace {

namespace fs = std::filesystem;

bool is_pack_file(const fs::path& path) { return path.extension() == ".yml" || path.extension() == ".yaml"; }

Result<void> collect(const fs::path& path, std::vector<fs::path>& files) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found)
    return failure(ErrorKind::NotFound, fmt::format("packs: {} does not exist", path.string()));
  if (fs::is_directory(status)) {
    std::vector<fs::path> found;
    for (fs::recursive_directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
      if (it->is_regular_file(error) && is_pack_file(it->path())) found.push_back(it->path());
    }
    std::sort(found.begin(), found.end());
    files.insert(files.end(), found.begin(), found.end());
  } else if (!error) {
    files.push_back(path);
  }
  if (error)
    return failure(ErrorKind::Denied,
                   fmt::format("packs: cannot read {}: {}", path.string(), error.message()));
  return {};
}

Result<PackText> read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  PackText out{path.string(), {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()}};
  if (in.bad() || !in.is_open())
    return failure(ErrorKind::Denied, fmt::format("packs: cannot read {}", path.string()));
  return out;
}

std::unique_ptr<const Pack> load_one(const PackText& text, std::map<std::string, std::string>& seen,
                                     std::vector<Diagnostic>& findings) {
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
    if (found.errors() == 0) pack = compile_pack(std::move(source));
  }
  std::move(found.list().begin(), found.list().end(), std::back_inserter(findings));
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
    std::unique_ptr<const Pack> pack = load_one(text, seen, load.findings);
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
    if (auto collected = collect(path, files); !collected) return failure(collected.error());
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
