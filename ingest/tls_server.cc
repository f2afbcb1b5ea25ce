// SPDX-License-Identifier: Apache-2.0
#include "ingest/tls_server.h"

#include <fcntl.h>
#include <openssl/ssl.h>

#include <boost/asio/ssl/context.hpp>
#include <cerrno>

#include <fmt/format.h>

#include "ingest/posix.h"

namespace countersign {
namespace {

namespace ssl = boost::asio::ssl;
using Code = boost::system::error_code;

Result<void> check_readable(std::string_view what, const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() >= 0) return {};
  const int code = errno;
  const ErrorKind kind = code == ENOENT || code == ENOTDIR ? ErrorKind::NotFound : ErrorKind::Denied;
  return failure(kind, fmt::format("{} {} cannot be read: {}", what, path, errno_text()));
}

Result<void> judge(const Code& code, std::string_view what, const std::string& path) {
  if (!code) return {};
  return failure(ErrorKind::InvalidArgument,
                 fmt::format("{} {} cannot be used: {}", what, path, code.message()));
}

}  // namespace

Result<void> configure_tls_server(ssl::context& context, const TlsServerFiles& files) {
  for (const auto& [what, path] : {std::pair<std::string_view, const std::string&>{"cert", files.certificate},
                                   {"key", files.key},
                                   {"ca", files.authorities}}) {
    if (path.empty()) continue;
    if (auto readable = check_readable(what, path); !readable) return readable;
  }
  SSL_CTX* const native = context.native_handle();
  // Sessions that are resumed would skip the client's certificate, and senders connect rarely.
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  if (SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION) != 1 || SSL_CTX_set_num_tickets(native, 0) != 1)
    return failure(ErrorKind::Internal, "OpenSSL refuses TLS 1.2 or to issue no tickets");
  SSL_CTX_set_options(native, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  // OpenSSL would ask the terminal.
  const auto no_passphrase = [](std::size_t, ssl::context::password_purpose) { return std::string(); };
  Code code;
  if (auto set = judge(context.set_password_callback(no_passphrase, code), "key", files.key); !set)
    return set;
  if (auto used =
          judge(context.use_certificate_chain_file(files.certificate, code), "cert", files.certificate);
      !used)
    return used;
  if (auto used = judge(context.use_private_key_file(files.key, ssl::context::pem, code), "key", files.key);
      !used)
    return used;
  if (files.authorities.empty()) return {};
  if (auto loaded = judge(context.load_verify_file(files.authorities, code), "ca", files.authorities);
      !loaded)
    return loaded;
  constexpr auto kMode = ssl::verify_peer | ssl::verify_fail_if_no_peer_cert;
  return judge(context.set_verify_mode(kMode, code), "ca", files.authorities);
}

}  // namespace countersign
