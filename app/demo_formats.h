// SPDX-License-Identifier: Apache-2.0
// The bytes of demo messages, as the products and collectors write them: FortiGate lines, Suricata EVE,
// Windows events through NXLog (flat JSON) and Winlogbeat 7 (ECS). No message holds a line end. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/demo_company.h"

namespace countersign {

/// A JSON object, members in the order of the calls.
class DemoJson {
 public:
  DemoJson& text(std::string_view name, std::string_view value);
  DemoJson& number(std::string_view name, std::uint64_t value);
  /// `json` is a complete JSON value.
  DemoJson& member(std::string_view name, std::string_view json);
  std::string done() const { return "{" + members_ + "}"; }

 private:
  void name(std::string_view name);
  std::string members_;
};

/// Field names and values in the order of the event's template.
using DemoData = std::vector<std::pair<std::string, std::string>>;

struct DemoWindowsEvent {
  std::string_view channel;
  std::string_view provider;
  unsigned id = 0;
  std::string_view text;  // first line of the rendered message
  DemoData data;
  bool user_data = false;  // the event has UserData instead of EventData
};

inline constexpr std::string_view kDemoSysmonChannel = "Microsoft-Windows-Sysmon/Operational";
inline constexpr std::string_view kDemoDefenderChannel = "Microsoft-Windows-Windows Defender/Operational";

DemoWindowsEvent demo_sysmon(unsigned id, std::string_view text, DemoData data);
DemoWindowsEvent demo_security(unsigned id, std::string_view text, DemoData data);
DemoWindowsEvent demo_defender(unsigned id, std::string_view text, DemoData data);

/// As the collector of `host` ships it.
std::string demo_windows(DemoCompany& company, const DemoHost& host, Timestamp time,
                         const DemoWindowsEvent& event);

/// `body` are the key=value pairs after the common head.
std::string demo_fortigate(Timestamp time, std::string_view body);

struct DemoFlow {
  std::string source;
  std::uint64_t source_port = 0;
  std::string destination;
  std::uint64_t destination_port = 0;
  std::string_view protocol = "TCP";
};

/// `part` is the object that carries the name of the event type.
std::string demo_eve(DemoCompany& company, Timestamp time, std::string_view type, const DemoFlow& flow,
                     std::string_view application, const DemoJson& part);

/// Sysmon 1, a process started by the person of `host` or, with `system`, by the system account.
DemoWindowsEvent demo_process(DemoCompany& company, const DemoHost& host, Timestamp time,
                              std::string_view image, std::string_view command_line, std::string_view parent,
                              bool system = false);

/// A time as Sysmon writes `UtcTime`: `2026-11-25 09:14:00.417`.
std::string demo_utc_time(Timestamp time);

}  // namespace countersign
