// SPDX-License-Identifier: Apache-2.0
#include "store/evidence/witness_policy.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/hash.h"
#include "store/evidence/checkpoint.h"

namespace countersign {
namespace {

constexpr std::string_view kNone = "none";

using Words = std::vector<std::string_view>;

Words words_of(std::string_view line) {
  Words words;
  for (;;) {
    const std::size_t begin = line.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const std::string_view word = line.substr(0, line.find_first_of(" \t"));
    words.push_back(word);
    line.remove_prefix(word.size());
  }
}

class Parser {
 public:
  Result<WitnessPolicy> parse(std::string_view text);

 private:
  Result<void> line(const Words& words);
  Result<void> log(const Words& words);
  Result<void> witness(const Words& words);
  Result<void> group(const Words& words);
  Result<void> quorum(const Words& words);
  Result<void> name_is_new(std::string_view name) const;
  Result<VerifierKey> key(std::string_view vkey, KeyType type) const;
  std::optional<std::size_t> find(std::string_view name) const;

  tl::unexpected<Error> wrong(std::string_view why, ErrorKind kind = ErrorKind::Malformed) const {
    return failure(kind, fmt::format("witness policy, line {}: {}", number_, why));
  }

  WitnessPolicy policy_;
  std::vector<bool> member_;  // of the node with the same index: already in a group
  bool has_quorum_ = false;
  std::size_t number_ = 0;
};

std::optional<std::size_t> Parser::find(std::string_view name) const {
  const auto found = std::ranges::find(policy_.nodes, name, &PolicyNode::name);
  if (found == policy_.nodes.end()) return std::nullopt;
  return static_cast<std::size_t>(found - policy_.nodes.begin());
}

Result<void> Parser::name_is_new(std::string_view name) const {
  if (name == kNone || find(name)) return wrong("the name is taken");
  return {};
}

Result<VerifierKey> Parser::key(std::string_view vkey, KeyType type) const {
  Result<VerifierKey> key = parse_vkey(vkey);
  if (!key) return wrong(key.error().message, key.error().kind);
  if (key->type != type) return wrong("the key has the type of the other role");
  return key;
}

Result<void> Parser::log(const Words& words) {
  if (words.size() < 2 || words.size() > 3) return wrong("must be: log vkey [url]");
  Result<VerifierKey> parsed = key(words[1], KeyType::Ed25519);
  if (!parsed) return failure(parsed.error());
  for (const PolicyLog& other : policy_.logs) {
    if (other.key.public_key == parsed->public_key) return wrong("the log's key stands twice");
  }
  policy_.logs.push_back({std::move(*parsed), words.size() == 3 ? std::string(words[2]) : std::string()});
  return {};
}

Result<void> Parser::witness(const Words& words) {
  if (words.size() < 3 || words.size() > 4) return wrong("must be: witness name vkey [url]");
  if (Result<void> ok = name_is_new(words[1]); !ok) return ok;
  Result<VerifierKey> parsed = key(words[2], KeyType::CosignatureV1);
  if (!parsed) return failure(parsed.error());
  for (const PolicyNode& other : policy_.nodes) {
    if (other.witness && other.witness->public_key == parsed->public_key) {
      return wrong("the witness's key stands twice");
    }
  }
  PolicyNode node;
  node.name = words[1];
  node.witness = std::move(*parsed);
  if (words.size() == 4) node.url = words[3];
  policy_.nodes.push_back(std::move(node));
  member_.push_back(false);
  return {};
}

Result<void> Parser::group(const Words& words) {
  if (words.size() < 4) return wrong("must be: group name all|any|number name…");
  if (Result<void> ok = name_is_new(words[1]); !ok) return ok;
  PolicyNode node;
  node.name = words[1];
  for (const std::string_view name : Words(words.begin() + 3, words.end())) {
    const std::optional<std::size_t> member = find(name);
    if (!member) return wrong("a member is not defined above");
    if (member_[*member]) return wrong("a member is listed twice");
    member_[*member] = true;
    node.members.push_back(*member);
  }
  if (words[2] == "all") {
    node.needed = node.members.size();
  } else if (words[2] == "any") {
    node.needed = 1;
  } else {
    const std::optional<std::uint64_t> needed = parse_log_number(words[2]);
    if (!needed || *needed < 1 || *needed > node.members.size()) {
      return wrong(fmt::format("the threshold must be all, any or 1 to {}", node.members.size()));
    }
    node.needed = *needed;
  }
  policy_.nodes.push_back(std::move(node));
  member_.push_back(false);
  return {};
}

Result<void> Parser::quorum(const Words& words) {
  if (words.size() != 2) return wrong("must be: quorum name|none");
  if (has_quorum_) return wrong("a second quorum");
  has_quorum_ = true;
  if (words[1] == kNone) return {};
  policy_.quorum = find(words[1]);
  if (!policy_.quorum) return wrong("the quorum's name is not defined above");
  return {};
}

Result<void> Parser::line(const Words& words) {
  if (words.empty() || words[0].starts_with('#')) return {};
  if (words[0] == "log") return log(words);
  if (words[0] == "witness") return witness(words);
  if (words[0] == "group") return group(words);
  if (words[0] == "quorum") return quorum(words);
  return wrong("must begin with log, witness, group or quorum");
}

Result<WitnessPolicy> Parser::parse(std::string_view text) {
  if (text.size() > kPolicyBytesMax) {
    return failure(ErrorKind::LimitExceeded,
                   fmt::format("witness policy: {} bytes, limit {}", text.size(), kPolicyBytesMax));
  }
  while (!text.empty()) {
    ++number_;
    if (number_ > kPolicyLinesMax) {
      return wrong(fmt::format("more than {} lines", kPolicyLinesMax), ErrorKind::LimitExceeded);
    }
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return wrong("does not end in a newline");
    const std::string_view content = text.substr(0, end);
    for (const std::uint8_t byte : as_bytes(content)) {
      if ((byte < 0x20 && byte != '\t') || byte == 0x7F) return wrong("control character");
    }
    if (Result<void> ok = line(words_of(content)); !ok) return failure(ok.error());
    text.remove_prefix(end + 1);
  }
  if (!has_quorum_) return failure(ErrorKind::Malformed, "witness policy: no quorum line");
  return std::move(policy_);
}

}  // namespace

std::vector<VerifierKey> WitnessPolicy::keys() const {
  std::vector<VerifierKey> keys;
  for (const PolicyLog& log : logs) keys.push_back(log.key);
  for (const PolicyNode& node : nodes) {
    if (node.witness) keys.push_back(*node.witness);
  }
  return keys;
}

bool WitnessPolicy::satisfied_by(std::span<const VerifiedSignature> signatures) const {
  // Members stand before their group, so one pass suffices.
  std::vector<bool> holds;
  for (const PolicyNode& node : nodes) {
    if (node.witness) {
      holds.push_back(std::ranges::any_of(
          signatures, [&](const VerifiedSignature& one) { return one.key == *node.witness; }));
      continue;
    }
    const auto count = std::ranges::count_if(node.members, [&](std::size_t member) { return holds[member]; });
    holds.push_back(static_cast<std::size_t>(count) >= node.needed);
  }
  return !quorum || holds[*quorum];
}

Result<WitnessPolicy> parse_witness_policy(std::string_view text) { return Parser().parse(text); }

std::string format_unwitnessed_policy(const VerifierKey& log) {
  return fmt::format("log {}\nquorum none\n", format_vkey(log));
}

}  // namespace countersign
