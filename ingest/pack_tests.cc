// SPDX-License-Identifier: Apache-2.0
#include "ingest/pack_tests.h"

#include <algorithm>

#include <fmt/format.h>

#include "ingest/event_decoder.h"

namespace countersign {
namespace {

/// Of the record that a test's message came with: years and record times in tests follow from it.
constexpr Timestamp kTestTime{std::chrono::seconds{1'767'323'045}};  // 2026-01-02T03:04:05Z

std::string show(const LogSource& source) {
  return fmt::format("{}/{}/{}", source.product, source.category, source.service);
}

std::optional<std::string> value_of(const Event& event, const std::string& name) {
  std::optional<std::string> out;
  event.each(FieldKey(name), [&](const Value& value) {
    if (!value.is_scalar()) return true;
    out = out ? *out + '|' + std::string(value.text) : std::string(value.text);
    return true;
  });
  return out;
}

/// For a look at the trace alone.
class NoSink final : public EventSink {
 public:
  void take(const Event& /*event*/, std::uint32_t /*index*/) override {}
  void take(DeadLetter /*letter*/) override {}
};

class TestSink final : public EventSink {
 public:
  TestSink(const PackTest& test, EventDecoder& decoder, const DecodeTrace& trace,
           std::vector<PackTestFailure>& failures)
      : test_(test), decoder_(decoder), trace_(trace), failures_(failures) {}

  void take(const Event& event, std::uint32_t index) override {
    const std::size_t at = seen_++;
    if (at < test_.events.size()) compare(test_.events[at], event, index);
  }

  void take(DeadLetter letter) override {
    ++letters_;
    if (test_.dead_letter.empty()) fail(fmt::format("a dead letter: {}: {}", letter.reason, letter.message));
    if (!test_.dead_letter.empty() && test_.dead_letter != letter.reason)
      fail(fmt::format("dead letter: expected {}, is {}: {}", test_.dead_letter, letter.reason,
                       letter.message));
  }

  void end() {
    if (seen_ != test_.events.size())
      fail(fmt::format("events: expected {}, are {}", test_.events.size(), seen_));
    if (!test_.dead_letter.empty() && letters_ == 0)
      fail(fmt::format("dead letter: expected {}, is none", test_.dead_letter));
  }

 private:
  std::string shape_of(std::uint32_t index) const {
    for (const DecodeTrace::Found& found : trace_.events)
      if (found.index == index) return found.shape;
    return "none";
  }

  void compare(const PackTestEvent& expected, const Event& event, std::uint32_t index) {
    const EventClass& found = *event.event_class();
    const std::string shape = shape_of(index);
    if (!expected.shape.empty() && expected.shape != shape)
      fail(fmt::format("shape: expected {}, is {}", expected.shape, shape));
    const std::string& pack = expected.pack.empty() ? test_.pack : expected.pack;
    if (found.pack != pack) fail(fmt::format("pack: expected {}, is {}", pack, found.pack));
    for (const LogSource& source : expected.log_sources) {
      if (std::find(found.log_sources.begin(), found.log_sources.end(), source) != found.log_sources.end())
        continue;
      std::string are;
      for (const LogSource& other : found.log_sources) are += ' ' + show(other);
      fail(fmt::format("log source: expected {} (product/category/service, each as the pack gives it), are{}",
                       show(source), are.empty() ? " none" : are));
    }
    if (!expected.time.empty()) {
      const auto time = parse_rfc3339(expected.time);
      if (!time || *time != event.time() || event.time_source() != TimeSource::Event) {
        fail(fmt::format("time: expected {}, is {}{}", expected.time, format_rfc3339_micros(event.time()),
                         event.time_source() == TimeSource::Event ? "" : " (not the event's own)"));
      }
    }
    compare_alert(expected, event);
    for (const auto& [name, wanted] : expected.fields) {
      const auto is = value_of(event, name);
      if (is != wanted)
        fail(fmt::format("{}: expected {}, is {}", name, wanted ? '`' + *wanted + '`' : "none",
                         is ? '`' + *is + '`' : "none"));
    }
  }

  void compare_alert(const PackTestEvent& expected, const Event& event) {
    const VendorAlertRule* rule = decoder_.vendor_alert();
    if (expected.no_vendor_alert && rule != nullptr) fail("vendor alert: expected none, is one");
    if (!expected.vendor_alert) return;
    if (rule == nullptr) return fail("vendor alert: expected one, is none");
    const VendorAlertFacts is = vendor_alert_facts(*rule, event);
    const auto same = [&](std::string_view what, const std::string& wanted, const std::string& found) {
      if (wanted != found) fail(fmt::format("vendor alert: {}: expected `{}`, is `{}`", what, wanted, found));
    };
    same("title", expected.vendor_alert->title, is.title);
    same("id", expected.vendor_alert->id, is.id);
    same("status", expected.vendor_alert->status, is.status);
    same("url", expected.vendor_alert->url, is.url);
    same("level", std::string(to_string(expected.vendor_alert->level)), std::string(to_string(is.level)));
  }

  void fail(std::string what) { failures_.push_back({&test_, std::move(what)}); }

  const PackTest& test_;
  EventDecoder& decoder_;
  const DecodeTrace& trace_;
  std::vector<PackTestFailure>& failures_;
  std::size_t seen_ = 0;
  std::size_t letters_ = 0;
};

}  // namespace

std::vector<PackTestFailure> run_pack_tests(const std::shared_ptr<const PackSet>& packs,
                                            const std::vector<PackTest>& tests) {
  std::vector<PackTestFailure> failures;
  EventDecoder decoder(packs, {});
  for (const PackTest& test : tests) {
    const std::string bytes = test.message + std::string(kMessagePaddingBytes, '\0');
    Message message;
    message.bytes = std::string_view(bytes).substr(0, test.message.size());
    message.append_time = kTestTime;
    // Only explaining knows the shape; what events become is what `serve` makes of them.
    DecodeTrace trace;
    NoSink none;
    (void)decoder.explain(message, TopicName{test.topic}, kTestTime, none, trace);
    TestSink sink(test, decoder, trace, failures);
    (void)decoder.decode(message, TopicName{test.topic}, kTestTime, sink);
    sink.end();
  }
  return failures;
}

}  // namespace countersign
