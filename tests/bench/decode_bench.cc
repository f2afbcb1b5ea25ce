// SPDX-License-Identifier: Apache-2.0
// How fast messages become events: decode_bench FORMAT PACKS FOREIGN [SECONDS]. FORMAT: json, key_value, cef
// or csv, lines made here; PACKS: the folder of packs; FOREIGN: so many packs of other products besides,
// which know none of the lines and are asked first. Names are given as in production, for the fields that the
// rules of the library look at. Prints
// {"events","bytes","cpu_seconds"}.
#include <sys/resource.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/message.h"
#include "core/yaml_files.h"
#include "ingest/event_decoder.h"
#include "ingest/pack_loader.h"
#include "rules/loader.h"
#include "rules/plan/plan.h"

namespace countersign {
namespace {

constexpr std::size_t kLines = 4'096;

double cpu_seconds() {
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::string json_line(std::size_t i) {
  return fmt::format(
      R"({{"timestamp":"2026-01-02T03:{:02}:{:02}.{:06}+0000","flow_id":{},"in_iface":"eth0","event_type":"http","src_ip":"10.0.{}.{}",)"
      R"("src_port":{},"dest_ip":"192.0.2.{}","dest_port":80,"proto":"TCP","tx_id":0,"http":{{"hostname":"www{}.example","url":"/a/b/c?q={}",)"
      R"("http_user_agent":"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0","http_content_type":"text/html",)"
      R"("http_method":"GET","protocol":"HTTP/1.1","status":200,"length":{}}},"app_proto":"http","flow":{{"pkts_toserver":9,"pkts_toclient":11,)"
      R"("bytes_toserver":{},"bytes_toclient":{},"start":"2026-01-02T03:04:05.000001+0000"}},"community_id":"1:{}"}})",
      i % 60, i * 7 % 60, i, 1'000'000'007 * i, i % 8, i % 251, 1024 + i, i % 250, i % 97, i * 31, 100 + i,
      1200 + i, 9000 + i, i * 2'654'435'761U);
}

std::string key_value_line(std::size_t i) {
  return fmt::format(
      R"(<189>date=2026-01-02 time=03:{:02}:{:02} devname="fw-{}" devid="FGT60F0000000{:03}" eventtime=17673230{:02}000000000 tz="+0000" )"
      R"(logid="0000000013" type="traffic" subtype="forward" level="notice" vd="root" srcip=10.0.{}.{} srcport={} srcintf="internal" )"
      R"(srcintfrole="lan" dstip=192.0.2.{} dstport=443 dstintf="wan1" dstintfrole="wan" srccountry="Reserved" dstcountry="Austria" )"
      R"(sessionid={} proto=6 action="close" policyid=12 policytype="policy" service="HTTPS" trandisp="snat" transip=198.51.100.7 )"
      R"(transport={} duration=61 sentbyte={} rcvdbyte={} sentpkt=14 rcvdpkt=17 appcat="unscanned")",
      i % 60, i * 7 % 60, i % 4, i % 9, i % 90 + 10, i % 8, i % 251, 1024 + i, i % 250, 700'000 + i, 2048 + i,
      3000 + i, 9000 + i);
}

std::string cef_line(std::size_t i) {
  return fmt::format(
      "<134>Jan  2 03:{:02}:{:02} gw-{} CEF:0|Example|Gateway|7.1|100{}|Connection blocked by "
      "policy|{}|rt=17673230{:02}000 "
      "src=10.0.{}.{} spt={} dst=192.0.2.{} dpt=443 proto=TCP act=blocked suser=user{} dhost=host{}.example "
      "cs1Label=Rule Name "
      "cs1=Block risky destinations cs2Label=Zone cs2=inside to outside cn1Label=Bytes cn1={} "
      "request=https://host{}.example/a?b\\={} "
      "msg=The connection was blocked because the destination is on a list of risky ones",
      i % 60, i * 7 % 60, i % 4, i % 7, i % 11, i % 90 + 10, i % 8, i % 251, 1024 + i, i % 250, i % 300,
      i % 97, 9000 + i, i % 97, i);
}

std::string csv_line(std::size_t i) {
  return fmt::format(
      "<14>Jan  2 03:{:02}:{:02} pa-{} 1,2026/01/02 03:04:{:02},00160600{:04},TRAFFIC,end,2560,2026/01/02 "
      "03:04:{:02},10.0.{}.{},192.0.2.{},"
      "198.51.100.7,192.0.2.{},allow "
      "outbound,corp\\user{},,ssl,vsys1,trust,untrust,ethernet1/2,ethernet1/1,forward-all,"
      "2026/01/02 03:04:{:02},{},1,{},443,{},443,0x400053,tcp,allow,{},{},{},29,2026/01/02 "
      "03:03:01,62,any,0,{},0x0,10.0.0.0-10.255.255.255,"
      "Austria,0,14,15,tcp-fin,0,0,0,0,,pa-{},from-policy",
      i % 60, i * 7 % 60, i % 4, i % 60, i % 9, i % 60, i % 8, i % 251, i % 250, i % 250, i % 300, i % 60,
      700'000 + i, 1024 + i, 2048 + i, 9000 + i, 3000 + i, 6000 + i, 50'000 + i, i % 4);
}

/// A pack of another product: its texts and fields stand in none of the lines.
PackText foreign_pack(std::size_t i) {
  return {fmt::format("foreign-{}.yml", i),
          fmt::format("pack: foreign-{0}\npriority: {1}\nshapes:\n"
                      "  - {{name: a, parse: json, match: [{{has: [foreign_{0}_a, foreign_{0}_b]}}, {{has: "
                      "[foreign_{0}_c]}}]}}\n"
                      "  - {{name: b, parse: key_value, match: [{{text: ['foreign{0}=', 'product_{0}='], "
                      "has: [foreign{0}]}}]}}\n"
                      "  - {{name: c, parse: cef, match: [{{text: ['CEF:', 'Foreign {0}'], equals: "
                      "{{cef.device.vendor: Foreign {0}}}}}]}}\n"
                      "map: {{source.ip: src}}\ngroup_by: [source.ip]\n",
                      i, 1'000 + i)};
}

class Counter final : public EventSink {
 public:
  void take(const Event& event, std::uint32_t /*index*/) override {
    ++events;
    (void)event;
  }
  void take(DeadLetter letter) override {
    if (dead_letters == 0) std::cerr << "decode_bench: " << letter.reason << ": " << letter.message << "\n";
    ++dead_letters;
  }
  std::size_t events = 0;
  std::size_t dead_letters = 0;
};

int run(const std::string& format, const std::string& folder, std::size_t foreign, double seconds) {
  std::vector<PackText> texts;
  const auto files = find_yaml_files(folder);
  if (!files) return 1;
  for (const std::filesystem::path& path : *files) {
    std::ifstream in(path, std::ios::binary);
    texts.push_back({path.string(), {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()}});
  }
  for (std::size_t i = 0; i < foreign; ++i) texts.push_back(foreign_pack(i));
  const PackLoad packs = load_pack_texts(texts);
  if (packs.refused != 0) return 1;
  const auto rules = load_rules({std::filesystem::path(COUNTERSIGN_SOURCE_DIR) / "rules" / "library"}, {});
  if (!rules) return 1;
  const auto plan = Plan::build(rules->rules, packs.packs->event_classes(), {});
  if (!plan) return 1;
  const auto make = format == "json"        ? json_line
                    : format == "key_value" ? key_value_line
                    : format == "cef"       ? cef_line
                                            : csv_line;
  std::vector<std::string> lines;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < kLines; ++i) {
    lines.push_back(make(i));
    bytes += lines.back().size();
    lines.back().resize(lines.back().size() + kMessagePaddingBytes, '\0');
  }
  EventDecoder decoder(packs.packs, {{}, kMessageBytesMax, {}, &(*plan)->fields()});
  Counter sink;
  const TopicName topic{"bench"};
  const Timestamp now{std::chrono::seconds{1'767'323'045}};
  std::size_t rounds = 0;
  const double start = cpu_seconds();
  double used = 0;
  do {
    for (const std::string& line : lines) {
      Message message;
      message.bytes = std::string_view(line).substr(0, line.size() - kMessagePaddingBytes);
      message.append_time = now;
      (void)decoder.decode(message, topic, now, sink);
    }
    ++rounds;
    used = cpu_seconds() - start;
  } while (used < seconds && sink.dead_letters == 0);
  std::cout << fmt::format(R"({{"events":{},"bytes":{},"cpu_seconds":{}}})", sink.events, bytes * rounds,
                           used)
            << '\n';
  return sink.dead_letters == 0 ? 0 : 1;
}

}  // namespace
}  // namespace countersign

int main(int argc, char** argv) {
  std::size_t foreign = 0;
  if (argc < 4 ||
      std::from_chars(argv[3], argv[3] + std::string_view(argv[3]).size(), foreign).ec != std::errc{}) {
    std::cerr << "usage: decode_bench json|key_value|cef|csv PACKS FOREIGN [SECONDS]\n";
    return 2;
  }
  return countersign::run(argv[1], argv[2], foreign, argc > 4 ? std::stod(argv[4]) : 1.0);
}
