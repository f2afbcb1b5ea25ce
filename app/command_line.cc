// SPDX-License-Identifier: Apache-2.0
#include "app/command_line.h"

#include <algorithm>
#include <charconv>
#include <iostream>

#include <fmt/format.h>
#include <boost/program_options.hpp>

namespace countersign {
namespace {

namespace po = boost::program_options;

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::InvalidArgument: return kExitWrongUse;
    case ErrorKind::NotFound: return kExitNotFound;
    case ErrorKind::Conflict: return kExitConflict;
    case ErrorKind::Denied: return kExitNotPermitted;
    case ErrorKind::Unavailable: return kExitTryAgain;
    case ErrorKind::Malformed:
    case ErrorKind::Unsupported:
    case ErrorKind::LimitExceeded:
    case ErrorKind::Corrupt:
    case ErrorKind::Internal: return kExitFailed;
  }
  return kExitFailed;
}

int report_error(const Error& error) {
  std::cerr << "countersign: " << error.message << '\n';
  for (const FieldError& field : error.fields)
    std::cerr << "  " << field.field << ": " << field.message << '\n';
  return exit_code(error.kind);
}

std::string suggestion(std::string_view word, const std::vector<std::string>& known) {
  std::string best;
  std::size_t best_distance = 3;
  for (const std::string& candidate : known) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

CommandLine::CommandLine(std::string usage, std::string summary)
    : usage_(std::move(usage)), summary_(std::move(summary)) {}

CommandLine& CommandLine::flag(const std::string& name, const std::string& help) {
  options_.push_back({name, Kind::Flag, "", help});
  return *this;
}

CommandLine& CommandLine::value(const std::string& name, const std::string& placeholder,
                                const std::string& help) {
  options_.push_back({name, Kind::Value, placeholder, help});
  return *this;
}

CommandLine& CommandLine::list(const std::string& name, const std::string& placeholder,
                               const std::string& help) {
  options_.push_back({name, Kind::List, placeholder, help});
  return *this;
}

CommandLine& CommandLine::positional(const std::string& name, std::size_t least, std::size_t most) {
  positional_ = name;
  positional_least_ = least;
  positional_most_ = most;
  return *this;
}

void CommandLine::print_help() const {
  std::cout << "usage: countersign " << usage_ << "\n\n" << summary_ << "\n\noptions:\n";
  for (const Option& option : options_) {
    const std::string form =
        fmt::format("--{}{}{}", option.name, option.placeholder.empty() ? "" : " ", option.placeholder);
    std::cout << fmt::format("  {:<28} {}{}\n", form, option.help,
                             option.kind == Kind::List ? " (may be repeated)" : "");
  }
  std::cout << fmt::format("  {:<28} {}\n", "--help, -h", "this text");
}

int CommandLine::wrong_use(const std::string& problem) const {
  std::cerr << "countersign: " << problem << "\nusage: countersign " << usage_ << '\n';
  return kExitWrongUse;
}

std::optional<int> CommandLine::parse(const Arguments& arguments) {
  po::options_description described;
  auto add = described.add_options();
  add("help,h", "");
  for (const Option& option : options_) {
    switch (option.kind) {
      case Kind::Flag: add(option.name.c_str(), option.help.c_str()); break;
      case Kind::Value: add(option.name.c_str(), po::value<std::string>(), option.help.c_str()); break;
      case Kind::List:
        add(option.name.c_str(), po::value<std::vector<std::string>>(), option.help.c_str());
        break;
    }
  }
  po::positional_options_description places;
  if (!positional_.empty()) {
    add(positional_.c_str(), po::value<std::vector<std::string>>(), "");
    places.add(positional_.c_str(), -1);
  }
  try {
    // No abbreviations of option names: a script must not break when an option is added.
    namespace style = po::command_line_style;
    const int accepted = style::allow_long | style::allow_short | style::short_allow_next |
                         style::allow_dash_for_short | style::long_allow_next | style::long_allow_adjacent;
    const po::parsed_options parsed =
        po::command_line_parser(arguments).options(described).positional(places).style(accepted).run();
    for (const po::option& option : parsed.options) {
      if (option.string_key == "help") {
        print_help();
        return kExitOk;
      }
      std::vector<std::string>& values = values_[option.string_key];
      values.insert(values.end(), option.value.begin(), option.value.end());
    }
  } catch (const po::unknown_option& problem) {
    std::vector<std::string> known;
    for (const Option& option : options_) known.push_back("--" + option.name);
    const std::string meant = suggestion(problem.get_option_name(), known);
    return wrong_use(fmt::format("unknown option {}{}", problem.get_option_name(),
                                 meant.empty() ? "" : fmt::format("; did you mean {}?", meant)));
  } catch (const po::error& problem) {
    return wrong_use(problem.what());
  }
  for (const Option& option : options_) {
    if (option.kind == Kind::Value && all(option.name).size() > 1) {
      return wrong_use(fmt::format("option --{} is given {} times, once is allowed", option.name,
                                   all(option.name).size()));
    }
  }
  const std::size_t given = positional_.empty() ? 0 : all(positional_).size();
  if (given < positional_least_) return wrong_use(fmt::format("{} is missing", positional_));
  if (given > positional_most_)
    return wrong_use(fmt::format("unexpected argument {}", all(positional_)[positional_most_]));
  return std::nullopt;
}

std::string CommandLine::get(const std::string& name, const std::string& fallback) const {
  const auto found = values_.find(name);
  return found == values_.end() || found->second.empty() ? fallback : found->second.back();
}

const std::vector<std::string>& CommandLine::all(const std::string& name) const {
  static const std::vector<std::string> none;
  const auto found = values_.find(name);
  return found == values_.end() ? none : found->second;
}

Result<std::uint64_t> CommandLine::number(const std::string& name, std::uint64_t fallback, std::uint64_t low,
                                          std::uint64_t high) const {
  if (!has(name)) return fallback;
  const std::string text = get(name);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < low || value > high) {
    return failure(ErrorKind::InvalidArgument,
                   fmt::format("--{}: {} is not a number from {} to {}", name, text, low, high));
  }
  return value;
}

}  // namespace countersign
