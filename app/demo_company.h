// SPDX-License-Identifier: Apache-2.0
// The invented company whose traffic the demo shows: about 40 machines, 30 people, a firewall, a network
// sensor. Names are invented; addresses are from RFC 1918 and the documentation ranges of RFC 5737, domains
// end in
// `.example` or `example.com` (RFC 2606). Everything follows from the seed. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/time.h"

namespace countersign {

/// The same seed gives the same numbers with every compiler: mt19937_64 is fixed by the C++ standard, its
/// distributions are not, therefore none is used.
class DemoRandom {
 public:
  explicit DemoRandom(std::uint64_t seed) : engine_(seed) {}
  /// 0 … n − 1, n ≥ 1. Slightly uneven for huge n, which nobody sees here.
  std::uint64_t below(std::uint64_t n) { return engine_() % n; }
  std::uint64_t between(std::uint64_t low, std::uint64_t high) { return low + below(high - low + 1); }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  template <class Container>
  const auto& pick(const Container& values) {
    return values[static_cast<std::size_t>(below(std::size(values)))];
  }
  std::string hex(std::size_t digits);

 private:
  std::mt19937_64 engine_;
};

struct DemoPerson {
  std::string login;  // `anna.brandt`
  std::string sid;
};

enum class DemoCollector : std::uint8_t { NxLog, Winlogbeat };

struct DemoHost {
  std::string name;  // without the domain
  std::string address;
  DemoCollector collector = DemoCollector::NxLog;
  std::size_t person = 0;  // who works there; servers: who administers it
};

/// A message and when it is due.
struct DemoMessage {
  Timestamp time{};
  std::string bytes;
};

class DemoCompany {
 public:
  explicit DemoCompany(std::uint64_t seed);

  DemoRandom& random() { return random_; }
  const std::vector<DemoPerson>& people() const { return people_; }
  const std::vector<DemoHost>& workstations() const { return workstations_; }
  const std::vector<DemoHost>& servers() const { return servers_; }
  const DemoPerson& person_of(const DemoHost& host) const { return people_[host.person]; }
  const DemoHost& server(std::string_view name) const;

  /// The next record number of a channel of a host: never given twice, because detection drops an event whose
  /// number it has seen.
  std::uint64_t next_record(const DemoHost& host, std::string_view channel);
  std::uint64_t next_session() { return ++session_; }
  std::string guid();

 private:
  DemoRandom random_;
  std::vector<DemoPerson> people_;
  std::vector<DemoHost> workstations_;
  std::vector<DemoHost> servers_;
  std::map<std::pair<std::string, std::string>, std::uint64_t, std::less<>> records_;
  std::uint64_t session_ = 0;
};

inline constexpr std::string_view kDemoDomain = "kestrel.example";
inline constexpr std::string_view kDemoNtDomain = "KESTREL";
inline constexpr std::string_view kDemoPublicAddress = "192.0.2.10";
inline constexpr std::string_view kDemoFirewallAddress = "10.20.0.1";

/// `KESTREL\anna.brandt`.
std::string demo_account(const DemoPerson& person);
/// An address on the internet that serves web pages.
std::string demo_web_address(DemoRandom& random);

}  // namespace countersign
