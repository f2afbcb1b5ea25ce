// SPDX-License-Identifier: Apache-2.0
// `countersign alerts …`: what a person does with alerts, through the API and as that person.
#include <iostream>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "app/api_call.h"
#include "app/commands/commands.h"
#include "app/explanation_reader.h"
#include "app/explanation_text.h"
#include "app/terminal.h"

namespace countersign {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || value->is_null()) return "–";
  return value->is_string() ? printable(value->as_string()) : json::serialize(*value);
}

std::string owner_of(const json::object& alert) {
  const json::value* owner = alert.if_contains("owner");
  if (owner == nullptr || !owner->is_object()) return "–";
  const std::string name = text_of(owner->as_object(), "name");
  return name == "–" ? text_of(owner->as_object(), "id") : name;
}

Result<HttpAnswer> get(const CommandLine& line, const std::string& target) {
  const Result<ApiCall> call = ApiCall::as_person(line.get("server", kDefaultServer));
  if (!call) return failure(call.error());
  return call->send("GET", target);
}

Result<json::object> parsed(const Result<HttpAnswer>& answer) {
  if (!answer) return failure(answer.error());
  json::error_code error;
  json::value value = json::parse(answer->body, error);
  if (error || !value.is_object())
    return failure(ErrorKind::Internal, "the server's answer is not a JSON object");
  return std::move(value.as_object());
}

const json::array& items_of(const json::object& page) {
  static const json::array none;
  const json::value* items = page.if_contains("items");
  return items != nullptr && items->is_array() ? items->as_array() : none;
}

int run_list(const Arguments& arguments) {
  CommandLine line =
      line_with_server("alerts list [--filter TEXT] [--sort ORDER] [--limit N] [--all] [--json]",
                       "Lists alerts, worst first. A filter looks like: severity>=high owner:me state:open "
                       "host.name:\"fw-1\" created>-24h -verdict:false_positive");
  line.value("filter", "TEXT", "which alerts; default state:open")
      .value("sort", "ORDER", "triage, due, created or -created; default triage")
      .value("limit", "N", "rows of a page, at most 200; default 50")
      .flag("all", "go on to the last page");
  if (const auto code = line.parse(arguments)) return *code;
  const Result<std::uint64_t> limit = line.number("limit", 50, 1, 200);
  if (!limit) return report_error(limit.error());
  std::string target = fmt::format("/api/v1/alerts?limit={}&filter={}", *limit,
                                   percent_encoded(line.get("filter", "state:open")));
  if (line.has("sort")) target += "&sort=" + percent_encoded(line.get("sort"));
  std::string cursor;
  std::size_t rows = 0;
  do {
    const Result<HttpAnswer> answer =
        get(line, cursor.empty() ? target : target + "&cursor=" + percent_encoded(cursor));
    const Result<json::object> page = parsed(answer);
    if (!page) return report_error(page.error());
    for (const json::value& item : items_of(*page)) {
      const json::object& alert = item.as_object();
      ++rows;
      if (line.has("json")) {
        std::cout << json::serialize(alert) << '\n';
      } else {
        std::cout << fmt::format("{:<14} {:<13} {:<20} {:<16} {:>7}  {}\n", text_of(alert, "id"),
                                 text_of(alert, "severity"), text_of(alert, "status"), owner_of(alert),
                                 text_of(alert, "count"), text_of(alert, "title"));
      }
    }
    const json::value* next = page->if_contains("next_cursor");
    cursor = next != nullptr && next->is_string() ? std::string(next->as_string()) : "";
  } while (!cursor.empty() && line.has("all"));
  if (!cursor.empty()) std::cerr << "more alerts follow: --all, or a narrower --filter\n";
  return rows == 0 ? kExitNotFound : kExitOk;
}

const std::string kShowIndent(18, ' ');

/// A value for reading: one line an element; `field value` for what has a field and a value.
std::string readable(const json::value& value) {
  if (value.is_string()) {
    const std::string text = printable(value.as_string());
    return text.substr(0, text.find_last_not_of('\n') + 1);
  }
  std::string out;
  if (const json::array* elements = value.if_array()) {
    for (const json::value& element : *elements) out += (out.empty() ? "" : "\n") + readable(element);
    return out;
  }
  if (const json::object* members = value.if_object()) {
    if (members->contains("field") && members->contains("value")) {
      return fmt::format("{} = {}", text_of(*members, "field"), text_of(*members, "value"));
    }
    for (const auto& [key, member] : *members) {
      out += fmt::format("{}{} {}", out.empty() ? "" : "\n", std::string_view(key), readable(member));
    }
    return out;
  }
  return json::serialize(value);
}

void print_alert(const json::object& alert) {
  for (const auto& [key, value] : alert) {
    if (value.is_null() || (value.is_array() && value.as_array().empty())) continue;
    std::string text = readable(value);
    for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1)) {
      text.insert(at + 1, kShowIndent);
    }
    std::cout << fmt::format("{:<{}}{}\n", std::string_view(key), kShowIndent.size(), text);
  }
}

int run_show(const Arguments& arguments) {
  CommandLine line = line_with_server("alerts show ID [--json]", "Shows one alert.");
  line.positional("ID", 1, 1);
  if (const auto code = line.parse(arguments)) return *code;
  const Result<HttpAnswer> answer = get(line, "/api/v1/alerts/" + percent_encoded(line.get("ID")));
  const Result<json::object> alert = parsed(answer);
  if (!alert) return report_error(alert.error());
  if (line.has("json")) {
    std::cout << answer->body << '\n';
  } else {
    print_alert(*alert);
  }
  return kExitOk;
}

int run_history(const Arguments& arguments) {
  CommandLine line =
      line_with_server("alerts history ID [--json]", "Who did what to an alert, oldest first.");
  line.positional("ID", 1, 1);
  if (const auto code = line.parse(arguments)) return *code;
  const std::string target =
      fmt::format("/api/v1/alerts/{}/history?limit=200", percent_encoded(line.get("ID")));
  std::string cursor;
  do {
    const Result<HttpAnswer> answer =
        get(line, cursor.empty() ? target : target + "&cursor=" + percent_encoded(cursor));
    const Result<json::object> page = parsed(answer);
    if (!page) return report_error(page.error());
    for (const json::value& item : items_of(*page)) {
      const json::object& row = item.as_object();
      if (line.has("json")) {
        std::cout << json::serialize(row) << '\n';
        continue;
      }
      const json::object& actor = row.at("actor").as_object();
      const std::string name = text_of(actor, "name");
      std::cout << fmt::format("{}  {:<22} {:<16} {} → {}  {}\n", text_of(row, "at"), text_of(row, "type"),
                               name == "–" ? text_of(actor, "id") : name, text_of(row, "status_before"),
                               text_of(row, "status_after"), text_of(row, "text"));
    }
    const json::value* next = page->if_contains("next_cursor");
    cursor = next != nullptr && next->is_string() ? std::string(next->as_string()) : "";
  } while (!cursor.empty());
  return kExitOk;
}

int run_events(const Arguments& arguments) {
  CommandLine line = line_with_server(
      "alerts events ID", "The events kept with an alert: the five smallest and largest by time. JSON.");
  line.positional("ID", 1, 1);
  if (const auto code = line.parse(arguments)) return *code;
  const Result<HttpAnswer> answer =
      get(line, fmt::format("/api/v1/alerts/{}/events", percent_encoded(line.get("ID"))));
  if (!answer) return report_error(answer.error());
  std::cout << answer->body << '\n';
  return kExitOk;
}

/// Why the rule matched the event that opened the alert, and which rule it is.
Result<std::string> explain_text(const json::object& alert) {
  std::string out = fmt::format("{}: ", text_of(alert, "alert"));
  if (const json::value& pack = alert.at("pack"); pack.is_string()) {
    return out + fmt::format(
                     "the product raised it itself; its events were read by the pack {}\n"
                     "  `countersign packs explain` says what the pack makes of them\n",
                     text_of(alert, "pack"));
  }
  if (const json::object* rule = alert.at("rule").if_object()) {
    const std::string loaded = text_of(*rule, "loaded");
    out += fmt::format("{}, rule {}{}\n", text_of(*rule, "title"), text_of(*rule, "id"),
                       loaded == "same"      ? ""
                       : loaded == "changed" ? ", which has been changed since"
                                             : ", which is not loaded any more");
  } else {
    out += fmt::format("an alert of the kind {}, which no rule opened\n", text_of(alert, "kind"));
  }
  const json::value& explanation = alert.at("explanation");
  if (explanation.is_null()) return out + "  why it was opened is not recorded\n";
  const Result<Explanation> read = read_explanation(json::serialize(explanation));
  if (!read) return failure(read.error());
  return out + printable(explanation_text(*read));
}

int run_explain(const Arguments& arguments) {
  CommandLine line =
      line_with_server("alerts explain ID [--json]",
                       "Why an alert was opened: every test of the rule with what its first event has.");
  line.positional("ID", 1, 1);
  if (const auto code = line.parse(arguments)) return *code;
  const Result<HttpAnswer> answer =
      get(line, fmt::format("/api/v1/alerts/{}/explain", percent_encoded(line.get("ID"))));
  const Result<json::object> alert = parsed(answer);
  if (!alert) return report_error(alert.error());
  if (line.has("json")) {
    std::cout << answer->body << '\n';
    return kExitOk;
  }
  const Result<std::string> text = explain_text(*alert);
  if (!text) return report_error(text.error());
  std::cout << *text;
  return kExitOk;
}

/// An option of an action: its name, the field of the request that it fills, and its help.
struct ActionOption {
  std::string name;
  std::string field;
  std::string placeholder;
  std::string help;
};

struct Action {
  std::string name;
  std::string summary;
  std::vector<ActionOption> options;
};

std::vector<ActionOption> decision_options() {
  return {{"verdict", "verdict", "VERDICT",
           "true_positive, benign, false_positive, duplicate, test, insufficient_data, managed_externally or "
           "disregard"},
          {"reason", "reason_code", "CODE",
           "confirmed_incident, suspicious_but_expected, incorrect_logic, inaccurate_data, "
           "authorised_change, known_tool "
           "or no_data"},
          {"rationale", "rationale", "TEXT", "why, in words"},
          {"duplicate-of", "duplicate_of", "ID", "the alert that it repeats (verdict duplicate)"},
          {"reference", "reference", "TEXT", "ticket or plan (verdicts managed_externally and test)"}};
}

int run_action(const Arguments& arguments, const Action& action) {
  std::string usage = fmt::format("alerts {} ID", action.name);
  for (const ActionOption& option : action.options)
    usage += fmt::format(" [--{} {}]", option.name, option.placeholder);
  CommandLine line = line_with_server(usage + " [--version N] [--json]", action.summary);
  for (const ActionOption& option : action.options) line.value(option.name, option.placeholder, option.help);
  line.value("version", "N",
             "act only if the alert is still at this version; default: the version it has now")
      .positional("ID", 1, 1);
  if (const auto code = line.parse(arguments)) return *code;
  const Result<std::uint64_t> wanted = line.number("version", 0, 1, ~0ULL);
  if (!wanted) return report_error(wanted.error());
  const Result<ApiCall> call = ApiCall::as_person(line.get("server", kDefaultServer));
  if (!call) return report_error(call.error());
  const std::string target = "/api/v1/alerts/" + percent_encoded(line.get("ID"));
  std::uint64_t version = *wanted;
  if (version == 0) {
    const Result<json::object> alert = parsed(call->send("GET", target));
    if (!alert) return report_error(alert.error());
    version = alert->at("version").to_number<std::uint64_t>();
  }
  json::object body;
  for (const ActionOption& option : action.options) {
    if (line.has(option.name)) body[option.field] = line.get(option.name);
  }
  const Result<HttpAnswer> answer =
      call->send("POST", target + ":" + action.name, json::serialize(body), version);
  const Result<json::object> receipt = parsed(answer);
  if (!receipt) return report_error(receipt.error());
  if (line.has("json")) {
    std::cout << answer->body << '\n';
  } else {
    const json::object& alert = receipt->at("alert").as_object();
    std::cout << fmt::format("{}  {}  owner {}  version {}  entry {}\n", text_of(alert, "id"),
                             text_of(alert, "status"), owner_of(alert), text_of(*receipt, "version"),
                             text_of(*receipt, "seq"));
  }
  return kExitOk;
}

int run_take(const Arguments& a) { return run_action(a, {"take", "Makes you the owner of an alert.", {}}); }
int run_assign(const Arguments& a) {
  return run_action(a, {"assign", "Makes somebody else the owner.", {{"to", "assignee", "LOGIN", "who"}}});
}
int run_release(const Arguments& a) {
  return run_action(a, {"release", "Gives an alert back to the queue.", {}});
}
int run_note(const Arguments& a) {
  return run_action(a, {"note", "Adds a note.", {{"text", "text", "TEXT", "the note"}}});
}
int run_hold(const Arguments& a) {
  return run_action(
      a, {"hold",
          "Puts an alert aside until a time. The review clock goes on.",
          {{"reason", "reason", "TEXT", "why"}, {"wake", "wake", "TIME", "until when, RFC 3339"}}});
}
int run_resume(const Arguments& a) { return run_action(a, {"resume", "Takes an alert out of hold.", {}}); }
int run_decide(const Arguments& a) {
  return run_action(a, {"decide", "Gives an alert a verdict; it stays open.", decision_options()});
}
int run_close(const Arguments& a) {
  return run_action(
      a, {"close", "Closes an alert: with a decision, or on the one that stands.", decision_options()});
}
int run_reopen(const Arguments& a) {
  return run_action(a, {"reopen", "Opens a closed alert again.", {{"reason", "reason", "TEXT", "why"}}});
}

}  // namespace

int run_alerts(const Arguments& arguments) {
  return run_subcommand("alerts",
                        {{"list", "list alerts, worst first", run_list},
                         {"show", "show one alert", run_show},
                         {"history", "who did what to an alert", run_history},
                         {"events", "the events kept with an alert", run_events},
                         {"explain", "why an alert was opened", run_explain},
                         {"take", "become the owner", run_take},
                         {"assign", "make somebody else the owner", run_assign},
                         {"release", "give back to the queue", run_release},
                         {"note", "add a note", run_note},
                         {"hold", "put aside until a time", run_hold},
                         {"resume", "take out of hold", run_resume},
                         {"decide", "give a verdict", run_decide},
                         {"close", "close, with a decision or on the one that stands", run_close},
                         {"reopen", "open a closed alert again", run_reopen}},
                        arguments);
}

}  // namespace countersign
