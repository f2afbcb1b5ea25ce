// SPDX-License-Identifier: Apache-2.0
// View and command → what changes. Pure: the same view, stamp and command give the same batch; nothing here
// reads a clock, a random source or a disk but through its arguments. One thread, that of the view.
//
// Errors are refusals: nothing changes. Each command's are those of the Store function that makes it.
#pragma once

#include <optional>

#include "store/batch.h"
#include "store/command.h"
#include "store/view.h"

namespace countersign {

struct Receipt {
  AlertRecord alert;
  AlertCounts counts;
  EntrySeq entry;
  bool replayed = false;
};

struct Decided {
  std::optional<Batch> batch;           // absent: nothing changes
  std::optional<Receipt> receipt;       // of actions
  std::optional<Person> person;         // of AddPersonCommand
  std::optional<ReplayReceipt> replay;  // of ReplayCommand
};

Result<Decided> decide(const View& view, const Stamp& stamp, const Command& command);

// The commands one by one.
Result<Decided> decide(const View& view, const Stamp& stamp, const ActionCommand& command);
Result<Decided> decide(const View& view, const Stamp& stamp, const ManualCommand& command);
Result<Decided> decide(const View& view, const Stamp& stamp, const ReportCommand& command);
Result<Decided> decide(const View& view, const Stamp& stamp, const ReplayCommand& command);
Result<Decided> decide(const View& view, const Stamp& stamp, const RulesCommand& command);
Result<Decided> decide(const View& view, const Stamp& stamp, const QuarantineCommand& command);
Result<Decided> decide(const View& view, const Stamp& stamp, const SourcesCommand& command);
Result<Decided> decide(const View& view, const Stamp& stamp, const PacksCommand& command);
Result<Decided> decide(const View& view, const Stamp& stamp, const DeadlineCommand& command);
Result<Decided> decide(const View& view, const Stamp& stamp, const ExpireRowCommand& command);
Result<Decided> decide(const View& view, const Stamp& stamp, const FinishRangeCommand& command);
Result<Decided> decide(const View& view, const Stamp& stamp, const StartCommand& command);
Result<Decided> decide(const View& view, const Stamp& stamp, const StopCommand& command);
Result<Decided> decide(const View& view, const Stamp& stamp, const HeartbeatCommand& command);
Result<Decided> decide(const View& view, const Stamp& stamp, const AddPersonCommand& command);
Result<Decided> decide(const View& view, const Stamp& stamp, const UpdatePersonCommand& command);
Result<Decided> decide(const View& view, const Stamp& stamp, const AddSessionCommand& command);
Result<Decided> decide(const View& view, const Stamp& stamp, const RevokeSessionCommand& command);
Result<Decided> decide(const View& view, const Stamp& stamp, const RevokeSessionsCommand& command);
Result<Decided> decide(const View& view, const Stamp& stamp, const AddTokenCommand& command);
Result<Decided> decide(const View& view, const Stamp& stamp, const RevokeTokenCommand& command);
Result<Decided> decide(const View& view, const Stamp& stamp, const AuthFailureCommand& command);

}  // namespace countersign
