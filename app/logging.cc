// SPDX-License-Identifier: Apache-2.0
#include "app/logging.h"

#include <memory>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "core/clock.h"
#include "core/json_text.h"

namespace countersign {
namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::Debug: return spdlog::level::debug;
    case LogLevel::Info: return spdlog::level::info;
    case LogLevel::Warn: return spdlog::level::warn;
    case LogLevel::Error: return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::Debug: return "debug";
    case LogLevel::Info: return "info";
    case LogLevel::Warn: return "warn";
    case LogLevel::Error: return "error";
  }
  return "error";
}

std::string json_line(LogLevel level, std::string_view message, const std::vector<LogField>& fields) {
  std::string line = R"({"time":")" + format_rfc3339_millis(SystemClock().now()) + R"(","level":")";
  line += name_of(level);
  line += R"(","message":)";
  append_json_string(message, line);
  for (const LogField& field : fields) {
    line.push_back(',');
    append_json_string(field.key, line);
    line.push_back(':');
    append_json_string(field.value, line);
  }
  line.push_back('}');
  return line;
}

// Values are quoted like JSON strings, so that hostile text cannot begin a line of its own.
std::string text_line(LogLevel level, std::string_view message, const std::vector<LogField>& fields) {
  std::string line = format_rfc3339_millis(SystemClock().now()) + " ";
  line += name_of(level);
  line.push_back(' ');
  const std::string quoted = json_string(message);
  line += std::string_view(quoted).substr(1, quoted.size() - 2);
  for (const LogField& field : fields) {
    line.push_back(' ');
    line += field.key;
    line.push_back('=');
    append_json_string(field.value, line);
  }
  return line;
}

}  // namespace

LogSink make_log(const std::string& level, const std::string& format) {
  auto logger =
      std::make_shared<spdlog::logger>("countersign", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("%v");
  logger->set_level(spdlog::level::from_str(level));
  logger->flush_on(spdlog::level::info);
  const bool json = format == "json";
  return [logger, json](LogLevel at, std::string_view message, const std::vector<LogField>& fields) {
    if (!logger->should_log(to_spdlog(at))) return;
    logger->log(to_spdlog(at), "{}", json ? json_line(at, message, fields) : text_line(at, message, fields));
  };
}

}  // namespace countersign
