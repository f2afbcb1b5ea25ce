// SPDX-License-Identifier: Apache-2.0
#include "ingest/pack_draft.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/case_fold.h"
#include "core/event.h"
#include "core/json_text.h"
#include "core/message.h"
#include "core/utf8_cut.h"
#include "ingest/event_time.h"
#include "ingest/formats/cef.h"
#include "ingest/formats/key_value.h"
#include "ingest/formats/syslog.h"
#include "ingest/json_decoder.h"
#include "ingest/json_scalar.h"
#include "ingest/severity_tables.h"
#include "ingest/time_pattern.h"

namespace countersign {
namespace {

constexpr std::size_t kRecognisingFields = 3;
constexpr std::size_t kPairsMin = 3;        // fewer make no line of pairs
constexpr std::size_t kTextBytesMax = 200;  // of a text that recognises a line; packs may ask for 256

/// What products call things, by the ECS name.
struct Meaning {
  std::string_view ecs;
  std::vector<std::string_view> names;  // lower case, without `_`, `-` and `.`
};

const std::vector<Meaning>& meanings() {
  static const std::vector<Meaning> all = {
      {"source.ip",
       {"src", "srcip", "sourceip", "sourceaddress", "srcaddr", "clientip", "ipaddress", "remoteip", "from",
        "remote"}},
      {"source.port", {"spt", "srcport", "sourceport", "sport"}},
      {"destination.ip", {"dst", "dstip", "destip", "destinationip", "dstaddr", "destinationaddress"}},
      {"destination.port", {"dpt", "dstport", "destport", "destinationport", "dport"}},
      {"user.name", {"user", "username", "suser", "duser", "srcuser", "usrname", "accountname", "login"}},
      {"host.name",
       {"host", "hostname", "computer", "computername", "devname", "devicename", "dvchost", "agentname"}},
      {"event.action", {"act", "action", "disposition", "verdict"}},
      {"rule.name",
       {"threatname", "virusname", "virus", "malware", "signature", "attack", "threat", "rulename",
        "policy"}},
      {"rule.id", {"ruleid", "signatureid", "attackid", "threatid", "sid"}},
      {"file.path", {"filepath", "path", "file", "fname"}},
      {"file.hash.sha256", {"sha256", "filehash", "hash"}},
      {"process.executable", {"process", "image", "processname", "proc"}},
      {"process.command_line", {"cmd", "commandline", "cmdline"}},
      {"network.transport", {"proto", "protocol", "transport"}},
      {"url.original", {"url", "request", "uri"}},
      {"url.domain", {"domain", "dhost", "fqdn"}},
      {"message", {"msg", "text", "description", "details", "reason"}},
  };
  return all;
}

std::string plain(std::string_view name) {
  std::string out;
  for (const char c : name.substr(name.rfind('.') + 1))
    if (c != '_' && c != '-' && c != ' ') out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

/// A YAML scalar that stands for exactly `text`: JSON's strings are YAML's, too.
std::string quoted(std::string_view text) { return json_string(text); }

bool is_time(std::string_view text) {
  const Timestamp any{std::chrono::seconds{1'767'323'045}};
  const bool long_enough = text.size() >= 10;  // a small number is no epoch
  return long_enough && (parse_zoned(text, {}) || parse_rfc3164(text, {}, any) || parse_epoch(text));
}

/// A pack is UTF-8, and so is what it is made of.
std::string with_question_marks(std::string_view bytes) {
  std::string out(bytes);
  std::size_t from = 0;
  while (const auto at = find_invalid_utf8(std::string_view(out).substr(from))) {
    from += *at;
    out[from++] = '?';
  }
  return out;
}

class Draft {
 public:
  std::string write(std::string_view bytes) {
    const std::string text = with_question_marks(bytes) + std::string(kMessagePaddingBytes, '\0');
    const std::string_view message = std::string_view(text).substr(0, bytes.size());
    if (!json(message) && !envelope(message) && !pairs(message)) words(message);
    if (message.empty()) return text_;  // no sample of anything
    return text_ +
           fmt::format(
               "\n# Replace what is personal or secret in the message before the file goes to others.\n"
               "tests:\n  - name: the sample\n    message: {}\n    event:\n      fields: {{{}}}\n",
               quoted(message), fmt::join(expected_, ", "));
  }

 private:
  bool json(std::string_view message) {
    JsonDecoder decoder;
    bool object = false;
    const auto failure = decoder.decode(message, event_, [&](const JsonElement& element) {
      if (element.failure == nullptr && !object) {
        object = true;
        take_fields();
      }
    });
    if (failure || !object) return false;
    const std::vector<std::string> names = first_names();
    begin("json", names.empty() ? "" : fmt::format("      - has: [{}]\n", fmt::join(names, ", ")));
    end();
    return true;
  }

  bool envelope(std::string_view message) {
    const DecodeLimits limits;
    TextFields fields(event_, limits);
    for (const std::string_view format : {"cef", "leef"}) {
      event_.clear();
      const TextRead read = format == "cef" ? read_cef(message, fields) : read_leef(message, fields);
      if (!read.fits || read.failure) continue;
      take_fields();
      const std::string vendor = value_of(fmt::format("{}.device.vendor", format));
      const std::string product = value_of(fmt::format("{}.device.product", format));
      begin(format,
            fmt::format(
                "      - text: [{}]\n        equals: {{{}.device.vendor: {}, {}.device.product: {}}}\n",
                quoted(format == "cef" ? "CEF:" : "LEEF:"), format, quoted(vendor), format, quoted(product)));
      end();
      return true;
    }
    return false;
  }

  bool pairs(std::string_view message) {
    const DecodeLimits limits;
    event_.clear();
    TextFields fields(event_, limits);
    const auto header = parse_syslog(message);
    const TextRead read = read_key_values(header ? header->tagged : message, {}, fields);
    if (read.failure || event_.fields().size() < kPairsMin || event_.fields()[0].name.starts_with('\0'))
      return false;
    take_fields();
    std::string first(utf8_prefix(event_.fields()[0].name, kTextBytesMax));
    if (first.size() == event_.fields()[0].name.size()) first += '=';
    begin("key_value", fmt::format("      - text: [{}]\n        has: [{}]\n", quoted(first),
                                   fmt::join(first_names(), ", ")));
    if (header) take_header(*header);
    end();
    return true;
  }

  /// What the header says, where the message itself does not.
  void take_header(const SyslogHeader& header) {
    const bool named = std::any_of(maps_.begin(), maps_.end(),
                                   [](const std::string& map) { return map.starts_with("  host.name:"); });
    if (!named && !header.hostname.empty()) {
      maps_.emplace_back("  host.name: log.syslog.hostname");
      expected_.push_back(fmt::format("host.name: {}", quoted(header.hostname)));
    }
    if (!header.time.empty()) times_.emplace_back("log.syslog.timestamp");
  }

  /// An expression that has the words of the message, with groups where the values stand.
  void words(std::string_view message) {
    const auto header = parse_syslog(message);
    const std::string_view body = header ? header->message : message;
    std::string expression = "^";
    std::vector<std::string_view> literals;
    std::size_t addresses = 0;
    std::size_t numbers = 0;
    std::size_t at = 0;
    while (at < body.size()) {
      const std::size_t end = std::min(body.find_first_of(" ,;()[]\"'<>|", at), body.size());
      const std::string_view word = body.substr(at, end - at);
      if (is_address(word)) {
        expression += fmt::format("(?P<ip_{}>[0-9a-fA-F:.]+)", ++addresses);
      } else if (!word.empty() && word.find_first_of("0123456789") != std::string_view::npos) {
        expression += fmt::format("(?P<value_{}>[^ ]+)", ++numbers);
        if (numbers == 16) break;
      } else {
        if (word.size() > 3 && word.find('\0') == std::string_view::npos) literals.push_back(word);
        expression += escaped(word);
      }
      if (end < body.size()) expression += escaped(body.substr(end, 1));
      at = end + 1;
    }
    const bool whole = at >= body.size();
    if (addresses + numbers == 0) expression = "^(?P<message>.*)$";
    std::string match;
    std::sort(literals.begin(), literals.end(), [](auto a, auto b) { return a.size() > b.size(); });
    if (!literals.empty())
      match = fmt::format("      - text: [{}]\n", quoted(utf8_prefix(literals.front(), kTextBytesMax)));
    if (header && !header->appname.empty() && match.empty())
      match = fmt::format("      - equals: {{log.syslog.appname: {}}}\n", quoted(header->appname));
    begin(
        "regex", match,
        fmt::format("    pattern: {}\n", quoted(expression + (whole && addresses + numbers > 0 ? "$" : ""))));
    if (addresses > 0) maps_.push_back("  source.ip: ip_1");
    if (addresses > 1) maps_.push_back("  destination.ip: ip_2");
    if (header) take_header(*header);
    end();
  }

  static bool is_severity(const std::string& name, std::string_view value) {
    static const std::set<std::string> names = {"severity", "sev", "level", "risk", "risklevel", "priority"};
    const ValueTable& words = *severity_tables().at("words");
    const std::string folded = case_fold(value);
    return names.contains(name) && std::any_of(words.words.begin(), words.words.end(),
                                               [&](const auto& word) { return word.first == folded; });
  }

  static bool is_address(std::string_view word) {
    return std::count(word.begin(), word.end(), '.') == 3 &&
           word.find_first_not_of("0123456789.") == std::string_view::npos;
  }

  static std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
      if (std::string_view("\\^$.|?*+()[]{}").find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
    return out;
  }

  std::vector<std::string> first_names() const {
    std::vector<std::string> out;
    std::set<std::string_view> seen;
    for (const Field& field : event_.fields()) {
      if (field.alias || field.name.empty() || !field.value.is_scalar() || !seen.insert(field.name).second)
        continue;
      out.push_back(quoted(field.name));
      if (out.size() == kRecognisingFields) break;
    }
    return out;
  }

  bool only_one(std::string_view name) const {
    return std::count_if(event_.fields().begin(), event_.fields().end(),
                         [&](const Field& field) { return field.name == name; }) == 1;
  }

  std::string value_of(const std::string& name) const {
    const Value* value = event_.first(FieldKey(name));
    return value == nullptr ? std::string() : std::string(value->text);
  }

  void take_fields() {
    std::set<std::string_view> given;
    for (const Field& field : event_.fields()) {
      if (field.alias || field.name.empty() || !field.value.is_scalar()) continue;
      if (is_time(field.value.text) && plain(field.name).find("id") == std::string::npos)
        times_.push_back(quoted(field.name));
      const std::string name = plain(field.name);
      if (is_severity(name, field.value.text) && given.insert("event.severity").second)
        maps_.push_back(fmt::format("  event.severity: {{from: {}, severity: words}}", quoted(field.name)));
      for (const Meaning& meaning : meanings()) {
        if (std::find(meaning.names.begin(), meaning.names.end(), name) == meaning.names.end()) continue;
        if (field.value.text.empty() || field.value.text == "-" || field.value.text == "N/A") continue;
        if (field.name == meaning.ecs || field.value.type == ValueType::Null ||
            !given.insert(meaning.ecs).second)
          continue;
        maps_.push_back(fmt::format("  {}: {}", meaning.ecs, quoted(field.name)));
        if (only_one(field.name))
          expected_.push_back(fmt::format("{}: {}", meaning.ecs, quoted(field.value.text)));
      }
    }
  }

  void begin(std::string_view parse, const std::string& match, const std::string& more = {}) {
    text_ =
        "# SPDX-License-Identifier: Apache-2.0\n"
        "# A draft of `countersign packs explain --draft`. Give it a name, look at each line, add your own "
        "samples\n"
        "# as tests, and run `countersign packs test` on it.\n"
        "pack: my-product\npriority: 30\n"
        "ignore: [\"-\", \"N/A\"]\n\nshapes:\n  - name: line\n    parse: ";
    text_ += parse;
    text_ += '\n' + more;
    if (!match.empty()) text_ += "    match:\n" + match;
  }

  void end() {
    if (!maps_.empty()) text_ += "\nmap:\n";
    for (const std::string& entry : maps_) text_ += entry + '\n';
    if (times_.size() > 3) times_.resize(3);
    if (!times_.empty()) text_ += fmt::format("\ntime:\n  fields: [{}]\n", fmt::join(times_, ", "));
    text_ +=
        "\ngroup_by: [host.name, user.name, source.ip]\n\nclassify: []\nclasses:\n  - sigma: {product: "
        "my-product}\n";
  }

  Event event_;
  std::string text_;
  std::vector<std::string> maps_;
  std::vector<std::string> times_;
  std::vector<std::string> expected_;  // fields of the test
};

}  // namespace

std::string draft_pack(std::string_view message) { return Draft().write(message); }

}  // namespace countersign
