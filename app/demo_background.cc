// SPDX-License-Identifier: Apache-2.0
#include "app/demo_background.h"

#include <chrono>

#include <fmt/format.h>

#include "app/demo_formats.h"

namespace countersign {
namespace {

using std::chrono::milliseconds;
using Out = std::vector<DemoMessage>;

struct Site {
  std::string_view name;
  std::string_view category;
  unsigned category_id;
};

constexpr std::array<Site, 10> kSites = {{{"www.example.com", "Information Technology", 52},
                                          {"docs.example.com", "Information Technology", 52},
                                          {"mail.example.com", "Web-based Email", 23},
                                          {"news.example", "News and Media", 36},
                                          {"maps.example", "Travel", 40},
                                          {"bank.example", "Finance and Banking", 31},
                                          {"tools-shop.example", "Shopping", 42},
                                          {"parcel.example", "Business", 49},
                                          {"updates.example.com", "Information Technology", 52},
                                          {"weather.example", "News and Media", 36}}};

std::uint64_t ephemeral_port(DemoRandom& random) { return random.between(49'152, 65'535); }

/// What the lines of one session through the firewall have in common.
std::string session_of(DemoCompany& company, const DemoHost& host, std::uint64_t source_port,
                       std::string_view destination, unsigned port) {
  return fmt::format(
      "srcip={} srcport={} srcintf=\"lan\" srcintfrole=\"lan\" dstip={} dstport={} dstintf=\"wan1\" "
      "dstintfrole=\"wan\" sessionid={} proto=6",
      host.address, source_port, destination, port, company.next_session());
}

std::string session_end(DemoRandom& random, std::string_view session) {
  const std::uint64_t seconds = random.between(1, 240);
  const std::uint64_t sent = random.between(400, 60'000);
  const std::uint64_t received = random.between(500, 900'000);
  return fmt::format(
      "logid=\"0000000013\" type=\"traffic\" subtype=\"forward\" level=\"notice\" vd=\"root\" {} "
      "action=\"close\" policyid=4 policytype=\"policy\" service=\"HTTPS\" trandisp=\"snat\" transip={} "
      "duration={} sentbyte={} rcvdbyte={}",
      session, kDemoPublicAddress, seconds, sent, received);
}

void browse(DemoCompany& company, Timestamp time, Out& out) {
  DemoRandom& random = company.random();
  const DemoHost& host = random.pick(company.workstations());
  const Site& site = random.pick(kSites);
  const std::string address = demo_web_address(random);
  const std::uint64_t port = ephemeral_port(random);
  DemoJson dns;
  dns.text("type", "query").number("id", random.below(65'536)).text("rrname", site.name).text("rrtype", "A");
  out.push_back(
      {time, demo_eve(company, time, "dns", {host.address, port, "10.20.5.5", 53, "UDP"}, "", dns)});
  DemoJson tls;
  tls.text("sni", site.name).text("version", "TLS 1.3");
  const Timestamp connected = time + milliseconds(40);
  out.push_back(
      {connected, demo_eve(company, connected, "tls", {host.address, port, address, 443}, "tls", tls)});
  const Timestamp filtered = time + milliseconds(55);
  const std::string session = session_of(company, host, port, address, 443);
  out.push_back(
      {filtered,
       demo_fortigate(
           filtered,
           fmt::format("logid=\"0317013312\" type=\"utm\" subtype=\"webfilter\" eventtype=\"ftgd_allow\" "
                       "level=\"notice\" vd=\"root\" policyid=4 user=\"{}\" {} service=\"HTTPS\" "
                       "hostname=\"{}\" profile=\"staff\" action=\"passthrough\" reqtype=\"direct\" "
                       "url=\"/\" direction=\"outgoing\" msg=\"URL belongs to an allowed category in "
                       "policy\" method=\"domain\" cat={} catdesc=\"{}\"",
                       company.person_of(host).login, session, site.name, site.category_id, site.category))});
  const Timestamp closed = time + milliseconds(900);
  out.push_back({closed, demo_fortigate(closed, session_end(random, session))});
}

void refused_site(DemoCompany& company, Timestamp time, Out& out) {
  DemoRandom& random = company.random();
  const DemoHost& host = random.pick(company.workstations());
  const std::string address = demo_web_address(random);
  const std::string session = session_of(company, host, ephemeral_port(random), address, 443);
  out.push_back(
      {time,
       demo_fortigate(
           time, fmt::format("logid=\"0316013056\" type=\"utm\" subtype=\"webfilter\" eventtype=\"ftgd_blk\" "
                             "level=\"warning\" vd=\"root\" policyid=4 user=\"{}\" {} service=\"HTTPS\" "
                             "hostname=\"prize-{}.example\" profile=\"staff\" action=\"blocked\" "
                             "reqtype=\"direct\" url=\"/\" direction=\"outgoing\" msg=\"URL belongs to a "
                             "denied category in policy\" method=\"domain\" cat=61 catdesc=\"Phishing\"",
                             company.person_of(host).login, session, random.hex(4)))});
}

struct Program {
  std::string_view image;
  std::string_view command_line;
  std::string_view parent;
  bool system;
};

constexpr std::string_view kExplorer = "C:\\Windows\\explorer.exe";
constexpr std::string_view kServices = "C:\\Windows\\System32\\services.exe";
constexpr std::string_view kTaskHost = "C:\\Windows\\System32\\svchost.exe";
constexpr std::string_view kShell = "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe";

constexpr std::array<Program, 14> kPrograms = {{
    {"C:\\Program Files\\Demo Browser\\browser.exe",
     "\"C:\\Program Files\\Demo Browser\\browser.exe\" --new-tab", kExplorer, false},
    {"C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE",
     "\"WINWORD.EXE\" /n \"Q:\\Offers\\offer.docx\"", kExplorer, false},
    {"C:\\Program Files\\Microsoft Office\\root\\Office16\\EXCEL.EXE",
     "\"EXCEL.EXE\" \"Q:\\Costs\\month.xlsx\"", kExplorer, false},
    {"C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE", "\"WINWORD.EXE\" /n /dde",
     "C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE", false},
    {"C:\\Windows\\System32\\notepad.exe", "notepad.exe C:\\Users\\Public\\Documents\\notes.txt", kExplorer,
     false},
    {"C:\\Windows\\System32\\rundll32.exe",
     "rundll32.exe C:\\Windows\\System32\\printui.dll,PrintUIEntry /ga",
     "C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE", false},
    {"C:\\Windows\\System32\\taskhostw.exe", "taskhostw.exe", kTaskHost, true},
    {"C:\\Windows\\System32\\wbem\\WmiPrvSE.exe", "C:\\Windows\\system32\\wbem\\wmiprvse.exe -Embedding",
     kTaskHost, true},
    {kShell, "powershell.exe -NoProfile -ExecutionPolicy RemoteSigned -File C:\\Scripts\\inventory.ps1",
     kTaskHost, true},
    {"C:\\Windows\\System32\\vssadmin.exe", "vssadmin list shadows",
     "C:\\Program Files\\Demo Backup\\agent.exe", true},
    {"C:\\Windows\\System32\\certutil.exe", "certutil -verify C:\\Scripts\\signing.cer", kTaskHost, true},
    {"C:\\Windows\\System32\\schtasks.exe", "schtasks /query /fo csv", kTaskHost, true},
    {"C:\\Windows\\System32\\conhost.exe", "\\??\\C:\\Windows\\system32\\conhost.exe 0xffffffff -ForceV1",
     "C:\\Windows\\System32\\cmd.exe", true},
    {"C:\\Program Files\\Demo Backup\\agent.exe", "\"C:\\Program Files\\Demo Backup\\agent.exe\" --service",
     kServices, true},
}};

const DemoHost& any_host(DemoCompany& company) {
  return company.random().below(5) == 0 ? company.random().pick(company.servers())
                                        : company.random().pick(company.workstations());
}

void start_program(DemoCompany& company, Timestamp time, Out& out) {
  DemoRandom& random = company.random();
  const DemoHost& host = any_host(company);
  const Program& program = random.pick(kPrograms);
  if (random.below(4) != 0) {
    out.push_back({time, demo_windows(company, host, time,
                                      demo_process(company, host, time, program.image, program.command_line,
                                                   program.parent, program.system))});
    return;
  }
  const DemoPerson& person = company.person_of(host);
  DemoData data = {{"SubjectUserSid", program.system ? "S-1-5-18" : person.sid},
                   {"SubjectUserName", program.system ? host.name + "$" : person.login},
                   {"SubjectDomainName", std::string(kDemoNtDomain)},
                   {"SubjectLogonId", program.system ? "0x3e7" : "0x" + random.hex(6)},
                   {"NewProcessId", "0x" + random.hex(4)},
                   {"NewProcessName", std::string(program.image)},
                   {"ProcessId", "0x" + random.hex(3)},
                   {"CommandLine", std::string(program.command_line)},
                   {"ParentProcessName", std::string(program.parent)},
                   {"MandatoryLabel", program.system ? "S-1-16-16384" : "S-1-16-8192"}};
  out.push_back(
      {time, demo_windows(company, host, time,
                          demo_security(4688, "A new process has been created.", std::move(data)))});
}

constexpr std::array<std::string_view, 3> kLsassReaders = {
    "C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\4.18.26090.11-0\\MsMpEng.exe",
    "C:\\Windows\\System32\\svchost.exe", "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe"};
constexpr std::array<std::string_view, 3> kHarmlessRights = {"0x1000", "0x1410", "0x101000"};
void read_process(DemoCompany& company, Timestamp time, Out& out) {
  DemoRandom& random = company.random();
  const DemoHost& host = any_host(company);
  DemoData data = {
      {"RuleName", "-"},
      {"UtcTime", demo_utc_time(time)},
      {"SourceProcessGUID", company.guid()},
      {"SourceProcessId", std::to_string(random.between(600, 9'000))},
      {"SourceImage", std::string(random.pick(kLsassReaders))},
      {"TargetProcessGUID", company.guid()},
      {"TargetProcessId", "712"},
      {"TargetImage", "C:\\Windows\\system32\\lsass.exe"},
      {"GrantedAccess", std::string(random.pick(kHarmlessRights))},
      {"CallTrace", "C:\\Windows\\SYSTEM32\\ntdll.dll+9d4c4|C:\\Windows\\System32\\KERNELBASE.dll+2c13e"}};
  out.push_back(
      {time, demo_windows(company, host, time, demo_sysmon(10, "Process accessed:", std::move(data)))});
}

void connect(DemoCompany& company, Timestamp time, Out& out) {
  DemoRandom& random = company.random();
  const DemoHost& host = random.pick(company.workstations());
  const DemoHost& server = random.pick(company.servers());
  const std::uint64_t port = ephemeral_port(random);
  DemoData data = {{"RuleName", "-"},
                   {"UtcTime", demo_utc_time(time)},
                   {"ProcessGuid", company.guid()},
                   {"ProcessId", std::to_string(random.between(600, 9'000))},
                   {"Image", "System"},
                   {"User", "NT AUTHORITY\\SYSTEM"},
                   {"Protocol", "tcp"},
                   {"Initiated", "true"},
                   {"SourceIp", host.address},
                   {"SourcePort", std::to_string(port)},
                   {"DestinationIp", server.address},
                   {"DestinationHostname", fmt::format("{}.{}", server.name, kDemoDomain)},
                   {"DestinationPort", "445"}};
  out.push_back({time, demo_windows(company, host, time,
                                    demo_sysmon(3, "Network connection detected:", std::move(data)))});
  DemoJson flow;
  flow.number("pkts_toserver", random.between(4, 400)).number("pkts_toclient", random.between(4, 400));
  flow.text("state", "closed");
  const Timestamp ended = time + milliseconds(700);
  out.push_back(
      {ended, demo_eve(company, ended, "flow", {host.address, port, server.address, 445}, "smb", flow)});
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kRegistryValues = {
    {{"HKLM\\SYSTEM\\CurrentControlSet\\Services\\W32Time\\Config\\LastKnownGoodTime",
      "QWORD (0x01dc5df0-0x31a2b000)"},
     {"HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run\\DemoChat",
      "\"C:\\Program Files\\Demo Chat\\chat.exe\" --tray"},
     {"HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\DemoBackup\\DisplayVersion", "7.2.1"},
     {"HKLM\\SOFTWARE\\Demo\\Inventory\\LastRun", "DWORD (0x00000001)"}}};
void registry(DemoCompany& company, Timestamp time, Out& out) {
  DemoRandom& random = company.random();
  const DemoHost& host = any_host(company);
  const auto& [key, value] = random.pick(kRegistryValues);
  DemoData data = {{"RuleName", "-"},
                   {"EventType", "SetValue"},
                   {"UtcTime", demo_utc_time(time)},
                   {"ProcessGuid", company.guid()},
                   {"ProcessId", std::to_string(random.between(600, 9'000))},
                   {"Image", "C:\\Windows\\System32\\svchost.exe"},
                   {"TargetObject", std::string(key)},
                   {"Details", std::string(value)}};
  out.push_back(
      {time, demo_windows(company, host, time, demo_sysmon(13, "Registry value set:", std::move(data)))});
}

void sign_in(DemoCompany& company, Timestamp time, Out& out) {
  DemoRandom& random = company.random();
  const DemoHost& host = random.pick(company.workstations());
  const DemoPerson& person = company.person_of(host);
  const DemoHost& controller = company.server(random.one_in(2) ? "SRV-DC1" : "SRV-DC2");
  const std::string logon = "0x" + random.hex(6);
  const bool failed = random.one_in(12);
  DemoData data = {{"SubjectUserSid", "S-1-0-0"},
                   {"SubjectUserName", "-"},
                   {"SubjectDomainName", "-"},
                   {"TargetUserSid", failed ? "S-1-0-0" : person.sid},
                   {"TargetUserName", person.login},
                   {"TargetDomainName", std::string(kDemoNtDomain)},
                   {"TargetLogonId", logon},
                   {"LogonType", "3"},
                   {"AuthenticationPackageName", "Kerberos"},
                   {"WorkstationName", host.name},
                   {"IpAddress", host.address},
                   {"IpPort", std::to_string(ephemeral_port(random))}};
  if (failed) data.emplace_back("SubStatus", "0xc000006a");
  out.push_back({time, demo_windows(company, controller, time,
                                    demo_security(failed ? 4625 : 4624,
                                                  failed ? "An account failed to log on."
                                                         : "An account was successfully logged on.",
                                                  std::move(data)))});
  if (failed) return;
  const Timestamp left = time + milliseconds(800);
  out.push_back({left, demo_windows(company, controller, left,
                                    demo_security(4634, "An account was logged off.",
                                                  {{"TargetUserSid", person.sid},
                                                   {"TargetUserName", person.login},
                                                   {"TargetDomainName", std::string(kDemoNtDomain)},
                                                   {"TargetLogonId", logon},
                                                   {"LogonType", "3"}}))});
}

constexpr std::array<unsigned, 5> kKnockedPorts = {22, 23, 445, 3389, 8080};
void knocks_refused(DemoCompany& company, Timestamp time, Out& out) {
  DemoRandom& random = company.random();
  const std::uint64_t attacker = random.between(100, 250);
  const std::uint64_t source_port = random.between(30'000, 60'000);
  const std::uint64_t count = random.between(1, 4);
  for (std::uint64_t i = 0; i < count; ++i) {
    const Timestamp at = time + milliseconds(120 * i);
    const unsigned port = random.pick(kKnockedPorts);
    out.push_back(
        {at, demo_fortigate(
                 at, fmt::format("logid=\"0000000013\" type=\"traffic\" subtype=\"local\" level=\"notice\" "
                                 "vd=\"root\" srcip=203.0.113.{} srcport={} srcintf=\"wan1\" "
                                 "srcintfrole=\"wan\" dstip={} dstport={} sessionid={} proto=6 "
                                 "action=\"deny\" policyid=0 service=\"tcp/{}\" duration=0 sentbyte=0 "
                                 "rcvdbyte=0",
                                 attacker, source_port + i, kDemoPublicAddress, port, company.next_session(),
                                 port))});
  }
}

void attack_blocked(DemoCompany& company, Timestamp time, Out& out) {
  DemoRandom& random = company.random();
  const std::uint64_t attacker = random.between(100, 250);
  const std::uint64_t port = random.between(30'000, 60'000);
  out.push_back(
      {time,
       demo_fortigate(
           time,
           fmt::format("logid=\"0419016384\" type=\"utm\" subtype=\"ips\" eventtype=\"signature\" "
                       "level=\"alert\" vd=\"root\" severity=\"high\" srcip=203.0.113.{} dstip=10.20.5.10 "
                       "srcintf=\"wan1\" srcintfrole=\"wan\" dstintf=\"dmz\" dstintfrole=\"dmz\" "
                       "sessionid={} action=\"dropped\" proto=6 service=\"HTTPS\" policyid=12 "
                       "attack=\"Demo.Web.Server.Path.Traversal\" srcport={} dstport=443 "
                       "direction=\"incoming\" attackid=48211 profile=\"protect-web\" "
                       "msg=\"web_server: Demo.Web.Server.Path.Traversal\" crscore=30 crlevel=\"high\"",
                       attacker, company.next_session(), port))});
  DemoJson alert;
  alert.text("action", "blocked").number("gid", 1).number("signature_id", 9'000'111).number("rev", 2);
  alert.text("signature", "DEMO WEB Path traversal attempt").text("category", "Web Application Attack");
  alert.number("severity", 1);
  const Timestamp seen = time + milliseconds(3);
  out.push_back(
      {seen, demo_eve(company, seen, "alert",
                      {fmt::format("203.0.113.{}", attacker), port, "10.20.5.10", 443}, "http", alert)});
}

void odd_traffic(DemoCompany& company, Timestamp time, Out& out) {
  DemoRandom& random = company.random();
  const DemoHost& host = random.pick(company.workstations());
  const std::string address = demo_web_address(random);
  const std::uint64_t port = ephemeral_port(random);
  DemoJson alert;
  alert.text("action", "allowed").number("gid", 1).number("signature_id", 9'000'301).number("rev", 1);
  alert.text("signature", "DEMO INFO Unusual user agent")
      .text("category", "Misc activity")
      .number("severity", 3);
  out.push_back({time, demo_eve(company, time, "alert", {host.address, port, address, 80}, "http", alert)});
}

void virus_blocked(DemoCompany& company, Timestamp time, Out& out) {
  const DemoHost& host = company.random().pick(company.workstations());
  const std::string address = demo_web_address(company.random());
  const std::string session = session_of(company, host, ephemeral_port(company.random()), address, 80);
  out.push_back(
      {time,
       demo_fortigate(time, fmt::format("logid=\"0211008192\" type=\"utm\" subtype=\"virus\" "
                                        "eventtype=\"infected\" level=\"warning\" vd=\"root\" msg=\"File is "
                                        "infected.\" action=\"blocked\" service=\"HTTP\" {} policyid=4 "
                                        "direction=\"incoming\" filename=\"coupon.exe\" "
                                        "virus=\"W32/Demo.Adware\" dtype=\"av-engine\" virusid=8100002 "
                                        "url=\"http://coupons.example/coupon.exe\" profile=\"staff\" "
                                        "analyticscksum=\"{}\" crscore=50 crlevel=\"critical\"",
                                        session, company.random().hex(64)))});
}

void defender_health(DemoCompany& company, Timestamp time, Out& out) {
  DemoRandom& random = company.random();
  const DemoHost& host = any_host(company);
  const std::string age = std::to_string(random.below(3));
  if (random.one_in(2)) {
    out.push_back({time, demo_windows(company, host, time,
                                      demo_defender(1151, "Endpoint Protection client health report",
                                                    {{"Platform version", "4.18.26090.11"},
                                                     {"RTP state", "Enabled"},
                                                     {"Last AV security intelligence age", age},
                                                     {"Last AS security intelligence age", age},
                                                     {"Last quick scan age", "1"}}))});
    return;
  }
  out.push_back({time, demo_windows(company, host, time,
                                    demo_defender(2000, "Security intelligence was updated.",
                                                  {{"Current security intelligence Version",
                                                    fmt::format("1.439.{}.0", random.between(100, 900))},
                                                   {"Update Type", "Delta"}}))});
}

void unwanted_program_removed(DemoCompany& company, Timestamp time, Out& out) {
  const DemoHost& host = company.random().pick(company.workstations());
  const DemoPerson& person = company.person_of(host);
  const std::string detection = company.guid();
  const auto found = [&](unsigned id, std::string_view text, std::string_view action, Timestamp at) {
    out.push_back(
        {at, demo_windows(company, host, at,
                          demo_defender(id, text,
                                        {{"Detection ID", detection},
                                         {"Threat ID", "2147700207"},
                                         {"Threat Name", "PUA:Win32/DemoToolbar"},
                                         {"Severity ID", "1"},
                                         {"Severity Name", "Low"},
                                         {"Detection User", demo_account(person)},
                                         {"Path", fmt::format("file:_C:\\Users\\{}\\Downloads\\toolbar.exe",
                                                              person.login)},
                                         {"Action ID", std::string(action)},
                                         {"Error Code", "0x00000000"}}))});
  };
  found(1116, "Microsoft Defender Antivirus has detected malware or other potentially unwanted software.",
        "9", time);
  found(1117, "Microsoft Defender Antivirus has taken action to protect this machine.", "2",
        time + milliseconds(1'500));
}

void firewall_routine(DemoCompany& company, Timestamp time, Out& out) {
  DemoRandom& random = company.random();
  const DemoHost& host = random.pick(company.workstations());
  if (random.one_in(2)) {
    const std::uint64_t cpu = random.between(3, 40);
    const std::uint64_t memory = random.between(30, 55);
    out.push_back(
        {time, demo_fortigate(time, fmt::format("logid=\"0100040704\" type=\"event\" subtype=\"system\" "
                                                "level=\"notice\" vd=\"root\" logdesc=\"System performance "
                                                "statistics\" action=\"perf-stats\" cpu={} mem={} "
                                                "totalsession={} msg=\"Performance statistics\"",
                                                cpu, memory, random.between(800, 4'000)))});
    return;
  }
  out.push_back(
      {time, demo_fortigate(time, fmt::format("logid=\"0102043014\" type=\"event\" subtype=\"user\" "
                                              "level=\"notice\" vd=\"root\" logdesc=\"FSSO logon "
                                              "authentication status\" srcip={} user=\"{}\" "
                                              "server=\"SRV-DC1\" action=\"FSSO-logon\" "
                                              "msg=\"FSSO-logon event: user logged on\"",
                                              host.address, company.person_of(host).login))});
}

struct Activity {
  unsigned weight;
  void (*leave)(DemoCompany&, Timestamp, Out&);
};

constexpr std::array<Activity, 4> kPeople = {
    {{60, browse}, {30, sign_in}, {6, refused_site}, {25, start_program}}};
constexpr std::array<Activity, 10> kMachines = {{{25, start_program},
                                                 {30, read_process},
                                                 {25, connect},
                                                 {25, registry},
                                                 {20, knocks_refused},
                                                 {4, attack_blocked},
                                                 {4, odd_traffic},
                                                 {2, virus_blocked},
                                                 {6, defender_health},
                                                 {10, firewall_routine}}};

template <std::size_t N>
const Activity& choose(DemoRandom& random, const std::array<Activity, N>& activities) {
  unsigned total = 0;
  for (const Activity& activity : activities) total += activity.weight;
  std::uint64_t at = random.below(total);
  for (const Activity& activity : activities) {
    if (at < activity.weight) return activity;
    at -= activity.weight;
  }
  return activities.back();
}

}  // namespace

void demo_background(DemoCompany& company, Timestamp time, std::uint64_t people_busy, Out& out) {
  DemoRandom& random = company.random();
  if (random.one_in(400)) {
    unwanted_program_removed(company, time, out);
  } else if (random.below(100) < people_busy) {
    choose(random, kPeople).leave(company, time, out);
  } else {
    choose(random, kMachines).leave(company, time, out);
  }
}

std::string demo_broken(DemoRandom& random, std::string bytes) {
  // A key=value line that is cut later, or has strange bytes in it, still is one.
  if (!bytes.starts_with('{')) return bytes.substr(0, 70);
  switch (random.below(3)) {
    case 0: return bytes.substr(0, bytes.size() / 2);
    case 1: return bytes.insert(bytes.size() / 2, "\xc3\x28\xff");
    default: return std::string("\0\0\0\0\x07", 5) + bytes;  // magic byte 0, schema id 7
  }
}

}  // namespace countersign
