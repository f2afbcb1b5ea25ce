// SPDX-License-Identifier: Apache-2.0
#include "app/demo_formats.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/json_text.h"

namespace countersign {
namespace {

// `2026-11-25T09:14:00.417000Z`
std::string date_of(Timestamp time) { return format_rfc3339_micros(time).substr(0, 10); }
std::string clock_of(Timestamp time) { return format_rfc3339_micros(time).substr(11, 8); }

std::string nxlog(DemoCompany& company, const DemoHost& host, Timestamp time, const DemoWindowsEvent& event) {
  DemoJson json;
  const std::string when = fmt::format("{} {}", date_of(time), clock_of(time));
  json.text("EventTime", when)
      .text("Hostname", fmt::format("{}.{}", host.name, kDemoDomain))
      .text("EventType", "INFO")
      .number("SeverityValue", 2)
      .text("Severity", "INFO")
      .number("EventID", event.id)
      .text("SourceName", event.provider)
      .number("RecordNumber", company.next_record(host, event.channel))
      .text("Channel", event.channel)
      .text("Message", event.text);
  for (const auto& [name, value] : event.data) json.text(name, value);
  json.text("EventReceivedTime", when)
      .text("SourceModuleName", "eventlog")
      .text("SourceModuleType", "im_msvistalog");
  return json.done();
}

std::string winlogbeat(DemoCompany& company, const DemoHost& host, Timestamp time,
                       const DemoWindowsEvent& event) {
  const std::string full_name = fmt::format("{}.{}", host.name, kDemoDomain);
  DemoJson data;
  for (const auto& [name, value] : event.data) data.text(name, value);
  DemoJson winlog;
  winlog.text("api", "wineventlog")
      .text("channel", event.channel)
      .text("computer_name", full_name)
      .member(event.user_data ? "user_data" : "event_data", data.done())
      .number("event_id", event.id)
      .text("provider_name", event.provider)
      .number("record_id", company.next_record(host, event.channel));
  return DemoJson()
      .text("@timestamp", format_rfc3339_millis(time))
      .member("@metadata",
              DemoJson().text("beat", "winlogbeat").text("type", "_doc").text("version", "7.17.9").done())
      .member(
          "agent",
          DemoJson().text("type", "winlogbeat").text("version", "7.17.9").text("hostname", host.name).done())
      .member("ecs", DemoJson().text("version", "1.12.0").done())
      .member("event", DemoJson()
                           .text("code", std::to_string(event.id))
                           .text("kind", "event")
                           .text("provider", event.provider)
                           .done())
      .member("host", DemoJson().text("name", full_name).done())
      .member("log", DemoJson().text("level", "information").done())
      .text("message", event.text)
      .member("winlog", winlog.done())
      .done();
}

}  // namespace

void DemoJson::name(std::string_view name) {
  if (!members_.empty()) members_.push_back(',');
  append_json_string(name, members_);
  members_.push_back(':');
}

DemoJson& DemoJson::text(std::string_view name_text, std::string_view value) {
  name(name_text);
  append_json_string(value, members_);
  return *this;
}

DemoJson& DemoJson::number(std::string_view name_text, std::uint64_t value) {
  name(name_text);
  members_ += std::to_string(value);
  return *this;
}

DemoJson& DemoJson::member(std::string_view name_text, std::string_view json) {
  name(name_text);
  members_ += json;
  return *this;
}

DemoWindowsEvent demo_sysmon(unsigned id, std::string_view text, DemoData data) {
  return {kDemoSysmonChannel, "Microsoft-Windows-Sysmon", id, text, std::move(data), false};
}

DemoWindowsEvent demo_security(unsigned id, std::string_view text, DemoData data) {
  return {"Security", "Microsoft-Windows-Security-Auditing", id, text, std::move(data), false};
}

DemoWindowsEvent demo_defender(unsigned id, std::string_view text, DemoData data) {
  data.insert(data.begin(),
              {{"Product Name", "Microsoft Defender Antivirus"}, {"Product Version", "4.18.26090.11"}});
  return {kDemoDefenderChannel, "Microsoft-Windows-Windows Defender", id, text, std::move(data), false};
}

std::string demo_windows(DemoCompany& company, const DemoHost& host, Timestamp time,
                         const DemoWindowsEvent& event) {
  return host.collector == DemoCollector::NxLog ? nxlog(company, host, time, event)
                                                : winlogbeat(company, host, time, event);
}

std::string demo_fortigate(Timestamp time, std::string_view body) {
  return fmt::format(
      "date={} time={} devname=\"FW-EDGE1\" devid=\"FGT60FTK00000001\" eventtime={} tz=\"+0000\" {}",
      date_of(time), clock_of(time), time.time_since_epoch().count(), body);
}

std::string demo_eve(DemoCompany& company, Timestamp time, std::string_view type, const DemoFlow& flow,
                     std::string_view application, const DemoJson& part) {
  std::string when = format_rfc3339_micros(time);
  when.pop_back();
  DemoJson json;
  json.text("timestamp", when + "+0000")
      .number("flow_id", 1'000'000'000'000 + company.next_session())
      .text("in_iface", "eth1")
      .text("event_type", type)
      .text("src_ip", flow.source)
      .number("src_port", flow.source_port)
      .text("dest_ip", flow.destination)
      .number("dest_port", flow.destination_port)
      .text("proto", flow.protocol);
  if (!application.empty()) json.text("app_proto", application);
  return json.member(type, part.done()).text("host", "IDS-1").done();
}

DemoWindowsEvent demo_process(DemoCompany& company, const DemoHost& host, Timestamp time,
                              std::string_view image, std::string_view command_line, std::string_view parent,
                              bool system) {
  const std::string user = system ? "NT AUTHORITY\\SYSTEM" : demo_account(company.person_of(host));
  DemoRandom& random = company.random();
  return demo_sysmon(1, "Process Create:",
                     {{"RuleName", "-"},
                      {"UtcTime", demo_utc_time(time)},
                      {"ProcessGuid", company.guid()},
                      {"ProcessId", std::to_string(random.between(1'000, 16'000))},
                      {"Image", std::string(image)},
                      {"CommandLine", std::string(command_line)},
                      {"CurrentDirectory", "C:\\Windows\\system32\\"},
                      {"User", user},
                      {"LogonId", system ? "0x3e7" : "0x" + random.hex(6)},
                      {"IntegrityLevel", system ? "System" : "Medium"},
                      {"Hashes", "SHA256=" + random.hex(64)},
                      {"ParentProcessGuid", company.guid()},
                      {"ParentProcessId", std::to_string(random.between(600, 9'000))},
                      {"ParentImage", std::string(parent)},
                      {"ParentCommandLine", std::string(parent)}});
}

std::string demo_utc_time(Timestamp time) {
  std::string when = format_rfc3339_millis(time);
  when.pop_back();
  std::replace(when.begin(), when.end(), 'T', ' ');
  return when;
}

}  // namespace countersign
