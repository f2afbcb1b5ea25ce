// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/ingest/shared_data.h"

#include <zstd.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <vector>

namespace countersign::testing {
namespace {

std::string read_all(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in.is_open()) throw std::runtime_error("cannot open " + file.string());
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// Removes `"_name":value,` at the start of an object as long as there is one; values are texts or numbers.
std::string_view without_provenance(std::string_view line, std::string& scratch) {
  std::size_t at = 1;
  while (line.substr(at).starts_with("\"_")) {
    at = line.find("\":", at) + 2;
    if (line[at] == '"') {
      for (++at; line[at] != '"'; ++at) {
        if (line[at] == '\\') ++at;
      }
    }
    at = line.find(',', at) + 1;
  }
  if (at == 1) return line;
  scratch = "{";
  scratch += line.substr(at);
  return scratch;
}

class Lines {
 public:
  explicit Lines(const std::function<bool(std::string_view)>& each) : each_(each) {}

  /// False: no more is wanted.
  bool feed(std::string_view bytes) {
    while (!bytes.empty()) {
      const std::size_t end = bytes.find('\n');
      pending_ += bytes.substr(0, end);
      if (end == std::string_view::npos) return true;
      bytes.remove_prefix(end + 1);
      const bool more = each_(without_provenance(pending_, scratch_));
      pending_.clear();
      if (!more) return false;
    }
    return true;
  }

 private:
  const std::function<bool(std::string_view)>& each_;
  std::string pending_;
  std::string scratch_;
};

}  // namespace

std::filesystem::path shared_data() {
  return std::filesystem::path(COUNTERSIGN_SOURCE_DIR).parent_path() / "shared" / "data";
}

bool have_shared_data() { return std::filesystem::is_directory(shared_data()); }

void each_line(const std::filesystem::path& file, const std::function<bool(std::string_view)>& each) {
  const std::string bytes = read_all(file);
  Lines lines(each);
  if (file.extension() != ".zst") {
    (void)lines.feed(bytes);
    return;
  }
  const std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> stream(ZSTD_createDStream(),
                                                                          &ZSTD_freeDStream);
  std::vector<char> out(ZSTD_DStreamOutSize());
  ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
  while (input.pos < input.size) {
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    const std::size_t result = ZSTD_decompressStream(stream.get(), &output, &input);
    if (ZSTD_isError(result) != 0) throw std::runtime_error("cannot decompress " + file.string());
    if (!lines.feed({out.data(), output.pos})) return;
  }
}

}  // namespace countersign::testing
