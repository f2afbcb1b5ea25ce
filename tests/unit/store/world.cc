// SPDX-License-Identifier: Apache-2.0
#include "world.h"

#include <algorithm>
#include <cstdlib>
#include <map>

#include <fmt/format.h>

#include "store/evidence/signing_key.h"

namespace countersign::test {

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "countersign-store-XXXXXX").string();
  EXPECT_NE(mkdtemp(name.data()), nullptr);
  path_ = name;
}

Folder::~Folder() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
  EXPECT_FALSE(error) << error.message();
}

Timestamp at(std::string_view rfc3339) { return parse_rfc3339(rfc3339).value(); }

World::World() : clock(at("2026-03-01T08:00:00Z")) {
  options.folder = data();
  options.origin = "store.test/log";
  options.key_file = folder.path() / "key.pem";
  options.last_signed_file = folder.path() / "last-signed";
  options.build = "test";
  options.checkpoint_interval = std::chrono::milliseconds{20};
  options.ingest_pause_bytes = 0;
  options.actions_refuse_bytes = 0;
  EXPECT_TRUE(SigningKey::create(options.key_file).has_value());
}

Result<std::unique_ptr<Store>> World::try_open() { return Store::open(options, clock, random); }

void World::open() {
  auto opened = try_open();
  ASSERT_TRUE(opened) << opened.error().message;
  store = std::move(*opened);
  ASSERT_TRUE(store->announce(ruleset()));
  ASSERT_TRUE(store->announce(packs()));
}

RuleSetManifest ruleset(Level level, std::string_view text) {
  RuleSetManifest manifest;
  const std::string document(text);
  RuleManifestEntry rule;
  rule.id.value = kRule;
  rule.content = sha256(document);
  rule.title = "Many denied connections";
  rule.author = "tests";
  rule.level = level;
  manifest.rules.push_back(rule);
  manifest.contents.emplace(rule.content, document);
  manifest.hash = sha256(fmt::format("{}{}", document, to_string(level)));
  return manifest;
}

PackSetManifest packs() {
  PackSetManifest manifest;
  manifest.packs.emplace("plain", sha256("pack"));
  manifest.contents.emplace(sha256("pack"), "pack");
  manifest.hash = sha256("packs");
  return manifest;
}

namespace {

SampleEvent event_of(const Match& match, std::uint64_t offset) {
  SampleEvent event;
  event.time = at("2026-03-01T07:00:00Z") + std::chrono::seconds{match.second};
  event.bytes = match.bytes.empty() ? fmt::format("{} {}", match.host, match.second) : match.bytes;
  event.hash = sha256(event.bytes);
  event.offset.value = offset;
  event.append_time = event.time;
  return event;
}

bool earlier(const SampleEvent& a, const SampleEvent& b) {
  return std::tie(a.time, a.hash) < std::tie(b.time, b.hash);
}

void add_event(SampleEvent event, Signal& signal) {
  signal.first = signal.count == 0 ? event.time : std::min(signal.first, event.time);
  signal.last = signal.count == 0 ? event.time : std::max(signal.last, event.time);
  ++signal.count;
  signal.smallest.push_back(event);
  std::ranges::sort(signal.smallest, earlier);
  if (signal.smallest.size() > 5) signal.smallest.pop_back();
  signal.largest.push_back(std::move(event));
  std::ranges::sort(signal.largest, earlier);
  if (signal.largest.size() > 5) signal.largest.erase(signal.largest.begin());
}

Signal new_signal(const Match& match, std::uint64_t offset) {
  Signal signal;
  signal.rule.value = kRule;
  signal.group_key.push_back({"host.name", true, match.host, match.host});
  signal.first_offset.value = offset;
  signal.first_append_time = event_of(match, offset).append_time;
  signal.entities.push_back({"host.name", match.host});
  return signal;
}

Report empty_report(std::uint64_t start, std::uint64_t count, const std::string& topic) {
  Report report;
  report.partition = {SourceName{"src"}, TopicName{topic}, 0};
  report.start.value = start;
  report.end.value = start + count;
  report.next.next = report.end;
  report.counts.delivered = report.counts.parsed = report.counts.events = count;
  report.ruleset = ruleset().hash;
  report.packs = packs().hash;
  report.digest = sha256(fmt::format("{} {} {}", topic, start, count));
  return report;
}

}  // namespace

Signal signal_of(const std::vector<Match>& matches) {
  Signal signal = new_signal(matches.front(), 0);
  for (const Match& match : matches) add_event(event_of(match, 0), signal);
  return signal;
}

Report report_of(std::uint64_t start, const std::vector<Match>& matches, const std::string& topic) {
  Report report = empty_report(start, matches.size(), topic);
  report.counts.matched = report.counts.matches = matches.size();
  std::map<std::string, std::size_t> places;
  std::uint64_t offset = start;
  for (const Match& match : matches) {
    const auto [place, added] = places.emplace(match.host, report.signals.size());
    if (added) report.signals.push_back(new_signal(match, offset));
    add_event(event_of(match, offset), report.signals[place->second]);
    ++offset;
  }
  return report;
}

Report quiet_report(std::uint64_t start, std::uint64_t count, const std::string& topic) {
  Report report = empty_report(start, count, topic);
  report.counts.unmatched = count;
  return report;
}

ActorContext human(const std::string& id) {
  ActorContext context;
  context.actor = {ActorKind::Human, id};
  context.auth_method = "password";
  context.session_hash = to_hex(sha256(id));
  context.role = "analyst";
  context.channel = "api";
  context.request = "r-1";
  return context;
}

AlertAction action(ActionKind kind, const Alert& alert, const std::string& person) {
  AlertAction out;
  out.kind = kind;
  out.alert = alert.id;
  out.expected_version = alert.version;
  out.context = human(person);
  return out;
}

AlertAction closing(const Alert& alert, const std::string& person) {
  AlertAction out = action(ActionKind::Close, alert, person);
  out.verdict = Verdict::FalsePositive;
  out.reason_code = ReasonCode::IncorrectLogic;
  out.text = "the rule looks at the wrong port";
  return out;
}

std::vector<Alert> all_alerts(const Store& store) {
  std::vector<Alert> out;
  AlertQuery query;
  query.sort = AlertSort::OpenedAscending;
  query.limit = kPageSizeMax;
  for (;;) {
    auto page = store.alerts(query);
    EXPECT_TRUE(page);
    if (!page) return out;
    for (Alert& alert : page->alerts) out.push_back(std::move(alert));
    if (page->next.empty()) return out;
    query.after = page->next;
  }
}

Alert only_alert(const Store& store) {
  std::vector<Alert> alerts = all_alerts(store);
  EXPECT_EQ(alerts.size(), 1U);
  return alerts.empty() ? Alert{} : alerts.front();
}

void submit(Store& store, Report report) {
  const auto done = store.submit(std::move(report));
  ASSERT_TRUE(done) << done.error().message;
}

}  // namespace countersign::test
