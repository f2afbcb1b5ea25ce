// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/explain_run.h"
#include "app/findings.h"
#include "app/loading.h"
#include "app/pack_explanation.h"
#include "app/terminal.h"
#include "ingest/pack_draft.h"
#include "ingest/pack_loader.h"

namespace countersign {
namespace {

CommandLine described() {
  CommandLine line(
      "packs explain [FILE|-] [--line N] [--packs PATH]… [--pack NAME] [--topic NAME] [--zone ZONE] "
      "[--draft] [--json]",
      "Says for each message of a file (or of standard input) which pack knows it, which name comes from "
      "which field, and why the other packs do not. With --draft it prints a pack for a message that none "
      "knows, to begin with. Exit code 3: some message is of a product that no pack knows.");
  line.positional("FILE", 0, 1)
      .value("line", "N", "only the message that begins in this line of the file")
      .list("packs", "PATH", "file or folder of mapping packs; default: the shipped packs")
      .value("pack", "NAME", "ask only this pack")
      .value("topic", "NAME", "the topic that the messages come from")
      .value("zone", "ZONE", "of times without one, like Europe/Berlin or +02:00; default UTC")
      .flag("draft", "print a draft of a pack for the first message")
      .flag("json", "print one JSON object a message");
  return line;
}

}  // namespace

int run_packs_explain(const Arguments& arguments) {
  CommandLine line = described();
  if (const auto code = line.parse(arguments)) return *code;
  const auto number = line.number("line", 0, 1, 1'000'000'000);
  if (!number) return report_error(number.error());
  std::vector<std::filesystem::path> paths(line.all("packs").begin(), line.all("packs").end());
  const Result<PackLoad> loaded = load_packs(or_shipped(std::move(paths), "packs"));
  if (!loaded) return report_error(loaded.error());
  print_findings(loaded->findings);
  if (loaded->refused > 0) {
    std::cerr << "countersign: a pack is refused, and nothing is explained without it\n";
    return kExitFailed;
  }
  EventDecoderOptions options;
  options.pack = line.get("pack");
  if (!options.pack.empty() && loaded->packs->find(options.pack) == nullptr)
    return report_error({ErrorKind::InvalidArgument, fmt::format("no pack {} is loaded", options.pack)});
  const Result<TimeZone> zone = TimeZone::parse(line.has("zone") ? line.get("zone") : "UTC");
  if (!zone) return report_error(zone.error());
  options.zone = *zone;
  const std::string file = line.all("FILE").empty() ? "-" : line.all("FILE").front();
  const SystemClock clock;
  std::size_t messages = 0;
  bool understood = true;
  const auto read = read_messages(file, *number, clock, [&](const Message& message, const TopicName& topic) {
    ++messages;
    if (line.has("draft")) {
      if (messages == 1) std::cout << printable(draft_pack(message.bytes));
      return;
    }
    const TopicName from = line.has("topic") ? TopicName{line.get("topic")} : topic;
    const MessageExplanation explanation =
        explain_message(message, from, loaded->packs, options, clock.now());
    understood = understood && is_understood(explanation);
    if (line.has("json")) {
      std::cout << to_json(explanation) << '\n';
    } else {
      std::cout << printable(fmt::format("{}:{}: {}", file, message.line, to_text(explanation)));
    }
  });
  if (!read) return report_error(read.error());
  if (messages == 0) {
    std::cerr << printable(
        *number == 0 ? fmt::format("countersign: {} has no messages\n", file)
                     : fmt::format("countersign: no message begins in line {} of {}\n", *number, file));
    return kExitNotFound;
  }
  return understood ? kExitOk : kExitNotFound;
}

}  // namespace countersign
