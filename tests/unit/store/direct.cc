// SPDX-License-Identifier: Apache-2.0
#include "direct.h"

#include "store/codec.h"

namespace countersign::test {

Direct::Direct(Policy policy) {
  auto db = Db::open(folder_.path() / "db", Db::Mode::ReadWrite, merge_counts);
  EXPECT_TRUE(db) << db.error().message;
  db_ = std::move(*db);
  StartCommand start;
  start.identity.origin = "direct.test/log";
  start.identity.vkey = "none";
  start.build = "test";
  start.policy = std::move(policy);
  EXPECT_TRUE(run(std::move(start)));
}

Stamp Direct::stamp() {
  Stamp out;
  now_ += std::chrono::microseconds{1};
  out.time = now_;
  random_.fill(out.seed);
  return out;
}

Result<Decided> Direct::run(const Command& command) { return std::move(run_group({command}).front()); }

std::vector<Result<Decided>> Direct::run_group(const std::vector<Command>& commands) {
  std::vector<Result<Decided>> out;
  WriteSet changes;
  const View seen(*db_, changes);
  for (const Command& command : commands) {
    out.push_back(decide(seen, stamp(), command));
    if (out.back() && out.back()->batch) apply(*db_, *out.back()->batch, changes);
  }
  EXPECT_TRUE(db_->write(changes, false));
  return out;
}

AlertRecord Direct::record(const AlertId& id) const {
  auto found = view().alert(id);
  EXPECT_TRUE(found) << found.error().message;
  return found.value_or(AlertRecord{});
}

AlertCounts Direct::counts(const AlertId& id) const { return view().counts(id).value(); }

AlertId Direct::open(Level severity) {
  ManualCommand command;
  command.alert.title = "seen by hand";
  command.alert.severity = severity;
  command.alert.context = human("p-reporter");
  const auto done = run(command);
  EXPECT_TRUE(done) << done.error().message;
  return done->receipt->alert.facts.id;
}

AlertAction Direct::request(ActionKind kind, const AlertId& id, const std::string& person) const {
  AlertAction out;
  out.kind = kind;
  out.alert = id;
  out.expected_version = record(id).facts.version;
  out.context = human(person);
  switch (kind) {
    case ActionKind::Decide:
    case ActionKind::Close:
      out.verdict = Verdict::Benign;
      out.reason_code = ReasonCode::KnownTool;
      out.text = "the scanner of the security team";
      break;
    case ActionKind::Hold:
      out.wake = now_ + std::chrono::hours{1};
      out.text = "waiting for the owner of the host";
      break;
    case ActionKind::Note:
    case ActionKind::Return:
    case ActionKind::Reopen: out.text = "a text"; break;
    default: break;
  }
  return out;
}

void Direct::must(ActionKind kind, const AlertId& id, const std::string& person) {
  AlertAction action = request(kind, id, person);
  const bool own = is_own_action(kind);
  if (own) action.context.actor = {ActorKind::Service, "countersign"};
  const auto done = run(ActionCommand{std::move(action), own});
  EXPECT_TRUE(done) << to_string(kind) << ": " << done.error().message;
}

Policy policy_with_countersign() {
  Policy policy;
  policy.countersign_from = Level::Critical;
  return policy;
}

Fields fields_of(const Error& error) {
  Fields out;
  for (const FieldError& field : error.fields) out.insert(field.field);
  return out;
}

}  // namespace countersign::test
