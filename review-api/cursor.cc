// SPDX-License-Identifier: Apache-2.0
#include "review-api/cursor.h"

#include <sodium.h>

#include "review-api/secrets.h"

namespace countersign {
namespace {

constexpr std::size_t kMacBytes = 16;

}  // namespace

// cursor = base64url( mac(16) ‖ position );  mac = first 16 bytes of
// HMAC-SHA-256(key, decimal length of question ‖ ":" ‖ question ‖ position)
std::string Cursors::mac(std::string_view question, std::string_view position) const {
  std::string text = std::to_string(question.size()) + ':';
  text.append(question).append(position);
  return std::string(as_text(keyed_hash(key_, text).bytes).substr(0, kMacBytes));
}

std::string Cursors::seal(std::string_view question, std::string_view position) const {
  return to_base64url(as_bytes(mac(question, position).append(position)));
}

Result<std::string> Cursors::open(std::string_view question, std::string_view cursor) const {
  const auto refused =
      failure(ErrorKind::Malformed,
              "The cursor was not made for this question by this server since its last start; "
              "ask again without a cursor.");
  if (cursor.size() > kCursorBytesMax) return refused;
  std::string bytes(cursor.size(), '\0');
  std::size_t length = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), cursor.data(),
                        cursor.size(), nullptr, &length, nullptr,
                        sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
    return refused;
  bytes.resize(length);
  if (bytes.size() < kMacBytes) return refused;
  std::string position = bytes.substr(kMacBytes);
  if (!equal_secrets(mac(question, position), std::string_view(bytes).substr(0, kMacBytes))) return refused;
  return position;
}

}  // namespace countersign
