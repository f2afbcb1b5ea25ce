// SPDX-License-Identifier: Apache-2.0
#include "store/evidence/trust.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace countersign {
namespace {

tl::unexpected<Error> wrong_line(std::string_view what, std::size_t number, const Error& error) {
  return failure(error.kind, fmt::format("{}, line {}: {}", what, number, error.message));
}

bool is_ignored(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t");
  return first == std::string_view::npos || line[first] == '#';
}

// A vkey has no blanks, and every line of a policy has.
bool is_policy(std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (!is_ignored(line)) return line.find_first_of(" \t") != std::string_view::npos;
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return false;
}

Result<WitnessPolicy> parse_key_list(std::string_view text) {
  WitnessPolicy policy;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (is_ignored(line)) continue;
    Result<VerifierKey> key = parse_vkey(line);
    if (!key) return wrong_line("trusted keys", number, key.error());
    if (key->type == KeyType::Ed25519) {
      policy.logs.push_back({std::move(*key), {}});
    } else {
      PolicyNode node;
      node.name = key->name;
      node.witness = std::move(*key);
      policy.nodes.push_back(std::move(node));
    }
  }
  return policy;
}

}  // namespace

Result<WitnessPolicy> parse_trust(std::string_view text) {
  Result<WitnessPolicy> policy = is_policy(text) ? parse_witness_policy(text) : parse_key_list(text);
  if (!policy) return policy;
  if (policy->logs.empty()) return failure(ErrorKind::Malformed, "trusted keys: no key of a log");
  return policy;
}

Result<std::vector<VerifierKey>> parse_vkeys(std::string_view text) {
  std::vector<VerifierKey> keys;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      return wrong_line("vkeys", number, {ErrorKind::Malformed, "does not end in a newline"});
    }
    Result<VerifierKey> key = parse_vkey(text.substr(0, end));
    if (!key) return wrong_line("vkeys", number, key.error());
    text.remove_prefix(end + 1);
    if (key->type != KeyType::Ed25519) {
      return wrong_line("vkeys", number, {ErrorKind::Malformed, "not the key of a log"});
    }
    if (!keys.empty() && keys.front().name != key->name) {
      return wrong_line("vkeys", number, {ErrorKind::Malformed, "another name than in line 1"});
    }
    if (std::ranges::find(keys, *key) != keys.end()) {
      return wrong_line("vkeys", number, {ErrorKind::Malformed, "the key stands twice"});
    }
    keys.push_back(std::move(*key));
  }
  if (keys.empty()) return failure(ErrorKind::Malformed, "vkeys: no key");
  return keys;
}

Result<OpenedCheckpoint> open_trusted(std::string_view note, const WitnessPolicy& policy) {
  Result<OpenedCheckpoint> opened = open_checkpoint(note, policy.keys());
  if (!opened || policy.satisfied_by(opened->signatures)) return opened;
  return failure(ErrorKind::Denied, "checkpoint: the cosignatures do not reach the policy's quorum");
}

}  // namespace countersign
