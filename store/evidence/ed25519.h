// SPDX-License-Identifier: Apache-2.0
// Ed25519 (RFC 8032) verification through OpenSSL. Pure; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace countersign {

inline constexpr std::size_t kEd25519SignatureBytes = 64;

/// False when the signature or the key is wrong in any way.
bool ed25519_verify(const std::array<std::uint8_t, 32>& public_key, std::string_view message,
                    std::string_view signature);

}  // namespace countersign
