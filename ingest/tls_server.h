// SPDX-License-Identifier: Apache-2.0
// The server's side of TLS from files: TLS 1.2 and newer, no session is resumed. Any thread.
#pragma once

#include <string>

#include "core/result.h"

namespace boost::asio::ssl {
class context;  // NOLINT(readability-identifier-naming): Asio's name
}

namespace countersign {

struct TlsServerFiles {
  std::string certificate;  // PEM: the server's own first, then those between it and the authority
  std::string key;          // PEM, without a passphrase
  std::string authorities;  // PEM; not empty: clients must show a certificate of theirs
};

/// Errors: NotFound, Denied (a file that cannot be read), InvalidArgument (one that cannot be used, or a key
/// that does not belong to the certificate); the message names the file.
Result<void> configure_tls_server(boost::asio::ssl::context& context, const TlsServerFiles& files);

}  // namespace countersign
