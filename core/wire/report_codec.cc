// SPDX-License-Identifier: Apache-2.0
#include "core/wire/report_codec.h"

#include <fmt/format.h>

#include "core/wire/report.pb.h"
#include "core/wire/report_fields.h"

namespace countersign {
namespace {

template <class Message>
Result<void> parse(std::string_view bytes, std::string_view name, Message& message) {
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return failure(ErrorKind::Malformed,
                   fmt::format("{}: {} bytes are not such a message", name, bytes.size()));
  }
  return {};
}

tl::unexpected<Error> out_of_range(std::string_view name) {
  return failure(ErrorKind::Malformed, fmt::format("{}: a value is outside its range", name));
}

template <class Contents, class Message>
void write_contents(const Contents& contents, Message& message) {
  for (const auto& [hash, text] : contents) {
    wire::Content& content = *message.add_contents();
    content.set_hash(hash_bytes(hash));
    content.set_text(text);
  }
}

template <class Message, class Contents>
bool read_contents(const Message& message, Contents& contents) {
  for (const wire::Content& content : message.contents()) {
    Hash256 hash;
    if (!read_hash(content.hash(), hash)) return false;
    contents.emplace(hash, content.text());
  }
  return true;
}

}  // namespace

std::string encode_report(const Report& report) {
  wire::Report message;
  write_message(report.partition, *message.mutable_partition());
  message.set_incarnation(report.incarnation);
  message.set_start(report.start.value);
  message.set_end(report.end.value);
  for (const Gap& gap : report.gaps) write_message(gap, *message.add_gaps());
  write_message(report.counts, *message.mutable_counts());
  for (const Signal& signal : report.signals) write_message(signal, *message.add_signals());
  for (const DeadLetter& letter : report.dead_letters) write_message(letter, *message.add_dead_letters());
  write_message(report.next, *message.mutable_next());
  message.set_ruleset(hash_bytes(report.ruleset));
  message.set_packs(hash_bytes(report.packs));
  if (report.digest) message.set_digest(hash_bytes(*report.digest));
  if (report.clock != EventClock{}) {
    message.mutable_clock()->set_timed(report.clock.timed);
    message.mutable_clock()->set_ahead(report.clock.ahead);
    message.mutable_clock()->set_newest_ns(report.clock.newest.count());
  }
  for (const ObserverCount& count : report.observers) {
    wire::ObserverCount& out = *message.add_observers();
    out.set_field(count.field);
    out.set_value(count.value);
    out.set_events(count.events);
    out.set_last_ns(to_nanos(count.last));
  }
  return message.SerializeAsString();
}

Result<Report> decode_report(std::string_view bytes) {
  wire::Report message;
  if (auto parsed = parse(bytes, "report", message); !parsed) return failure(parsed.error());
  Report report;
  bool ok = read_message(message.partition(), report.partition);
  report.incarnation = message.incarnation();
  report.start.value = message.start();
  report.end.value = message.end();
  for (const auto& gap : message.gaps()) ok = read_message(gap, report.gaps.emplace_back()) && ok;
  ok = read_message(message.counts(), report.counts) && ok;
  for (const auto& signal : message.signals()) ok = read_message(signal, report.signals.emplace_back()) && ok;
  for (const auto& letter : message.dead_letters()) {
    ok = read_message(letter, report.dead_letters.emplace_back()) && ok;
  }
  ok = read_message(message.next(), report.next) && ok;
  ok = read_hash(message.ruleset(), report.ruleset) && read_hash(message.packs(), report.packs) && ok;
  if (!message.digest().empty()) ok = read_hash(message.digest(), report.digest.emplace()) && ok;
  report.clock = {message.clock().timed(), message.clock().ahead(),
                  std::chrono::nanoseconds{message.clock().newest_ns()}};
  for (const wire::ObserverCount& count : message.observers()) {
    report.observers.push_back({count.field(), count.value(), count.events(), from_nanos(count.last_ns())});
  }
  if (!ok) return out_of_range("report");
  return report;
}

std::string encode_ruleset(const RuleSetManifest& manifest) {
  wire::RuleSetManifest message;
  message.set_hash(hash_bytes(manifest.hash));
  for (const RuleManifestEntry& rule : manifest.rules) write_message(rule, *message.add_rules());
  write_contents(manifest.contents, message);
  return message.SerializeAsString();
}

Result<RuleSetManifest> decode_ruleset(std::string_view bytes) {
  wire::RuleSetManifest message;
  if (auto parsed = parse(bytes, "rule set manifest", message); !parsed) return failure(parsed.error());
  RuleSetManifest manifest;
  bool ok = read_hash(message.hash(), manifest.hash) && read_contents(message, manifest.contents);
  for (const auto& rule : message.rules()) ok = read_message(rule, manifest.rules.emplace_back()) && ok;
  if (!ok) return out_of_range("rule set manifest");
  return manifest;
}

std::string encode_packs(const PackSetManifest& manifest) {
  wire::PackSetManifest message;
  message.set_hash(hash_bytes(manifest.hash));
  for (const auto& [name, hash] : manifest.packs) {
    wire::NamedHash& pack = *message.add_packs();
    pack.set_name(name);
    pack.set_hash(hash_bytes(hash));
  }
  write_contents(manifest.contents, message);
  return message.SerializeAsString();
}

Result<PackSetManifest> decode_packs(std::string_view bytes) {
  wire::PackSetManifest message;
  if (auto parsed = parse(bytes, "pack set manifest", message); !parsed) return failure(parsed.error());
  PackSetManifest manifest;
  bool ok = read_hash(message.hash(), manifest.hash) && read_contents(message, manifest.contents);
  for (const wire::NamedHash& pack : message.packs()) {
    ok = read_hash(pack.hash(), manifest.packs[pack.name()]) && ok;
  }
  if (!ok) return out_of_range("pack set manifest");
  return manifest;
}

}  // namespace countersign
