// SPDX-License-Identifier: Apache-2.0
// Dead letters taken out of a server, and read again by it.
#include <charconv>
#include <condition_variable>
#include <iostream>
#include <mutex>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "app/commands/commands.h"
#include "app/letter_client.h"
#include "core/hash.h"

namespace countersign {
namespace {

namespace json = boost::json;

constexpr std::chrono::milliseconds kPoll{100};

Result<void> write_json(const LetterClient& client, const json::object& letter) {
  const Result<std::string> bytes = client.bytes(letter);
  if (!bytes) return failure(bytes.error());
  json::object out = letter;
  for (const char* name : {"shown_bytes", "encoding", "data"}) out.erase(name);
  out["bytes"] = to_base64(*bytes);
  std::cout << json::serialize(out) << '\n';
  return {};
}

std::uint64_t number_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  json::error_code error;
  const auto number = value == nullptr ? 0 : value->to_number<std::uint64_t>(error);
  return error ? 0 : number;
}

Result<json::array> numbers_of(const std::vector<std::string>& texts) {
  json::array out;
  for (const std::string& text : texts) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) {
      return failure(ErrorKind::InvalidArgument, fmt::format("{} is not the number of a letter", text));
    }
    out.emplace_back(number);
  }
  return out;
}

struct Totals {
  std::uint64_t letters = 0;
  std::uint64_t decoded = 0;
  std::uint64_t failed = 0;
  std::uint64_t already_replayed = 0;
  std::uint64_t pending = 0;
};

/// Until the replay is finished. Unavailable: not within the time.
Result<void> wait_for(const LetterClient& client, std::uint64_t replay, std::chrono::seconds most,
                      Totals& totals) {
  const auto deadline = std::chrono::steady_clock::now() + most;
  // Nobody notifies: the server is asked again after a while.
  std::mutex mutex;
  std::condition_variable looking;
  std::unique_lock lock(mutex);
  for (;;) {
    const Result<json::object> now = client.get_object(fmt::format("{}/replays/{}", kLettersTarget, replay));
    if (!now) return failure(now.error());
    if (!now->at("finished_at").is_null()) {
      totals.decoded += number_of(*now, "decoded");
      totals.failed += number_of(*now, "failed");
      return {};
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      return failure(ErrorKind::Unavailable,
                     fmt::format("replay {}: {} of {} letters are done after {} s; it goes on", replay,
                                 number_of(*now, "decoded") + number_of(*now, "failed"),
                                 number_of(*now, "letters"), most.count()));
    }
    looking.wait_for(lock, kPoll);
  }
}

int say_outcome(const CommandLine& line, const Totals& totals, bool waited) {
  if (totals.letters == 0) {
    std::cerr << "countersign: there is nothing to replay";
    if (totals.already_replayed + totals.pending > 0) {
      std::cerr << fmt::format("; {} were replayed before, {} are in a replay", totals.already_replayed,
                               totals.pending);
    }
    std::cerr << '\n';
    return kExitNotFound;
  }
  if (!waited) return kExitOk;
  if (!line.has("json")) {
    std::cout << fmt::format("{} letters: {} decoded, {} failed again\n", totals.letters, totals.decoded,
                             totals.failed);
  }
  return totals.failed == 0 ? kExitOk : kExitFailed;
}

}  // namespace

int run_dead_letters_export(const Arguments& arguments) {
  CommandLine line = line_with_server(
      "dead-letters export [--source NAME] [--reason CODE] [--state STATE] [--since TIME] [--until TIME] "
      "[--raw]",
      "Writes letters to standard output, newest first: one JSON object a line with coordinates, reason, "
      "message "
      "and the bytes in base64; with --raw the messages as they came, each with a line end behind it.");
  add_letter_filter(line);
  line.value("state", "STATE", "dead, pending or replayed; default: any").flag("raw", "the messages alone");
  if (const auto code = line.parse(arguments)) return *code;
  const Result<LetterClient> client = LetterClient::to(line);
  if (!client) return report_error(client.error());
  std::uint64_t rows = 0;
  std::uint64_t lines = 0;
  const auto write = [&](const json::object& letter) -> Result<void> {
    ++rows;
    if (!line.has("raw")) return write_json(*client, letter);
    const Result<std::string> bytes = client->bytes(letter);
    if (!bytes) return failure(bytes.error());
    if (bytes->find('\n') != std::string::npos) ++lines;
    std::cout << *bytes << '\n';
    return {};
  };
  const Result<bool> done = client->each(letter_filter_query(line), 0, write);
  std::cout << std::flush;
  if (!done) return report_error(done.error());
  if (lines > 0)
    std::cerr << fmt::format("countersign: {} of {} messages have more than one line\n", lines, rows);
  return rows == 0 ? kExitNotFound : kExitOk;
}

int run_dead_letters_replay(const Arguments& arguments) {
  CommandLine line = line_with_server(
      "dead-letters replay (ID… | --source NAME | --reason CODE | --since TIME | --until TIME | --all) "
      "--rationale TEXT [--no-wait] [--json]",
      "Has the server read dead letters again, with the rules and packs in force, as the source `replay:N`. "
      "Letters that were replayed are left alone. Ends with 1 when some fail again, with 3 when there is "
      "nothing to do.");
  add_letter_filter(line);
  line.flag("all", "every letter that is dead")
      .value("rationale", "TEXT", "why; kept with the evidence")
      .value("wait", "SECONDS", "how long to wait for the end; default 600")
      .flag("no-wait", "return when the replay is begun")
      .positional("ID", 0, 10'000);
  if (const auto code = line.parse(arguments)) return *code;
  const Result<std::uint64_t> seconds = line.number("wait", 600, 1, 86'400);
  if (!seconds) return report_error(seconds.error());
  const Result<json::array> letters = numbers_of(line.all("ID"));
  if (!letters) return report_error(letters.error());
  const Result<LetterClient> client = LetterClient::to(line);
  if (!client) return report_error(client.error());
  json::object body{{"rationale", line.get("rationale")}};
  if (!letters->empty()) body["letters"] = *letters;
  if (line.has("all")) body["all"] = true;
  for (const char* name : {"source", "reason", "since", "until"}) {
    if (line.has(name)) body[name] = line.get(name);
  }
  Totals totals;
  const bool waits = !line.has("no-wait");
  for (;;) {
    const Result<json::object> begun = client->post(std::string(kLettersTarget) + ":replay", body);
    if (!begun) return report_error(begun.error());
    if (line.has("json")) std::cout << json::serialize(*begun) << '\n';
    totals.letters += number_of(*begun, "letters");
    totals.already_replayed += number_of(*begun, "already_replayed");
    totals.pending += number_of(*begun, "pending");
    if (const std::uint64_t replay = number_of(*begun, "replay"); replay != 0) {
      if (!line.has("json"))
        std::cout << fmt::format("replay {}: {} letters\n", replay, number_of(*begun, "letters"))
                  << std::flush;
      if (waits) {
        if (auto ok = wait_for(*client, replay, std::chrono::seconds(*seconds), totals); !ok)
          return report_error(ok.error());
      }
    }
    const std::uint64_t next = number_of(*begun, "next");
    if (next == 0) break;
    body["from"] = next;
  }
  return say_outcome(line, totals, waits);
}

}  // namespace countersign
