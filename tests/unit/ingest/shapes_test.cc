// SPDX-License-Identifier: Apache-2.0
// The shipped packs: each shape with a sample made for this test, the log sources it belongs to, the names
// under which its values are found, and its time.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/unit/ingest/decoding.h"

namespace countersign {
namespace {

using testing::decode;
using testing::Decoded;
using testing::SeenEvent;

struct Row {
  std::string name;
  std::string message;
  std::string pack;
  std::string log_sources;
  std::string time;  // empty: the record's
  std::vector<std::pair<std::string, std::string>> values;
};

void check(const Row& row) {
  SCOPED_TRACE(row.name);
  const Decoded out = decode(row.message);
  for (const DeadLetter& letter : out.dead_letters) ADD_FAILURE() << letter.reason << ": " << letter.message;
  ASSERT_EQ(out.events.size(), 1U);
  const SeenEvent& event = out.events[0];
  EXPECT_EQ(event.pack, row.pack);
  EXPECT_EQ(testing::to_text(event.log_sources), row.log_sources);
  for (const auto& [name, value] : row.values) EXPECT_EQ(event.value(name), value) << name;
  if (row.time.empty()) {
    EXPECT_EQ(event.time_source, TimeSource::Record);
  } else {
    EXPECT_EQ(format_rfc3339_millis(event.time), row.time);
    EXPECT_EQ(event.time_source, TimeSource::Event);
  }
  EXPECT_FALSE(event.group_by.empty());
}

TEST(Shapes, WindowsThroughNxlog) {
  const Row rows[] = {
      {"Sysmon 1",
       R"({"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1,"SourceName":"Microsoft-Windows-Sysmon",)"
       R"("Hostname":"ws-1","EventTime":"2024-01-02 05:04:05","UtcTime":"2024-01-02 03:04:05.678",)"
       R"("Image":"C:\\Windows\\System32\\whoami.exe","User":"CORP\\ada","ParentImage":"C:\\Windows\\explorer.exe",)"
       R"("Hashes":"SHA1=AA,MD5=BB,SHA256=CC,IMPHASH=DD"})",
       "windows",
       "windows/process_creation/sysmon",
       "2024-01-02T03:04:05.678Z",
       {{"Image", R"(C:\Windows\System32\whoami.exe)"},
        {"process.executable", R"(C:\Windows\System32\whoami.exe)"},
        {"process.parent.executable", R"(C:\Windows\explorer.exe)"},
        {"process.hash.sha256", "CC"},
        {"process.hash.md5", "BB"},
        {"host.name", "ws-1"},
        {"Computer", "ws-1"},
        {"user.name", R"(CORP\ada)"},
        {"Provider_Name", "Microsoft-Windows-Sysmon"}}},
      {"channel in another case, EventID as text",
       R"({"Channel":"security","EventID":"4688","Hostname":"dc-1","@timestamp":"2024-01-02T03:04:05.000Z",)"
       R"("NewProcessName":"C:\\a.exe","ParentProcessName":"C:\\b.exe","SubjectUserName":"ada"})",
       "windows",
       "windows/process_creation/security",
       "2024-01-02T03:04:05.000Z",
       {{"Image", R"(C:\a.exe)"},
        {"ParentImage", R"(C:\b.exe)"},
        {"process.executable", R"(C:\a.exe)"},
        {"user.name", "ada"}}},
      {"registry value set is two categories",
       R"({"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":13,"EventType":"SetValue",)"
       R"("TargetObject":"HKLM\\x","Details":"y"})",
       "windows",
       "windows/registry_event/sysmon windows/registry_set/sysmon",
       "",
       {{"registry.path", R"(HKLM\x)"}}},
      {"registry key made",
       R"({"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":12,"EventType":"CreateKey"})",
       "windows",
       "windows/registry_add/sysmon windows/registry_event/sysmon",
       "",
       {}},
      {"a channel that Sigma has no service for",
       R"({"Channel":"Some-Vendor/Operational","EventID":1,"User":"-"})",
       "windows",
       "windows//",
       "",
       {{"user.name", "<none>"}}},
      {"no channel at all",
       R"({"EventID":7,"SourceName":"Disk","Hostname":"ws-1"})",
       "windows",
       "windows//",
       "",
       {{"Provider_Name", "Disk"}}},
      {"antivirus",
       R"({"Channel":"Microsoft-Windows-Windows Defender/Operational","EventID":1116,"Hostname":"ws-1",)"
       R"("Threat Name":"EICAR","Path":"file:_C:\\x","Severity ID":"5","Detection User":"CORP\\ada"})",
       "windows",
       "windows/antivirus/windefend",
       "",
       {{"ThreatName", "EICAR"},
        {"Threat Name", "EICAR"},
        {"Signature", "EICAR"},
        {"Filename", R"(file:_C:\x)"},
        {"SeverityID", "5"},
        {"rule.name", "EICAR"},
        {"user.name", R"(CORP\ada)"}}},
      {"logon",
       R"({"Channel":"Security","EventID":4625,"TargetUserName":"ada","SubjectUserName":"dc-1$","IpAddress":"10.0.0.9"})",
       "windows",
       "windows//security",
       "",
       {{"user.name", "ada"}, {"source.ip", "10.0.0.9"}}},
      {"Microsoft Sentinel, EventData as JSON text",
       R"({"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":12,"Provider":"Microsoft-Windows-Sysmon",)"
       R"("Computer":"ws-1","TimeGenerated":"2024-01-02T03:04:06Z",)"
       R"("EventData":"{\"EventType\":\"DeleteKey\",\"UtcTime\":\"2024-01-02T03:04:05Z\",\"TargetObject\":\"HKU\\\\x\"}"})",
       "windows",
       "windows/registry_delete/sysmon windows/registry_event/sysmon",
       "2024-01-02T03:04:05.000Z",
       {{"TargetObject", R"(HKU\x)"}, {"host.name", "ws-1"}, {"Provider_Name", "Microsoft-Windows-Sysmon"}}},
      {"EventData that is no JSON stays text",
       R"({"Channel":"Application","EventID":1,"EventData":"{not json"})",
       "windows",
       "windows//application",
       "",
       {{"EventData", "{not json"}}},
  };
  for (const Row& row : rows) check(row);
}

TEST(Shapes, WindowsThroughWinlogbeat) {
  const Row rows[] = {
      {"Winlogbeat 6, collected by another host",
       R"({"@timestamp":"2024-01-02T03:04:05.100Z","host":{"name":"collector"},"computer_name":"ws-1.corp",)"
       R"("log_name":"Microsoft-Windows-Sysmon/Operational","event_id":10,"source_name":"Microsoft-Windows-Sysmon",)"
       R"("event_data":{"SourceImage":"C:\\a.exe","TargetImage":"C:\\lsass.exe"},"user":{"name":"SYSTEM"}})",
       "windows",
       "windows/process_access/sysmon",
       "2024-01-02T03:04:05.100Z",
       {{"Channel", "Microsoft-Windows-Sysmon/Operational"},
        {"EventID", "10"},
        {"SourceImage", R"(C:\a.exe)"},
        {"event_data.SourceImage", R"(C:\a.exe)"},
        {"process.executable", R"(C:\a.exe)"},
        {"host.name", "ws-1.corp"},
        {"user.name", "SYSTEM"}}},
      {"Winlogbeat 7, event data in place",
       R"({"@timestamp":"2024-01-02T03:04:05.100Z","ecs":{"version":"1.12.0"},"event":{"code":"4688"},)"
       R"("winlog":{"channel":"Security","event_id":4688,"computer_name":"ws-1","provider_name":"P",)"
       R"("event_data":{"NewProcessName":"C:\\a.exe","CommandLine":"a /b"}}})",
       "windows",
       "windows/process_creation/security",
       "2024-01-02T03:04:05.100Z",
       {{"Image", R"(C:\a.exe)"}, {"CommandLine", "a /b"}, {"Provider_Name", "P"}, {"EventID", "4688"}}},
      {"Winlogbeat 7, Sysmon module renamed the fields",
       R"({"@timestamp":"2024-01-02T03:04:05.100Z","winlog":{"channel":"Microsoft-Windows-Sysmon/Operational",)"
       R"("event_id":"1","computer_name":"ws-1","event_data":{"IntegrityLevel":"High"}},)"
       R"("process":{"executable":"C:\\a.exe","command_line":"a /b","parent":{"executable":"C:\\b.exe"},)"
       R"("pe":{"original_file_name":"A.EXE"}},"user":{"name":"ada"}})",
       "windows",
       "windows/process_creation/sysmon",
       "2024-01-02T03:04:05.100Z",
       {{"Image", R"(C:\a.exe)"},
        {"CommandLine", "a /b"},
        {"ParentImage", R"(C:\b.exe)"},
        {"OriginalFileName", "A.EXE"},
        {"IntegrityLevel", "High"},
        {"User", "ada"}}},
      {"the record's own channel, not the one that the event is about",
       R"({"winlog":{"channel":"System","event_id":104,"user_data":{"Channel":"Security","SubjectUserName":"ada"}}})",
       "windows",
       "windows//system",
       "",
       {{"Channel", "System"}, {"winlog.user_data.Channel", "Security"}, {"user.name", "ada"}}},
      {"Winlogbeat 7, DNS",
       R"({"winlog":{"channel":"Microsoft-Windows-Sysmon/Operational","event_id":22},)"
       R"("dns":{"question":{"name":"example.org"}},"process":{"executable":"C:\\a.exe"}})",
       "windows",
       "windows/dns_query/sysmon",
       "",
       {{"QueryName", "example.org"}, {"Image", R"(C:\a.exe)"}}},
  };
  for (const Row& row : rows) check(row);
}

TEST(Shapes, WindowsThroughEvtxDump) {
  const Row rows[] = {
      {"attributes join their element",
       R"({"Event":{"#attributes":{"xmlns":"x"},"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Sysmon",)"
       R"("Guid":"G"}},"EventID":1,"Level":4,"TimeCreated":{"#attributes":{"SystemTime":"2024-01-02T03:04:05.600Z"}},)"
       R"("Execution":{"#attributes":{"ProcessID":5,"ThreadID":6}},"Channel":"Microsoft-Windows-Sysmon/Operational",)"
       R"("Computer":"ws-1","Security":{"#attributes":{"UserID":"S-1-5-18"}}},)"
       R"("EventData":{"Image":"C:\\a.exe","UtcTime":"2024-01-02 03:04:05.500","Level":"of the data"}}})",
       "windows",
       "windows/process_creation/sysmon",
       "2024-01-02T03:04:05.600Z",
       {{"Provider_Name", "Microsoft-Windows-Sysmon"},
        {"Provider_Guid", "G"},
        {"Execution_ProcessID", "5"},
        {"Security_UserID", "S-1-5-18"},
        {"TimeCreated_SystemTime", "2024-01-02T03:04:05.600Z"},
        {"Level", "4"},
        {"Image", R"(C:\a.exe)"},
        {"Event.EventData.Image", R"(C:\a.exe)"},
        {"xmlns", "<none>"},
        {"host.name", "ws-1"}}},
      {"an EventID with qualifiers, data without names",
       R"({"Event":{"System":{"EventID":{"#attributes":{"Qualifiers":16384},"#text":7045},"Channel":"System"},)"
       R"("EventData":{"Data":{"#text":["one","two"]}}}})",
       "windows",
       "windows//system",
       "",
       {{"EventID", "|7045"}, {"EventID_Qualifiers", "16384"}, {"Data", "||one|two"}}},
      {"user data",
       R"({"Event":{"System":{"EventID":104,"Channel":"System"},"UserData":{"LogFileCleared":{)"
       R"("#attributes":{"xmlns":"x"},"SubjectUserName":"ada","Channel":"Security"}}}})",
       "windows",
       "windows//system",
       "",
       {{"SubjectUserName", "ada"}, {"user.name", "ada"}, {"xmlns", "<none>"}}},
      {"XML in a line of text",
       R"(<13>Jan  2 03:04:05 ws-1 forwarder: <Event xmlns='x'><System><Provider Name='P'/><EventID>4688</EventID>)"
       R"(<TimeCreated SystemTime='2024-01-02T03:04:05.1Z'/><Channel>Security</Channel></System><EventData>)"
       R"(<Data Name='NewProcessName'>C:\a.exe</Data></EventData></Event>)",
       "windows",
       "windows/process_creation/security",
       "2024-01-02T03:04:05.100Z",
       {{"Provider_Name", "P"}, {"Image", R"(C:\a.exe)"}}},
      {"values as text only",
       R"({"Event":{"System":{"EventID":"4104","Channel":"Microsoft-Windows-PowerShell/Operational"},)"
       R"("EventData":{"ScriptBlockText":"x"}}})",
       "windows",
       "windows/ps_script/powershell",
       "",
       {{"ScriptBlockText", "x"}}},
  };
  for (const Row& row : rows) check(row);
}

TEST(Shapes, Linux) {
  const Row rows[] = {
      {"sshd",
       R"({"SyslogMessage":"Failed password for root","Facility":"auth","ProcessName":"sshd","HostName":"srv-1",)"
       R"("EventTime":"2024-01-02T03:04:05Z"})",
       "linux",
       "linux//auth linux//sshd",
       "2024-01-02T03:04:05.000Z",
       {{"host.name", "srv-1"}, {"message", "Failed password for root"}}},
      {"Sysmon for Linux",
       R"({"SyslogMessage":"<Event><System><Provider Name=\"Linux-Sysmon\"/><EventID>1</EventID>)"
       R"(<Channel>Linux-Sysmon/Operational</Channel><TimeCreated SystemTime=\"2024-01-02T03:04:05.100Z\"/></System>)"
       R"(<EventData><Data Name=\"Image\">/usr/bin/curl</Data><Data Name=\"CommandLine\">curl -s &amp; x</Data>)"
       R"(<Data Name=\"User\">root</Data></EventData></Event>","Facility":"user","ProcessName":"sysmon",)"
       R"("HostName":"srv-1"})",
       "linux",
       "linux//syslog linux/process_creation/sysmon",
       "2024-01-02T03:04:05.100Z",
       {{"Image", "/usr/bin/curl"},
        {"CommandLine", "curl -s & x"},
        {"Provider_Name", "Linux-Sysmon"},
        {"user.name", "root"},
        {"process.executable", "/usr/bin/curl"}}},
  };
  for (const Row& row : rows) check(row);
}

TEST(Shapes, ALineOfSysmonForLinux) {
  check(
      {"through syslog",
       R"(<14>Jan  2 03:04:05 srv-1 sysmon: <Event><System><Provider Name="Linux-Sysmon"/><EventID>3</EventID>)"
       R"(<TimeCreated SystemTime="2024-01-02T03:04:05.1Z"/><Channel>Linux-Sysmon/Operational</Channel>)"
       R"(<Computer>srv-1</Computer></System><EventData><Data Name="DestinationIp">192.0.2.1</Data></EventData></Event>)",
       "linux",
       "linux/network_connection/sysmon",
       "2024-01-02T03:04:05.100Z",
       {{"host.name", "srv-1"}, {"destination.ip", "192.0.2.1"}}});
}

TEST(Shapes, Fortigate) {
  const std::string traffic =
      R"(date=2024-01-02 time=04:04:05 devname="fw-1" devid="FGT1" logid="0000000013" type="traffic" )"
      R"(subtype="forward" level="notice" vd="root" eventtime=1704164645123456789 tz="+0100" srcip=10.0.0.1 )"
      R"(srcport=1234 dstip=192.0.2.1 dstport=443 action="close" user="ada")";
  const std::vector<std::pair<std::string, std::string>> traffic_values = {
      {"src_ip", "10.0.0.1"},
      {"src_port", "1234"},
      {"dst_ip", "192.0.2.1"},
      {"dst_port", "443"},
      {"username", "ada"},
      {"source.ip", "10.0.0.1"},
      {"destination.ip", "192.0.2.1"},
      {"observer.name", "fw-1"},
      {"event.action", "close"},
      {"user.name", "ada"},
  };
  const Row rows[] = {
      {"traffic", traffic, "fortigate", "fortigate/firewall/traffic", "2024-01-02T03:04:05.123Z",
       traffic_values},
      {"with a syslog header", "<189>Jan  2 04:04:05 fw-1 " + traffic, "fortigate",
       "fortigate/firewall/traffic", "2024-01-02T03:04:05.123Z", traffic_values},
      {"with a priority only", "<189>" + traffic, "fortigate", "fortigate/firewall/traffic",
       "2024-01-02T03:04:05.123Z", traffic_values},
      {"virus is also antivirus",
       R"(date=2024-01-02 time=04:04:05 tz="+0100" logid="0211008192" type="utm" subtype="virus" level="warning" )"
       R"(srcip=10.0.0.1 virus="EICAR_TEST_FILE" filename="eicar.com" url="http://192.0.2.1/e\"x" action="blocked")",
       "fortigate",
       "fortigate/antivirus/virus fortigate/firewall/utm fortigate/firewall/virus",
       "2024-01-02T03:04:05.000Z",
       {{"Signature", "EICAR_TEST_FILE"},
        {"Filename", "eicar.com"},
        {"rule.name", "EICAR_TEST_FILE"},
        {"url.original", "http://192.0.2.1/e\"x"}}},
      {"intrusion",
       R"(date=2024-01-02 time=04:04:05 logid="1" type="utm" subtype="ips" level="alert" severity="critical" )"
       R"(attack="Some.Attack" attackid=7 user="N/A")",
       "fortigate",
       "fortigate/firewall/ips fortigate/firewall/utm fortigate/ids/ips",
       "2024-01-02T04:04:05.000Z",
       {{"rule.name", "Some.Attack"}, {"rule.id", "7"}, {"username", "<none>"}}},
      {"event",
       R"(date=2024-01-02 time=04:04:05 logid="1" type="event" subtype="system" level="alert" user="admin")",
       "fortigate",
       "fortigate/firewall/event",
       "2024-01-02T04:04:05.000Z",
       {{"username", "admin"}}},
      {"an old line",
       R"(Jan  2 03:04:05 date=2011-01-02 time=03:04:05 devname=fw device_id=FG1 log_id=1 type=traffic subtype=other )"
       R"(pri=notice vd=root src=10.0.0.1 src_port=1 dst=10.0.0.2 dst_port=2)",
       "fortigate",
       "fortigate/firewall/traffic",
       "2011-01-02T03:04:05.000Z",
       {{"src_ip", "10.0.0.1"}, {"src_port", "1"}, {"dst_ip", "10.0.0.2"}}},
      {"as JSON",
       R"({"logid":"1","type":"traffic","subtype":"forward","vd":"root","srcip":"10.0.0.1","eventtime":1704164645})",
       "fortigate",
       "fortigate/firewall/traffic",
       "2024-01-02T03:04:05.000Z",
       {{"src_ip", "10.0.0.1"}}},
  };
  for (const Row& row : rows) check(row);
}

TEST(Shapes, Suricata) {
  const Row rows[] = {
      {"alert",
       R"({"timestamp":"2024-01-02T04:04:05.123456+0100","flow_id":520221496542071,"event_type":"alert",)"
       R"("src_ip":"10.0.0.1","src_port":1,"dest_ip":"192.0.2.1","dest_port":2,"alert":{"action":"allowed",)"
       R"("signature_id":2221014,"signature":"S","severity":1}})",
       "suricata",
       "suricata/ids/alert",
       "2024-01-02T03:04:05.123Z",
       {{"source.ip", "10.0.0.1"},
        {"destination.ip", "192.0.2.1"},
        {"dst_ip", "192.0.2.1"},
        {"dst_port", "2"},
        {"rule.name", "S"},
        {"rule.id", "2221014"},
        {"alert.severity", "1"},
        {"flow_id", "520221496542071"}}},
      {"dns",
       R"({"timestamp":"2024-01-02T03:04:05Z","event_type":"dns","src_ip":"10.0.0.1","dns":{"rrname":"example.org",)"
       R"("rrtype":"A","answers":[{"rdata":"192.0.2.1"},{"rdata":"192.0.2.2"}]}})",
       "suricata",
       "suricata/dns/dns",
       "2024-01-02T03:04:05.000Z",
       {{"query", "example.org"}, {"record_type", "A"}, {"answer", "192.0.2.1|192.0.2.2"}}},
      {"http",
       R"({"timestamp":"2024-01-02T03:04:05Z","event_type":"http","src_ip":"10.0.0.1","http":{"url":"/x",)"
       R"("hostname":"example.org","http_user_agent":"curl"}})",
       "suricata",
       "suricata/proxy/http",
       "2024-01-02T03:04:05.000Z",
       {{"c-uri", "/x"}, {"c-useragent", "curl"}, {"cs-host", "example.org"}}},
      {"Filebeat's module",
       R"({"@timestamp":"2024-01-02T03:04:05Z","event":{"dataset":"suricata.eve"},"suricata":{"eve":{)"
       R"("event_type":"alert","alert":{"signature":"S"}}}})",
       "suricata",
       "suricata/ids/alert",
       "2024-01-02T03:04:05.000Z",
       {{"alert.signature", "S"}, {"rule.name", "S"}}},
      {"an unknown type",
       R"({"timestamp":"2024-01-02T03:04:05Z","event_type":"new","src_ip":"10.0.0.1"})",
       "suricata",
       "suricata//",
       "2024-01-02T03:04:05.000Z",
       {}},
  };
  for (const Row& row : rows) check(row);
}

TEST(Shapes, Zeek) {
  const Row rows[] = {
      {"literal dotted names",
       R"({"_path":"conn","ts":1704164645.25,"uid":"C1","id.orig_h":"10.0.0.1","id.orig_p":1,"id.resp_h":"192.0.2.1"})",
       "zeek",
       "zeek//conn",
       "2024-01-02T03:04:05.250Z",
       {{"id.resp_h", "192.0.2.1"}, {"src_ip", "10.0.0.1"}, {"source.ip", "10.0.0.1"}}},
      {"names with underscores",
       R"({"@stream":"dce_rpc","@system":"sensor-1","ts":1704164645,"id_orig_h":"10.0.0.1","id_resp_h":"10.0.0.4",)"
       R"("endpoint":"samr"})",
       "zeek",
       "zeek//dce_rpc",
       "2024-01-02T03:04:05.000Z",
       {{"id.resp_h", "10.0.0.4"},
        {"destination.ip", "10.0.0.4"},
        {"_path", "dce_rpc"},
        {"observer.name", "sensor-1"}}},
      {"nested ids, ISO time",
       R"({"_path":"dns","ts":"2024-01-02T03:04:05.5Z","id":{"orig_h":"10.0.0.1"},"query":"example.org",)"
       R"("qtype_name":"A","answers":["192.0.2.1"]})",
       "zeek",
       "zeek/dns/dns",
       "2024-01-02T03:04:05.500Z",
       {{"source.ip", "10.0.0.1"}, {"query", "example.org"}, {"record_type", "A"}, {"answer", "192.0.2.1"}}},
      {"wrapped in the name of the log",
       R"({"http":{"ts":1704164645,"uid":"C1","id.orig_h":"10.0.0.1","host":"example.org","uri":"/x"}})",
       "zeek",
       "zeek/proxy/http",
       "2024-01-02T03:04:05.000Z",
       {{"id.orig_h", "10.0.0.1"}, {"c-uri", "/x"}, {"cs-host", "example.org"}, {"_path", "http"}}},
      {"without the name of the log",
       R"({"ts":1704164645,"uid":"C1","id.orig_h":"10.0.0.1"})",
       "zeek",
       "zeek//",
       "2024-01-02T03:04:05.000Z",
       {}},
      {"two members are no wrapper", R"({"http":{"ts":1},"more":1})", "generic", "", "", {}},
  };
  for (const Row& row : rows) check(row);
}

TEST(Shapes, ElasticCommonSchema) {
  const Row rows[] = {
      {"a process on Linux",
       R"({"@timestamp":"2024-01-02T03:04:05Z","ecs":{"version":"8"},"event":{"category":["process"],"type":["start"]},)"
       R"("host":{"name":"srv-1","os":{"type":"linux"}},"process":{"executable":"/bin/sh","command_line":"sh -c x"}})",
       "ecs",
       "linux/process_creation/",
       "2024-01-02T03:04:05.000Z",
       {{"Image", "/bin/sh"}, {"CommandLine", "sh -c x"}}},
      {"a registry change",
       R"({"@timestamp":"2024-01-02T03:04:05Z","event":{"category":"registry","type":["change"]},)"
       R"("host":{"os":{"type":"windows"}},"registry":{"path":"HKLM\\x"}})",
       "ecs",
       "windows/registry_event/ windows/registry_set/",
       "2024-01-02T03:04:05.000Z",
       {{"TargetObject", R"(HKLM\x)"}}},
      {"a firewall",
       R"({"@timestamp":"2024-01-02T03:04:05Z","event":{"module":"panw","category":["network"]},)"
       R"("observer":{"type":"firewall"},"source":{"ip":"10.0.0.1"},"destination":{"ip":"192.0.2.1","port":443}})",
       "ecs",
       "paloalto/firewall/",
       "2024-01-02T03:04:05.000Z",
       {{"src_ip", "10.0.0.1"}, {"dst_ip", "192.0.2.1"}, {"dst_port", "443"}}},
      {"a log of authentication",
       R"({"@timestamp":"2024-01-02T03:04:05Z","event":{"dataset":"system.auth"},"host":{"os":{"type":"linux"}}})",
       "ecs",
       "linux//auth",
       "2024-01-02T03:04:05.000Z",
       {}},
      {"nothing that Sigma knows",
       R"({"@timestamp":"2024-01-02T03:04:05Z","event":{"dataset":"vendor.thing"}})",
       "ecs",
       "",
       "2024-01-02T03:04:05.000Z",
       {}},
  };
  for (const Row& row : rows) check(row);
}

TEST(Shapes, NamesThatAPackAddsAreAliases) {
  const Decoded out =
      decode(R"({"Channel":"Security","EventID":4688,"Hostname":"h","NewProcessName":"C:\\a.exe"})");
  ASSERT_EQ(out.events.size(), 1U);
  for (const testing::SeenField& field : out.events[0].fields) {
    const bool of_message = field.name == "Channel" || field.name == "EventID" || field.name == "Hostname" ||
                            field.name == "NewProcessName";
    EXPECT_EQ(field.alias, !of_message) << field.name;
  }
}

}  // namespace
}  // namespace countersign
