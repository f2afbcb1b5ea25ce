// SPDX-License-Identifier: Apache-2.0
#include "app/demo_company.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/invariant.h"

namespace countersign {
namespace {

constexpr std::array<std::string_view, 30> kLogins = {
    "anna.brandt",     "bela.kovacs",  "carla.mendes", "david.osei",  "elif.aydin",    "farid.haddad",
    "greta.lindqvist", "henrik.dahl",  "ines.moreau",  "jonas.weber", "katja.novak",   "liam.byrne",
    "marta.silva",     "noah.peeters", "olga.petrova", "pavel.horak", "quinn.doyle",   "rosa.jimenez",
    "stefan.keller",   "tara.singh",   "ulrich.maier", "vera.costa",  "willem.visser", "xenia.papadaki",
    "yara.nasser",     "zoltan.toth",  "amir.rahimi",  "britta.holm", "cem.yilmaz",    "dora.fischer"};

struct ServerPlan {
  std::string_view name;
  std::string_view address;
};

constexpr std::array<ServerPlan, 8> kServers = {{{"SRV-DC1", "10.20.5.5"},
                                                 {"SRV-DC2", "10.20.5.6"},
                                                 {"SRV-WEB1", "10.20.5.10"},
                                                 {"SRV-MAIL1", "10.20.5.11"},
                                                 {"SRV-FILE1", "10.20.5.20"},
                                                 {"SRV-ERP1", "10.20.5.21"},
                                                 {"SRV-BACKUP1", "10.20.5.30"},
                                                 {"SRV-PRINT1", "10.20.5.31"}}};

constexpr std::size_t kWorkstations = 32;

}  // namespace

std::string DemoRandom::hex(std::size_t digits) {
  std::string out;
  for (std::size_t i = 0; i < digits; ++i) out.push_back("0123456789abcdef"[below(16)]);
  return out;
}

DemoCompany::DemoCompany(std::uint64_t seed) : random_(seed) {
  std::uint64_t account = 1'104;
  for (const std::string_view login : kLogins) {
    people_.push_back(
        {std::string(login), fmt::format("S-1-5-21-1004336348-1177238915-682003330-{}", account)});
    ++account;
  }
  for (std::size_t i = 0; i < kWorkstations; ++i) {
    workstations_.push_back({fmt::format("{}-{}", i % 4 == 3 ? "LT" : "PC", 101 + i),
                             fmt::format("10.20.{}.{}", i % 4 == 3 ? 32 : 31, 11 + i),
                             i % 3 == 2 ? DemoCollector::Winlogbeat : DemoCollector::NxLog,
                             i % people_.size()});
  }
  for (const ServerPlan& plan : kServers) {
    servers_.push_back(
        {std::string(plan.name), std::string(plan.address), DemoCollector::Winlogbeat, people_.size() - 1});
  }
  session_ = random_.between(1'000'000, 9'000'000);
}

const DemoHost& DemoCompany::server(std::string_view name) const {
  const auto host = std::ranges::find(servers_, name, &DemoHost::name);
  invariant(host != servers_.end());
  return *host;
}

std::uint64_t DemoCompany::next_record(const DemoHost& host, std::string_view channel) {
  const auto [at, fresh] = records_.try_emplace({host.name, std::string(channel)}, 0);
  if (fresh) at->second = random_.between(10'000, 900'000);
  return ++at->second;
}

std::string DemoCompany::guid() {
  const std::string digits = random_.hex(32);
  const std::string_view view = digits;
  return fmt::format("{{{}-{}-{}-{}-{}}}", view.substr(0, 8), view.substr(8, 4), view.substr(12, 4),
                     view.substr(16, 4), view.substr(20));
}

std::string demo_account(const DemoPerson& person) {
  return fmt::format("{}\\{}", kDemoNtDomain, person.login);
}

std::string demo_web_address(DemoRandom& random) {
  return fmt::format("198.51.100.{}", random.between(10, 240));
}

}  // namespace countersign
