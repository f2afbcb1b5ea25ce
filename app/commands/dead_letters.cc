// SPDX-License-Identifier: Apache-2.0
// `countersign dead-letters …`: messages that could not be read, through the API and as the person who signed
// in. What decodes and replays is the server; `explain --packs` tries pack files here.
#include <iostream>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "app/build_info.h"
#include "app/commands/commands.h"
#include "app/findings.h"
#include "app/letter_client.h"
#include "app/letter_decoding.h"
#include "app/letter_text.h"
#include "app/terminal.h"
#include "ingest/pack_loader.h"
#include "review-api/letter_json.h"

namespace countersign {
namespace {

namespace json = boost::json;

std::string target_of(const std::string& id, std::string_view part = "") {
  return fmt::format("{}/{}{}", kLettersTarget, percent_encoded(id), part);
}

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || value->is_null()) return "–";
  return value->is_string() ? printable(value->as_string()) : json::serialize(*value);
}

const json::array& items_of(const json::object& object, std::string_view key = "items") {
  static const json::array none;
  const json::value* items = object.if_contains(key);
  return items != nullptr && items->is_array() ? items->as_array() : none;
}

int run_list(const Arguments& arguments) {
  CommandLine line = line_with_server(
      "dead-letters list [--source NAME] [--reason CODE] [--state STATE] [--since TIME] [--until TIME] "
      "[--limit N] [--all] [--json]",
      "Lists messages that could not be read, newest first.");
  add_letter_filter(line);
  line.value("state", "STATE", "dead, pending or replayed; default: any")
      .value("limit", "N", "how many, at most 10000; default 50")
      .flag("all", "list all");
  if (const auto code = line.parse(arguments)) return *code;
  const Result<std::uint64_t> limit = line.number("limit", 50, 1, 10'000);
  if (!limit) return report_error(limit.error());
  const Result<LetterClient> client = LetterClient::to(line);
  if (!client) return report_error(client.error());
  std::uint64_t rows = 0;
  const auto print = [&](const json::object& letter) -> Result<void> {
    ++rows;
    if (line.has("json")) {
      std::cout << json::serialize(letter) << '\n';
    } else {
      std::cout << letter_line(letter);
    }
    return {};
  };
  const Result<bool> more = client->each(letter_filter_query(line), line.has("all") ? 0 : *limit, print);
  if (!more) return report_error(more.error());
  if (*more) std::cerr << "more dead letters follow: --all, a higher --limit, or a narrower filter\n";
  return rows == 0 ? kExitNotFound : kExitOk;
}

int run_show(const Arguments& arguments) {
  CommandLine line = line_with_server("dead-letters show ID [--raw] [--json]",
                                      "Shows one message that could not be read, and what became of it.");
  line.positional("ID", 1, 1)
      .flag("raw", "write the bytes that are kept to standard output, and nothing else");
  if (const auto code = line.parse(arguments)) return *code;
  const Result<LetterClient> client = LetterClient::to(line);
  if (!client) return report_error(client.error());
  const Result<json::object> letter = client->get_object(target_of(line.get("ID")));
  if (!letter) return report_error(letter.error());
  if (line.has("json")) {
    std::cout << json::serialize(*letter) << '\n';
    return kExitOk;
  }
  if (line.has("raw")) {
    const Result<std::string> bytes = client->bytes(*letter);
    if (!bytes) return report_error(bytes.error());
    std::cout << *bytes << std::flush;
    return kExitOk;
  }
  const std::string data(letter->at("data").as_string());
  const bool encoded = letter->at("encoding").as_string() == "base64";
  std::cout << letter_page(*letter, encoded ? from_base64(data).value_or("") : data);
  return kExitOk;
}

int run_summary(const Arguments& arguments) {
  CommandLine line =
      line_with_server("dead-letters summary [--json]",
                       "How many messages could not be read, by source and reason, and what became of them.");
  if (const auto code = line.parse(arguments)) return *code;
  const Result<LetterClient> client = LetterClient::to(line);
  if (!client) return report_error(client.error());
  const Result<json::object> summary = client->get_object(std::string(kLettersTarget) + "/summary");
  if (!summary) return report_error(summary.error());
  if (line.has("json")) {
    std::cout << json::serialize(*summary) << '\n';
    return kExitOk;
  }
  std::cout << fmt::format("{:>9} {:>9} {:>9}  {:<15} {:<24} {}\n", "dead", "pending", "replayed", "reason",
                           "last", "source");
  for (const json::value& item : items_of(*summary)) {
    const json::object& row = item.as_object();
    std::cout << fmt::format("{:>9} {:>9} {:>9}  {:<15} {:<24} {}\n", text_of(row, "dead"),
                             text_of(row, "pending"), text_of(row, "replayed"), text_of(row, "reason"),
                             text_of(row, "last_at"), text_of(row, "source"));
  }
  return kExitOk;
}

int run_top(const Arguments& arguments) {
  CommandLine line = line_with_server(
      "dead-letters top [--source NAME] [--reason CODE] [--state STATE] [--since TIME] [--until TIME] "
      "[--limit N] [--json]",
      "The shapes of message that could not be read most often: the newest 10000 letters are looked at, and "
      "those that differ only in numbers, addresses and quoted texts count as one shape.");
  add_letter_filter(line);
  line.value("state", "STATE", "dead, pending or replayed; default dead")
      .value("limit", "N", "how many shapes, at most 200; default 10");
  if (const auto code = line.parse(arguments)) return *code;
  const Result<std::uint64_t> limit = line.number("limit", 10, 1, 200);
  if (!limit) return report_error(limit.error());
  const Result<LetterClient> client = LetterClient::to(line);
  if (!client) return report_error(client.error());
  const Result<json::object> top =
      client->get_object(fmt::format("{}/top?limit={}{}", kLettersTarget, *limit, letter_filter_query(line)));
  if (!top) return report_error(top.error());
  if (line.has("json")) {
    std::cout << json::serialize(*top) << '\n';
    return kExitOk;
  }
  for (const json::value& item : items_of(*top)) {
    const json::object& row = item.as_object();
    std::cout << fmt::format("{:>7}  {:<15} sample {:<8} {}\n", text_of(row, "count"), text_of(row, "reason"),
                             text_of(row, "sample"), text_of(row, "shape"));
  }
  std::cerr << fmt::format("{} shapes of {} letters; {} letters were looked at{}\n", text_of(*top, "shapes"),
                           text_of(*top, "counted"), text_of(*top, "looked_at"),
                           top->at("complete").as_bool() ? ", all there are" : ", the newest");
  return items_of(*top).empty() ? kExitNotFound : kExitOk;
}

/// By pack files here, over the bytes that the server keeps.
Result<json::object> explain_here(const CommandLine& line, const LetterClient& client) {
  const Result<json::object> found = client.get_object(target_of(line.get("ID")));
  if (!found) return failure(found.error());
  const Result<DeadLetter> letter = client.whole(*found);
  if (!letter) return failure(letter.error());
  std::vector<std::filesystem::path> paths(line.all("packs").begin(), line.all("packs").end());
  if (paths.empty()) paths.push_back(shipped_folder("packs"));
  const Result<PackLoad> loaded = load_packs(paths);
  if (!loaded) return failure(loaded.error());
  if (loaded->refused > 0) print_findings(loaded->findings);
  LetterDecoding decoding{loaded->packs, line.get("pack")};
  const SystemClock clock;
  const TopicName topic{std::string(found->at("topic").as_string())};
  return explanation_to_json(explain_letter(*letter, topic, decoding, clock));
}

int run_explain(const Arguments& arguments) {
  CommandLine line = line_with_server("dead-letters explain ID [--packs PATH]… [--pack NAME] [--json]",
                                      "What decoding a letter would come to now: by the packs that are in "
                                      "force at the server or, with --packs "
                                      "or --pack, by pack files here. Ends with 3 when it would fail again.");
  line.positional("ID", 1, 1)
      .list("packs", "PATH", "pack files or folders to try; default with --pack: the packs that ship")
      .value("pack", "NAME", "the only pack to ask");
  if (const auto code = line.parse(arguments)) return *code;
  const Result<LetterClient> client = LetterClient::to(line);
  if (!client) return report_error(client.error());
  const bool here = line.has("packs") || line.has("pack");
  const Result<json::object> explanation =
      here ? explain_here(line, *client) : client->get_object(target_of(line.get("ID"), "/explain"));
  if (!explanation) return report_error(explanation.error());
  if (line.has("json")) {
    std::cout << json::serialize(*explanation) << '\n';
  } else {
    std::cout << fmt::format("letter {}: {}", printable(line.get("ID")),
                             letter_explanation_text(*explanation));
  }
  return explanation->at("decodes").as_bool() ? kExitOk : kExitNotFound;
}

}  // namespace

int run_dead_letters(const Arguments& arguments) {
  return run_subcommand("dead-letters",
                        {{"list", "messages that could not be read, newest first", run_list},
                         {"show", "one of them, with its bytes", run_show},
                         {"summary", "how many, by source and reason", run_summary},
                         {"top", "the most frequent shapes of message", run_top},
                         {"explain", "what decoding one comes to now", run_explain},
                         {"export", "write them as JSON or as they came", run_dead_letters_export},
                         {"replay", "have them read again after a fix", run_dead_letters_replay}},
                        arguments);
}

}  // namespace countersign
