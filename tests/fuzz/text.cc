// SPDX-License-Identifier: Apache-2.0
// Any bytes for the readers of text formats, each alone, and for what people ask of a message: the first byte
// chooses the syntax of pairs and cells, the rest is the text. What does not fit adds nothing, values lie
// within bounds, a syslog header lies in the line, and a draft of a pack for any message loads.
#include <algorithm>
#include <array>
#include <string>

#include "core/message.h"
#include "ingest/formats/cef.h"
#include "ingest/formats/csv.h"
#include "ingest/formats/key_value.h"
#include "ingest/formats/syslog.h"
#include "ingest/formats/text_pattern.h"
#include "ingest/pack_draft.h"
#include "ingest/pack_loader.h"
#include "ingest/time_pattern.h"
#include "tests/fuzz/fuzzing.h"

namespace countersign::fuzz {
namespace {

const std::array<KeyValueSyntax, 4> kPairs = {KeyValueSyntax{"", "="}, KeyValueSyntax{", ", ": "},
                                              KeyValueSyntax{";", ":"}, KeyValueSyntax{"|", "="}};
const std::array<CsvSyntax, 3> kCells = {CsvSyntax{',', csv_columns({"a", "", "c"})},
                                         CsvSyntax{';', csv_columns({"a", "rest..."})}, CsvSyntax{'\t', {}}};

bool lies_in(std::string_view part, std::string_view text) {
  return part.empty() ||
         (part.data() >= text.data() && part.data() + part.size() <= text.data() + text.size());
}

template <class Reader>
void read(Event& event, Reader reader) {
  DecodeLimits limits;
  limits.fields_max = 64;
  event.clear();
  TextFields fields(event, limits);
  const TextRead done = reader(fields);
  invariant(done.fits || (event.fields().empty() && !done.failure));
  invariant(event.fields().size() <= limits.fields_max);
  for (const Field& field : event.fields())
    invariant(!field.name.empty() || field.value.text.size() < 1U << 20U);
}

/// With names that earlier texts have left behind, a line is read as without.
void remembered(std::string_view text, std::size_t choice) {
  static std::array<PairNames, kPairs.size()> names;
  static Event plain;
  static Event guessed;
  const DecodeLimits limits;
  plain.clear();
  guessed.clear();
  TextFields to_plain(plain, limits);
  TextFields to_guessed(guessed, limits, 0, &names[choice]);
  const bool read = !read_key_values(text, kPairs[choice], to_plain).failure;
  invariant(read == !read_key_values(text, kPairs[choice], to_guessed).failure);
  invariant(std::equal(plain.fields().begin(), plain.fields().end(), guessed.fields().begin(),
                       guessed.fields().end(), [](const Field& a, const Field& b) {
                         return a.name == b.name && a.hash == b.hash && a.value.text == b.value.text;
                       }));
}

void header(std::string_view text) {
  const auto parsed = parse_syslog(text);
  if (!parsed) return;
  for (const std::string_view part :
       {parsed->time, parsed->hostname, parsed->appname, parsed->procid, parsed->msgid,
        parsed->structured_data, parsed->message, parsed->tagged})
    invariant(lies_in(part, text));
  invariant(parsed->message.size() <= parsed->tagged.size() || parsed->rfc5424);
}

void draft(std::string_view text) {
  std::string padded(text);
  padded.resize(text.size() + kMessagePaddingBytes, '\0');
  const PackLoad load =
      load_pack_texts({{"draft.yml", draft_pack(std::string_view(padded).substr(0, text.size()))}});
  invariant(load.refused == 0 && load.findings.empty());
}

}  // namespace

void run(std::string_view input) {
  if (input.empty()) return;
  static Event event;
  static const auto patterns =
      *TextPatterns::compile({R"(^(?P<a>\S+) from (?P<b>[0-9.]+)$)", R"((?P<c>\w+)=)"});
  const CpuLimit limit;
  const auto choice = static_cast<unsigned char>(input.front());
  const std::string text(input.substr(1));
  read(event, [&](TextFields& fields) { return read_cef(text, fields); });
  read(event, [&](TextFields& fields) { return read_leef(text, fields); });
  read(event,
       [&](TextFields& fields) { return read_key_values(text, kPairs[choice % kPairs.size()], fields); });
  remembered(text, choice % kPairs.size());
  read(event, [&](TextFields& fields) { return read_csv(text, kCells[choice % kCells.size()], fields); });
  read(event, [&](TextFields& fields) { return patterns->read(text, fields); });
  header(text);
  const Timestamp reference{std::chrono::seconds{1'767'323'045}};
  (void)parse_rfc3164(text, {}, reference);
  (void)parse_filetime(text);
  (void)parse_zone_offset(text);
  const std::size_t bar = std::min(text.find('|'), text.size());
  if (!unknown_time_directive(text.substr(0, bar)))
    (void)parse_time_pattern(std::string_view(text).substr(std::min(bar + 1, text.size())),
                             text.substr(0, bar), {}, reference);
  if (choice % 8 == 0) draft(text);
}

}  // namespace countersign::fuzz
