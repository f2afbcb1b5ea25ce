// SPDX-License-Identifier: Apache-2.0
// The yardstick of script/bench: simdjson On-Demand over every value of every line of a file in memory,
// nothing else. Prints {"events","values","bytes","cpu_seconds"}; the sum of string lengths keeps the
// compiler from leaving work out.
#include <sys/resource.h>

#include <cstring>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <simdjson.h>

namespace {

namespace ondemand = simdjson::ondemand;

struct Walk {
  std::uint64_t values = 0;
  std::uint64_t text_bytes = 0;

  void visit(ondemand::value value) {
    switch (value.type()) {
      case ondemand::json_type::object:
        for (auto field : value.get_object()) {
          text_bytes += std::string_view(field.unescaped_key()).size();
          visit(field.value());
        }
        break;
      case ondemand::json_type::array:
        for (auto element : value.get_array()) visit(element.value());
        break;
      case ondemand::json_type::string: text_bytes += std::string_view(value.get_string()).size(); break;
      case ondemand::json_type::number:
        text_bytes += ondemand::number(value.get_number()).is_int64() ? 1 : 0;
        break;
      case ondemand::json_type::boolean: text_bytes += bool(value.get_bool()) ? 1 : 0; break;
      case ondemand::json_type::null: text_bytes += value.is_null() ? 1 : 0; break;
    }
    ++values;
  }
};

double cpu_seconds() {
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: simdjson_walk FILE\n";
    return 2;
  }
  std::ifstream file(argv[1], std::ios::binary | std::ios::ate);
  const std::streamoff size = file.tellg();
  if (!file || size < 0) {
    std::cerr << "simdjson_walk: cannot read " << argv[1] << '\n';
    return 1;
  }
  const auto bytes = static_cast<std::size_t>(size);
  std::string text(bytes + simdjson::SIMDJSON_PADDING, '\0');
  file.seekg(0);
  file.read(text.data(), size);
  ondemand::parser parser;
  Walk walk;
  std::uint64_t events = 0;
  const double start = cpu_seconds();
  for (std::size_t at = 0; at < bytes;) {
    const void* end = std::memchr(text.data() + at, '\n', bytes - at);
    const std::size_t stop =
        end == nullptr ? bytes : static_cast<std::size_t>(static_cast<const char*>(end) - text.data());
    ondemand::document document = parser.iterate(text.data() + at, stop - at, text.size() - at);
    for (auto field : document.get_object()) {
      walk.text_bytes += std::string_view(field.unescaped_key()).size();
      walk.visit(field.value());
    }
    ++events;
    at = stop + 1;
  }
  std::cout << fmt::format(R"({{"events":{},"values":{},"bytes":{},"text_bytes":{},"cpu_seconds":{:.6f}}})",
                           events, walk.values, bytes, walk.text_bytes, cpu_seconds() - start)
            << '\n';
  return 0;
}
