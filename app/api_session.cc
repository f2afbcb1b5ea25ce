// SPDX-License-Identifier: Apache-2.0
#include "app/api_session.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <boost/json.hpp>

namespace countersign {
namespace {

namespace json = boost::json;

std::filesystem::path session_file() {
  const char* config = std::getenv("XDG_CONFIG_HOME");
  if (config != nullptr && *config == '/')
    return std::filesystem::path(config) / "countersign" / "sessions.json";
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home == nullptr ? "." : home) / ".config" / "countersign" / "sessions.json";
}

Result<json::object> read_all() {
  const std::filesystem::path file = session_file();
  struct stat state{};
  if (stat(file.c_str(), &state) != 0) return json::object{};
  if ((state.st_mode & 077U) != 0) {
    return failure(ErrorKind::Denied,
                   fmt::format("{} is open to other users (mode {:o}); chmod 600 it or delete it",
                               file.string(), state.st_mode & 0777U));
  }
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  json::error_code error;
  json::value value = json::parse(text.str(), error);
  if (error || !value.is_object()) {
    return failure(ErrorKind::Malformed,
                   fmt::format("{} is not a JSON object; delete it and sign in again", file.string()));
  }
  return std::move(value.as_object());
}

Result<void> write_all(const json::object& sessions) {
  const std::filesystem::path file = session_file();
  std::error_code error;
  std::filesystem::create_directories(file.parent_path(), error);
  const std::string temporary = file.string() + ".new";
  const std::string text = json::serialize(sessions) + "\n";
  const int descriptor = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const auto problem = [&file] {
    return failure(ErrorKind::Unavailable,
                   fmt::format("cannot write {}: {}", file.string(), std::strerror(errno)));
  };
  if (descriptor < 0) return problem();
  const bool written = fchmod(descriptor, 0600) == 0 &&
                       write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (close(descriptor) != 0 || !written || rename(temporary.c_str(), file.c_str()) != 0) return problem();
  return {};
}

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

}  // namespace

Result<ApiSession> read_session(const std::string& server) {
  const Result<json::object> all = read_all();
  if (!all) return failure(all.error());
  const json::value* found = all->if_contains(server);
  if (found == nullptr || !found->is_object()) {
    return failure(ErrorKind::Denied,
                   fmt::format("not signed in at {}: countersign login --server {}", server, server));
  }
  const json::object& session = found->as_object();
  return ApiSession{text_of(session, "secret"), text_of(session, "login"), text_of(session, "expires_at")};
}

Result<void> write_session(const std::string& server, const ApiSession& session) {
  Result<json::object> all = read_all();
  if (!all) return failure(all.error());
  (*all)[server] =
      json::object{{"secret", session.secret}, {"login", session.login}, {"expires_at", session.expires_at}};
  return write_all(*all);
}

Result<void> forget_session(const std::string& server) {
  Result<json::object> all = read_all();
  if (!all) return failure(all.error());
  (void)all->erase(server);
  return write_all(*all);
}

}  // namespace countersign
