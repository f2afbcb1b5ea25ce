// SPDX-License-Identifier: Apache-2.0
#include "ingest/text_parser.h"

#include <utility>

#include "core/invariant.h"
#include "ingest/formats/cef.h"
#include "ingest/formats/event_xml.h"

namespace countersign {

std::string_view TextLine::part(TextPart part) const {
  if (!header) return text;
  switch (part) {
    case TextPart::Message: return header->message;
    case TextPart::Tagged: return header->tagged;
    case TextPart::Line: return text;
  }
  return text;
}

TextRead read_text(const Parser& parser, std::string_view text, const DecodeLimits& limits,
                   std::uint16_t depth, PairNames* names, Event& event) {
  if (!parser.after.empty()) {
    const std::size_t at = text.find(parser.after);
    if (at == std::string_view::npos) return {false, {}};
    text.remove_prefix(at + parser.after.size());
  }
  TextFields fields(event, limits, depth, names);
  switch (parser.format) {
    case MessageFormat::KeyValue: return read_key_values(text, parser.key_value, fields);
    case MessageFormat::Cef: return read_cef(text, fields);
    case MessageFormat::Leef: return read_leef(text, fields);
    case MessageFormat::Csv: return read_csv(text, parser.csv, fields);
    case MessageFormat::Regex: return parser.patterns->read(text, fields);
    case MessageFormat::EventXml: {
      // A syslog header may stand in front of it.
      const std::size_t start = text.find("<Event");
      if (start == std::string_view::npos) return {false, {}};
      return {true, read_event_xml(text.substr(start), limits, event)};
    }
    case MessageFormat::Json: break;
  }
  invariant(false);  // the index of text shapes holds no JSON
  return {false, {}};
}

}  // namespace countersign
