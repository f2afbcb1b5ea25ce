// SPDX-License-Identifier: Apache-2.0
// Passwords of local users: argon2id through libsodium. Each call costs tens of milliseconds and 64 MiB:
// never on a thread that serves connections. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"

namespace countersign {

inline constexpr std::size_t kPasswordBytesMin = 12;
inline constexpr std::size_t kPasswordBytesMax = 1'024;

enum class PasswordCost : std::uint8_t {
  Standard,  // 2 passes over 64 MiB
  Minimum,   // the least that the library allows; for tests only
};

/// Bytes that one call takes.
std::size_t password_memory(PasswordCost cost);
/// The text to store (PHC string, with its own salt). Errors: InvalidArgument (too short or too long, field
/// `password`), Unavailable (no memory).
Result<std::string> hash_password(std::string_view password, PasswordCost cost = PasswordCost::Standard);
/// False also for an empty or unreadable hash.
bool verify_password(const std::string& hash, std::string_view password);
/// Whether `hash` was made with another cost than `cost`.
bool needs_rehash(const std::string& hash, PasswordCost cost = PasswordCost::Standard);

}  // namespace countersign
