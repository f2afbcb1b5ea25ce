// SPDX-License-Identifier: Apache-2.0
#include "rules/plan/literal_scanner.h"

#include <cstdlib>

#include <fmt/format.h>
#include <hs/hs.h>

#include "core/hash.h"
#include "core/invariant.h"
#include "rules/plan/content_cache.h"

namespace countersign {
namespace {

/// What a compiled form depends on beside the texts.
std::string environment() {
  hs_platform_info_t platform{};
  if (hs_populate_platform(&platform) != HS_SUCCESS) platform = {};
  return fmt::format("{} {} {:x} {}", hs_version(), platform.tune, platform.cpu_features, platform.reserved1);
}

Hash256 key_of(const std::vector<std::string>& texts, LiteralScanner::Case letter_case) {
  Sha256 hash;
  hash.update("countersign literals 2");
  hash.update(environment());
  hash.update_u64(static_cast<std::uint64_t>(letter_case));
  for (const std::string& text : texts) {
    hash.update_u64(text.size());
    hash.update(text);
  }
  return hash.finish();
}

hs_database_t* restore(const std::string& bytes) {
  hs_database_t* database = nullptr;
  if (hs_deserialize_database(bytes.data(), bytes.size(), &database) != HS_SUCCESS) return nullptr;
  return database;
}

std::string serialise(const hs_database_t* database) {
  char* bytes = nullptr;
  std::size_t size = 0;
  if (hs_serialize_database(database, &bytes, &size) != HS_SUCCESS) return {};
  std::string out(bytes, size);
  std::free(bytes);
  return out;
}

struct Call {
  LiteralScanner::Found found;
  void* context;
};

int on_match(unsigned id, unsigned long long /*from*/, unsigned long long /*to*/, unsigned /*flags*/,
             void* context) {
  const Call& call = *static_cast<const Call*>(context);
  call.found(id, call.context);
  return 0;
}

}  // namespace

struct ScanScratch::State {
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { (void)hs_free_scratch(scratch); }
  hs_scratch_t* scratch = nullptr;
};

ScanScratch::ScanScratch() : state_(std::make_unique<State>()) {}
ScanScratch::~ScanScratch() = default;
ScanScratch::ScanScratch(ScanScratch&&) noexcept = default;
ScanScratch& ScanScratch::operator=(ScanScratch&&) noexcept = default;

struct LiteralScanner::Database {
  explicit Database(hs_database_t* made) : database(made) {}
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database() { (void)hs_free_database(database); }
  hs_database_t* database;
};

Result<void> ScanScratch::prepare(const LiteralScanner& scanner) {
  if (hs_alloc_scratch(scanner.database_->database, &state_->scratch) != HS_SUCCESS)
    return failure(ErrorKind::Internal, "no memory for searching texts");
  return {};
}

LiteralScanner::LiteralScanner(std::unique_ptr<Database> database) : database_(std::move(database)) {}
LiteralScanner::~LiteralScanner() = default;

Result<std::unique_ptr<const LiteralScanner>> LiteralScanner::compile(
    const std::vector<std::string>& texts, Case letter_case, const std::filesystem::path& cache_folder) {
  const auto scanner_of = [](hs_database_t* database) {
    return std::unique_ptr<const LiteralScanner>(
        new LiteralScanner(std::make_unique<Database>(database)));  // its constructor is private
  };
  const ContentCache cache(cache_folder);
  const Hash256 key = cache.enabled() ? key_of(texts, letter_case) : Hash256{};
  if (const std::optional<std::string> kept = cache.load(key))
    if (hs_database_t* database = restore(*kept)) return scanner_of(database);

  std::vector<const char*> starts;
  std::vector<std::size_t> sizes;
  std::vector<unsigned> ids;
  for (const std::string& text : texts) {
    starts.push_back(text.data());
    sizes.push_back(text.size());
    ids.push_back(static_cast<unsigned>(ids.size()));
  }
  const std::vector<unsigned> flags(texts.size(), letter_case == Case::Exact ? 0U : HS_FLAG_CASELESS);
  hs_database_t* database = nullptr;
  hs_compile_error_t* error = nullptr;
  if (hs_compile_lit_multi(starts.data(), flags.data(), ids.data(), sizes.data(),
                           static_cast<unsigned>(texts.size()), HS_MODE_BLOCK, nullptr, &database,
                           &error) != HS_SUCCESS) {
    std::string message = fmt::format("vectorscan cannot compile {} texts: {}", texts.size(), error->message);
    (void)hs_free_compile_error(error);
    return failure(ErrorKind::Internal, std::move(message));
  }
  if (cache.enabled()) cache.store(key, serialise(database));
  return scanner_of(database);
}

void LiteralScanner::scan(std::string_view value, ScanScratch& scratch, Found found, void* context) const {
  if (value.empty()) return;  // no text is, and vectorscan refuses a null pointer
  Call call{found, context};
  const hs_error_t error = hs_scan(database_->database, value.data(), static_cast<unsigned>(value.size()), 0,
                                   scratch.state_->scratch, on_match, &call);
  invariant(error == HS_SUCCESS);  // the scratch was prepared for this scanner
}

bool LiteralScanner::finds_any(std::string_view value, ScanScratch& scratch) const {
  if (value.empty()) return false;
  const auto stop = [](unsigned, unsigned long long, unsigned long long, unsigned, void*) { return 1; };
  const hs_error_t error = hs_scan(database_->database, value.data(), static_cast<unsigned>(value.size()), 0,
                                   scratch.state_->scratch, stop, nullptr);
  invariant(error == HS_SUCCESS || error == HS_SCAN_TERMINATED);
  return error == HS_SCAN_TERMINATED;
}

std::size_t LiteralScanner::size_bytes() const {
  std::size_t size = 0;
  return hs_database_size(database_->database, &size) == HS_SUCCESS ? size : 0;
}

}  // namespace countersign
