// SPDX-License-Identifier: Apache-2.0
// Any bytes as a message: the first byte chooses who may read it (each shipped pack alone, or all), the rest
// is the message. It becomes events or dead letters, and the plan finds in each event what the interpreter
// finds: as what the event is, as if it came from every log source, and decoded for the fields of the rules
// alone.
#include <algorithm>
#include <filesystem>
#include <string>

#include "core/time.h"
#include "ingest/event_decoder.h"
#include "ingest/pack_loader.h"
#include "tests/fuzz/fuzzing.h"

namespace countersign::fuzz {
namespace {

namespace fs = std::filesystem;

const Timestamp kNow = *parse_rfc3339("2026-11-25T12:00:00Z");

std::shared_ptr<const PackSet> shipped_packs() {
  auto load = load_packs({fs::path(COUNTERSIGN_SOURCE_DIR) / "ingest" / "packs"});
  invariant(load.has_value() && load->findings.empty());
  return load->packs;
}

/// Those that ship, and some that use every kind of test.
std::shared_ptr<const RuleSet> all_rules() {
  const fs::path source(COUNTERSIGN_SOURCE_DIR);
  auto load = load_rules({source / "rules" / "library", source / "tests" / "fuzz" / "event_rules.yml"}, {});
  invariant(load.has_value() && load->refused == 0);
  return load->rules;
}

/// Made once; the engines stay warm from message to message, as in a worker.
struct World {
  World() : packs(shipped_packs()), rules(all_rules()), all(class_of_all(*rules)) {
    std::vector<const EventClass*> classes = packs->event_classes();
    classes.push_back(&all);
    plan = plan_of(rules, classes);
    add_decoders({});
    for (const auto& [name, content] : packs->manifest().packs) add_decoders(name);
  }

  void add_decoders(const std::string& pack) {
    whole.emplace_back(packs, EventDecoderOptions{.limits = {}, .pack = pack, .asked = nullptr});
    lean.emplace_back(packs, EventDecoderOptions{.limits = {}, .pack = pack, .asked = &plan->fields()});
  }

  std::shared_ptr<const PackSet> packs;
  std::shared_ptr<const RuleSet> rules;
  EventClass all;
  std::shared_ptr<const Plan> plan;
  std::vector<EventDecoder> whole;  // all packs, then each alone
  std::vector<EventDecoder> lean;   // the same, for the fields of the rules
};

class Judge final : public EventSink {
 public:
  explicit Judge(const World& world) : all_(&world.all), engines_(world.plan) {}

  void start(std::string_view message) {
    message_ = message;
    found_.clear();
    dead_letters_ = 0;
  }

  void take(const Event& event, std::uint32_t /*index*/) override {
    invariant(event.event_class() != nullptr && is_of_message(event.raw()));
    found_.push_back(engines_.match(event));
    testing::widen(event, *all_, wide_);
    found_.push_back(engines_.match(wide_));
  }
  void take(DeadLetter letter) override {
    ++dead_letters_;
    invariant(is_of_message(letter.bytes) && !letter.reason.empty() && !letter.message.empty());
  }

  std::size_t dead_letters() const { return dead_letters_; }
  /// For each event what it matches as what it is, and as of every log source.
  const std::vector<std::vector<std::uint32_t>>& found() const { return found_; }

 private:
  /// A member of a list that stood escaped in the message is unescaped.
  bool is_of_message(std::string_view bytes) const {
    return message_.find(bytes) != std::string_view::npos ||
           (bytes.size() < message_.size() && message_.find('\\') != std::string_view::npos);
  }

  const EventClass* all_;
  BothEngines engines_;
  std::string_view message_;
  Event wide_;
  std::vector<std::vector<std::uint32_t>> found_;
  std::size_t dead_letters_ = 0;
};

void judge(EventDecoder& decoder, std::string_view bytes, Judge& out) {
  const TopicName topic{"fuzz"};
  Message message;
  message.bytes = bytes;
  message.length = bytes.size();
  out.start(bytes);
  const bool parsed = decoder.decode(message, topic, kNow, out);
  invariant(parsed || (out.found().empty() && out.dead_letters() == 1));
}

}  // namespace

void run(std::string_view input) {
  if (input.empty()) return;
  static World world;
  static Judge whole(world);
  static Judge lean(world);
  const CpuLimit limit;
  const std::size_t reader = static_cast<unsigned char>(input.front()) % world.whole.size();
  // Exactly as much room behind the message as a source must leave.
  input.remove_prefix(1);
  std::vector<char> bytes(input.size() + kMessagePaddingBytes, 'x');
  std::copy(input.begin(), input.end(), bytes.begin());
  const std::string_view message(bytes.data(), input.size());
  judge(world.whole[reader], message, whole);
  judge(world.lean[reader], message, lean);
  invariant(whole.found() == lean.found() && whole.dead_letters() == lean.dead_letters());
}

}  // namespace countersign::fuzz
