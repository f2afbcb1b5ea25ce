// SPDX-License-Identifier: Apache-2.0
// A log for tests, as a store would write it: entries of many types that keep every rule, their payloads,
// checkpoints, and an export of it all.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/evidence/entry.h"
#include "store/evidence/exporter.h"
#include "store/evidence/merkle.h"
#include "store/evidence/signing_key.h"

namespace countersign::test {

inline constexpr std::string_view kOrigin = "test.example/log";

struct TestLog {
  TestLog();

  /// One entry of `type`; `fields` fills in what the type needs.
  std::uint64_t add(std::string_view type, const JsonObject& fields = {},
                    const ActorContext& context = service());
  /// The same with a payload; the commitment becomes the last member.
  std::uint64_t add_with_payload(std::string_view type, JsonObject fields, const JsonObject& payload,
                                 const ActorContext& context = service());

  static ActorContext service();
  static ActorContext human();

  /// log.opened, service.started, rules.loaded and packs.loaded.
  void open();
  /// Opens alert number `number`, assigns, decides and closes it, with rationale: four entries.
  void review_alert(std::uint64_t number);
  /// A range of 10 offsets that gave `opened` alerts; the next begins where it ends.
  void range(std::uint64_t opened);
  /// All of the above until there are `size` entries.
  void fill(std::uint64_t size);

  /// Changes an entry afterwards, as someone does who has the database.
  void replace_in_entry(std::uint64_t seq, std::string_view from, std::string_view to);

  Hash256 root(std::uint64_t size) const;
  /// A signed checkpoint of the first `size` entries.
  std::string checkpoint(std::uint64_t size) const;
  void keep_checkpoint(std::uint64_t size) { checkpoints[size] = checkpoint(size); }
  VerifierKey vkey() const;
  /// Everything up to now; borrows this object.
  ExportSource source(bool with_payloads = true) const;
  void export_to(const std::filesystem::path& folder, bool with_payloads = true) const;

  std::vector<std::string> entries;
  std::map<std::uint64_t, SaltedPayload> payloads;
  std::map<std::uint64_t, std::string> checkpoints;

 private:
  std::shared_ptr<const SigningKey> key_;
  Hash256 ruleset_ = sha256("rules");
  std::uint64_t next_offset_ = 0;
};

}  // namespace countersign::test
