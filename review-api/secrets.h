// SPDX-License-Identifier: Apache-2.0
// Secrets that this program hands out: sessions and API tokens. They are 256 random bits, shown once, kept
// only as a hash; the prefix lets secret scanners find a leaked one. Pure but for the random source; any
// thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/hash.h"
#include "core/random.h"

namespace countersign {

inline constexpr std::string_view kSessionPrefix = "css_";
inline constexpr std::string_view kTokenPrefix = "cst_";

struct NewSecret {
  std::string text;  // for its owner, once
  std::string hash;  // hex SHA-256 of `text`, for the store
};

NewSecret make_session_secret(RandomSource& random);
NewSecret make_api_token(RandomSource& random);
/// A public name for a token: `t-` and 12 characters.
std::string make_token_id(RandomSource& random);

/// Prefix and 43 characters of base64url; cheap, so that rubbish costs no lookup.
bool looks_like_session(std::string_view text);
bool looks_like_token(std::string_view text);

/// RFC 4648 §5 without padding.
std::string to_base64url(std::span<const std::uint8_t> bytes);

/// HMAC-SHA-256.
Hash256 keyed_hash(std::span<const std::uint8_t, 32> key, std::string_view text);

/// Takes the same time wherever the difference is.
bool equal_secrets(std::string_view left, std::string_view right);

/// The token that a page of ours sends back in X-Countersign-CSRF; bound to the session whose secret it is
/// made from, and useless for finding that secret.
std::string csrf_token(std::string_view session_secret);

}  // namespace countersign
