// SPDX-License-Identifier: Apache-2.0
// Payloads: what must not stand in a log that only grows (raw events, texts, names). Each is encrypted under
// its own random key (XChaCha20-Poly1305, libsodium) and bound to the place where it is stored; destroying
// the key erases it. Also the keyed hash that stands for people, hosts and addresses. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/hash.h"
#include "core/random.h"
#include "core/result.h"
#include "store/records.h"

namespace countersign {

struct SealedPayload {
  Sealed sealed;
  PayloadKey secret;
};

/// Key, nonce and salt come from `random`. `place` is the key of the payload's row.
SealedPayload seal_payload(std::string_view place, std::string_view plain, RandomSource& random);
/// Corrupt: not sealed with this key for this place.
Result<std::string> open_payload(std::string_view place, const Sealed& sealed, const PayloadKey& secret);

/// BLAKE2b-256 keyed with the store's key (Identity::store_key).
Hash256 keyed_hash(std::string_view store_key, std::string_view bytes);

}  // namespace countersign
