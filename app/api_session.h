// SPDX-License-Identifier: Apache-2.0
// The person's session with a server, as `countersign login` keeps it: one file per user of this machine,
// mode 0600, $XDG_CONFIG_HOME/countersign/sessions.json (or ~/.config/…), a JSON object from server to
// session.
#pragma once

#include <optional>
#include <string>

#include "core/result.h"

namespace countersign {

struct ApiSession {
  std::string secret;
  std::string login;
  std::string expires_at;  // RFC 3339
};

/// Errors: Denied (not signed in, or the file is open to others), Malformed.
Result<ApiSession> read_session(const std::string& server);
Result<void> write_session(const std::string& server, const ApiSession& session);
Result<void> forget_session(const std::string& server);

}  // namespace countersign
