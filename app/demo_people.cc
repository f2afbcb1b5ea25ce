// SPDX-License-Identifier: Apache-2.0
#include "app/demo_people.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "review-api/password.h"
#include "store/store.h"

namespace countersign {
namespace {

constexpr std::string_view kAlphabet = "abcdefghjkmnpqrstuvwxyz23456789";  // no letters that look alike
constexpr std::size_t kPasswordLength = 16;

std::vector<DemoPerson> cast() {
  return {{"alice", "Alice Analyst", "analyst", ""},
          {"lena", "Lena Lead", "lead", ""},
          {"mara", "Mara Manager", "manager", ""},
          {"arno", "Arno Auditor", "auditor", ""},
          {"otto", "Otto Operator", "operator", ""}};
}

std::string make_password(RandomSource& random) {
  std::string password;
  while (password.size() < kPasswordLength) {
    const std::uint8_t byte = random.bytes<1>()[0];
    // Bytes beyond the last whole multiple would make the first letters likelier.
    if (byte >= kAlphabet.size() * (256 / kAlphabet.size())) continue;
    password.push_back(kAlphabet[byte % kAlphabet.size()]);
  }
  return password;
}

Result<void> write_private(const std::filesystem::path& file, const std::string& text) {
  const int descriptor = open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const bool written =
      descriptor >= 0 && write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const bool closed = descriptor < 0 || close(descriptor) == 0;
  if (written && closed) return {};
  return failure(ErrorKind::Denied, fmt::format("cannot write {}: {}", file.string(), std::strerror(errno)));
}

}  // namespace

Result<std::vector<DemoPerson>> demo_people(const std::filesystem::path& file, RandomSource& random) {
  std::vector<DemoPerson> people = cast();
  if (!std::filesystem::exists(file)) {
    std::string text;
    for (DemoPerson& person : people) {
      person.password = make_password(random);
      text += person.login + " " + person.password + "\n";
    }
    if (auto written = write_private(file, text); !written) return failure(written.error());
    return people;
  }
  std::ifstream in(file);
  std::string login;
  std::string password;
  while (in >> login >> password) {
    for (DemoPerson& person : people) {
      if (person.login == login) person.password = password;
    }
  }
  for (const DemoPerson& person : people) {
    if (person.password.size() >= kPasswordBytesMin) continue;
    return failure(ErrorKind::Malformed,
                   fmt::format("{} has no password for {}; delete the folder to begin anew", file.string(),
                               person.login));
  }
  return people;
}

Result<void> add_demo_people(Store& store, const std::vector<DemoPerson>& people) {
  ActorContext context;
  context.actor = {ActorKind::Service, "demo"};
  context.auth_method = "local";
  context.channel = "cli";
  for (const DemoPerson& demo : people) {
    const Result<Person> known = store.person_by_login(demo.login);
    if (known && verify_password(known->password_hash, demo.password)) continue;
    Result<std::string> hash = hash_password(demo.password);
    if (!hash) return failure(hash.error());
    Person person = known ? *known : Person{};
    person.login = demo.login;
    person.display_name = demo.name;
    person.roles = {*parse_role(demo.role)};
    person.password_hash = *hash;
    if (known) {
      if (auto updated = store.update_person(person, context); !updated) return updated;
    } else if (auto added = store.add_person(person, context); !added) {
      return failure(added.error());
    }
  }
  return {};
}

}  // namespace countersign
