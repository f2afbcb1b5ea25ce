// SPDX-License-Identifier: Apache-2.0
// Any bytes as the files in the folder of compiled patterns: the plan is built and finds what the interpreter
// finds. The first byte chooses how the rest gets there: as the file, as the content of a file that is in
// order otherwise, as changes to the right content, or not at all: then the files have changed places.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "rules/plan/content_cache.h"
#include "tests/fuzz/fuzzing.h"

namespace countersign::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRules = R"(title: texts
logsource: {category: test}
detection:
  s:
    Image|contains: ['whoami', 'powershell', 'cmd.exe', 'mimikatz', 'rundll32']
  condition: s
---
title: other texts
logsource: {category: test}
detection:
  s:
    Line|contains|all: ['-enc', 'http://']
  t:
    Line|contains: ['vssadmin', 'wbadmin', 'bcdedit', 'wevtutil', 'fsutil']
  condition: s or t
---
title: keywords
logsource: {category: test}
detection:
  k: ['sekurlsa', 'lsadump', 'kerberoast', 'dcsync', 'zerologon']
  condition: k
)";

/// Values of events; each is given to every field.
constexpr std::string_view kValues[] = {"",
                                        "nothing of all that",
                                        "C:\\x\\WHOAMI.exe",
                                        "powershell -enc x http://h",
                                        "dcsync",
                                        "-enc and http:// and vssadmin",
                                        "cmd.exe",
                                        "privilege::debug sekurlsa::logonpasswords",
                                        "fsutil!",
                                        "-enc alone, rundll32"};

class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("countersign-fuzz-" + std::to_string(::getpid()))) {}
  ~Folder() {
    std::error_code error;
    fs::remove_all(path_, error);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

class World {
 public:
  World() : rules_(load_rule_text("fuzz.yml", kRules).rules), class_(class_of_all(*rules_)) {
    invariant(rules_->rules().size() == 3);
    (void)plan_of(rules_, {&class_}, folder_.path());
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      const Hash256 key = *hash_from_hex(entry.path().filename().string());
      files_[key] = *ContentCache(folder_.path()).load(key);
    }
    invariant(files_.size() >= 3);
  }

  void plant(std::uint8_t how, std::string_view bytes) const {
    const ContentCache cache(folder_.path());
    auto other = files_.begin();
    for (const auto& [key, content] : files_) {
      if (++other == files_.end()) other = files_.begin();
      const fs::path file = folder_.path() / to_hex(key);
      switch (how % 4) {
        case 0: std::ofstream(file, std::ios::binary) << bytes; break;
        case 1: cache.store(key, bytes); break;
        case 2: cache.store(key, changed(content, bytes)); break;
        default:
          cache.store(other->first, other->second);
          fs::rename(folder_.path() / to_hex(other->first), file);
          break;
      }
    }
  }

  void check() const {
    BothEngines engines(plan_of(rules_, {&class_}, folder_.path()));
    std::size_t matches = 0;
    Event event;
    for (const std::string_view value : kValues) {
      event.clear();
      event.set_event_class(&class_);
      for (const char* field : {"Image", "Line", "other"}) {
        Value text;
        text.type = ValueType::String;
        text.text = value;
        event.add(field, text);
      }
      matches += engines.match(event).size();
    }
    invariant(matches > 3);
  }

 private:
  /// `changes`: an offset in two bytes and a byte, repeatedly; what is left over cuts the end by as much.
  static std::string changed(std::string content, std::string_view changes) {
    for (; changes.size() >= 3; changes.remove_prefix(3)) {
      const std::size_t at =
          static_cast<std::uint8_t>(changes[0]) * 256U + static_cast<std::uint8_t>(changes[1]);
      content[at % content.size()] = changes[2];
    }
    for (const char part : changes)
      content.resize(content.size() - std::min<std::size_t>(content.size(), static_cast<std::uint8_t>(part)));
    return content;
  }

  Folder folder_;
  std::shared_ptr<const RuleSet> rules_;
  EventClass class_;
  std::map<Hash256, std::string> files_;  // key → the content as it should be
};

}  // namespace

void run(std::string_view input) {
  static const World world;
  if (input.empty()) return;
  const CpuLimit limit;
  world.plant(static_cast<std::uint8_t>(input.front()), input.substr(1));
  world.check();
}

}  // namespace countersign::fuzz
