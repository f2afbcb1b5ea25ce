// SPDX-License-Identifier: Apache-2.0
#include "rules/yaml_reader.h"

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>
#include <unordered_set>

#include <fmt/core.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "core/limits.h"
#include "rules/yaml_hint.h"

namespace countersign {
namespace {

/// Leaves the parser from inside a callback; never leaves this file.
struct Refusal {
  std::string_view code;
  Position where;
  std::string message;
  std::string hint;
};

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

/// yaml-cpp counts lines from 0 and columns in bytes; we count both from 1 and columns in characters.
class Places {
 public:
  Places(std::string_view text, int first_line) : text_(text), first_line_(first_line) {
    starts_.push_back(0);
    for (std::size_t i = 0; i < text.size(); ++i)
      if (text[i] == '\n') starts_.push_back(i + 1);
  }

  /// Marks come in ascending order within a line, hence counting goes on from the last one: else a long line
  /// would cost its square.
  Position at(const YAML::Mark& mark) {
    if (mark.line < 0 || static_cast<std::size_t>(mark.line) >= starts_.size()) return {first_line_, 1};
    const std::size_t target = offset_of(mark);
    if (mark.line != last_line_ || target < last_offset_) {
      last_line_ = mark.line;
      last_offset_ = starts_[static_cast<std::size_t>(mark.line)];
      last_column_ = 1;
    }
    for (; last_offset_ < target; ++last_offset_)
      if (!is_continuation(text_[last_offset_])) ++last_column_;
    return {first_line_ + mark.line, last_column_};
  }

  /// What the author may have meant at the mark.
  std::string hint_at(const YAML::Mark& mark) const {
    if (mark.line < 0 || static_cast<std::size_t>(mark.line) >= starts_.size()) return {};
    const std::size_t start = starts_[static_cast<std::size_t>(mark.line)];
    const std::string_view line = text_.substr(start, text_.find('\n', start) - start);
    return yaml_hint(line, offset_of(mark) - start);
  }

  /// What stands at the mark and behind it.
  std::string_view text_at(const YAML::Mark& mark) const {
    if (mark.line < 0 || static_cast<std::size_t>(mark.line) >= starts_.size()) return {};
    return text_.substr(offset_of(mark));
  }

 private:
  std::size_t offset_of(const YAML::Mark& mark) const {
    return std::min(text_.size(),
                    starts_[static_cast<std::size_t>(mark.line)] + static_cast<std::size_t>(mark.column));
  }

  std::string_view text_;
  int first_line_;
  std::vector<std::size_t> starts_;
  int last_line_ = -1;
  std::size_t last_offset_ = 0;
  int last_column_ = 1;
};

/// Whether a null is written out, and not just left empty.
bool is_written_null(std::string_view text) {
  for (const std::string_view form : {"~", "null", "Null", "NULL"})
    if (text.starts_with(form)) {
      const std::string_view behind = text.substr(form.size(), 1);
      return behind.empty() || std::string_view(" \t\r\n,]}#").find(behind) != std::string_view::npos;
    }
  return false;
}

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(Places& places, Findings& findings) : places_(places), findings_(findings) {}

  std::optional<YamlNode> take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (root_)
      throw Refusal{"yaml.syntax", places_.at(mark), "text after the end of the document",
                    "separate documents with a line ---"};
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    YamlNode node;
    node.plain = is_written_null(places_.text_at(mark));
    node.where = places_.at(mark);
    complete(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end())
      throw Refusal{"yaml.alias", places_.at(mark), "an alias stands inside the node that it names", ""};
    if (stack_.size() + depth_of(found->second) > kNestingMax) refuse_depth(places_.at(mark));
    count(count_nodes(found->second), places_.at(mark));
    complete(YamlNode(found->second), 0);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode node;
    node.kind = YamlNode::Kind::Scalar;
    node.where = places_.at(mark);
    check_tag(tag, "tag:yaml.org,2002:str", node.where);
    node.plain = tag == "?";
    const std::string_view written = places_.text_at(mark);
    node.block = !node.plain && (written.starts_with('|') || written.starts_with('>'));
    node.text = value;
    complete(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(YamlNode::Kind::Sequence, mark, tag, "tag:yaml.org,2002:seq", anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(YamlNode::Kind::Map, mark, tag, "tag:yaml.org,2002:map", anchor);
  }
  void OnMapEnd() override {
    check_keys(stack_.back().node);
    close();
  }

 private:
  struct Open {
    YamlNode node;
    YAML::anchor_t anchor = 0;
  };

  static std::size_t depth_of(const YamlNode& node) {
    std::size_t deepest = 0;
    for (const YamlNode& item : node.items) deepest = std::max(deepest, depth_of(item));
    return deepest + 1;
  }

  static void check_tag(const std::string& tag, std::string_view accepted, Position where) {
    if (tag.empty() || tag == "?" || tag == "!" || tag == accepted) return;
    throw Refusal{"yaml.tag", where, fmt::format("the YAML tag `{}` is not used in Sigma", tag),
                  "remove the tag; quote a value that must be a text"};
  }

  [[noreturn]] static void refuse_depth(Position where) {
    throw Refusal{"yaml.too_deep", where, fmt::format("nested deeper than {} levels", kNestingMax), ""};
  }

  void count(std::size_t nodes, Position where) {
    nodes_ += nodes;
    if (nodes_ > kYamlNodesMax)
      throw Refusal{"yaml.too_large", where,
                    fmt::format("more than {} nodes, aliases counted where they are used", kYamlNodesMax),
                    "split the document"};
  }

  void open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag, std::string_view accepted,
            YAML::anchor_t anchor) {
    const Position where = places_.at(mark);
    check_tag(tag, accepted, where);
    if (stack_.size() >= kNestingMax) refuse_depth(where);
    Open opened;
    opened.node.kind = kind;
    opened.node.where = where;
    opened.anchor = anchor;
    stack_.push_back(std::move(opened));
  }

  void close() {
    Open opened = std::move(stack_.back());
    stack_.pop_back();
    complete(std::move(opened.node), opened.anchor);
  }

  void complete(YamlNode node, YAML::anchor_t anchor) {
    count(1, node.where);
    if (anchor != 0) {
      count(count_nodes(node), node.where);  // the copy that is kept for aliases
      anchors_[anchor] = node;
    }
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    YamlNode& parent = stack_.back().node;
    if (parent.is_map() && parent.keys.size() == parent.items.size()) {
      add_key(parent, std::move(node));
      return;
    }
    // The place of an empty value is where the next token starts: its key is the better place.
    if (parent.is_map() && node.is_null() && !node.plain) node.where = parent.keys.back().where;
    parent.items.push_back(std::move(node));
  }

  void add_key(YamlNode& map, YamlNode key) {
    if (key.is_null()) {
      key.kind = YamlNode::Kind::Scalar;
      findings_.add("yaml.key", key.where, "a key is empty or null", "give it a name, or quote it");
    } else if (!key.is_scalar()) {
      throw Refusal{"yaml.key", key.where, fmt::format("a key is {}, not a text", kind_name(key)), ""};
    }
    if (key.plain && key.text == "<<")
      findings_.add("yaml.merge_key", key.where, "the YAML merge key << is not supported",
                    "write the merged keys out");
    map.keys.push_back(std::move(key));
  }

  void check_keys(const YamlNode& map) {
    std::unordered_set<std::string_view> seen;
    for (const YamlNode& key : map.keys) {
      if (!seen.insert(key.text).second)
        findings_.add("yaml.duplicate_key", key.where,
                      fmt::format("the key `{}` stands twice in this map", key.text),
                      "most readers keep only the last one; merge the two or rename one");
    }
  }

  Places& places_;
  Findings& findings_;
  std::vector<Open> stack_;
  std::map<YAML::anchor_t, YamlNode> anchors_;
  std::optional<YamlNode> root_;
  std::size_t nodes_ = 0;
};

/// The only place that runs yaml-cpp and catches what it throws.
std::optional<YamlNode> parse_document(std::string_view text, int first_line, Findings& findings) {
  Places places(text, first_line);
  const std::size_t errors_before = findings.errors();
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    TreeBuilder builder(places, findings);
    while (parser.HandleNextDocument(builder)) {
    }
    std::optional<YamlNode> root = builder.take_root();
    if (findings.errors() != errors_before) return std::nullopt;
    if (!root) findings.add("yaml.syntax", {first_line, 1}, "no YAML document could be read here");
    return root;
  } catch (const Refusal& refusal) {
    findings.add(refusal.code, refusal.where, refusal.message, refusal.hint);
  } catch (const YAML::Exception& error) {
    findings.add("yaml.syntax", places.at(error.mark), error.msg, places.hint_at(error.mark));
  } catch (const std::exception& error) {
    findings.add("yaml.syntax", {first_line, 1}, error.what());
  }
  return std::nullopt;
}

struct Chunk {
  std::string_view text;
  int first_line = 1;
};

bool is_marker(std::string_view line, std::string_view marker) {
  if (!line.starts_with(marker)) return false;
  return line.size() == marker.size() || line[marker.size()] == ' ' || line[marker.size()] == '\t' ||
         line[marker.size()] == '\r';
}

/// True when the line holds more than blanks, a comment or a directive.
bool has_content(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t\r");
  return first != std::string_view::npos && line[first] != '#' && line.front() != '%';
}

/// YAML forbids document markers at the start of a line anywhere but between documents, therefore cutting
/// there is exact; an error in one document then leaves the others readable.
std::vector<Chunk> split_documents(std::string_view text) {
  std::vector<Chunk> chunks;
  std::size_t begin = 0;
  int begin_line = 1;
  bool content = false;
  bool marked = false;
  const auto cut = [&](std::size_t end, int next_line) {
    if (content) chunks.push_back({text.substr(begin, end - begin), begin_line});
    begin = end;
    begin_line = next_line;
    content = marked = false;
  };
  int line_number = 1;
  for (std::size_t start = 0; start < text.size(); ++line_number) {
    const std::size_t newline = text.find('\n', start);
    const std::size_t end = newline == std::string_view::npos ? text.size() : newline + 1;
    const std::string_view line =
        text.substr(start, (newline == std::string_view::npos ? end : newline) - start);
    if (is_marker(line, "---")) {
      if (content || marked) cut(start, line_number);
      marked = true;
      content = has_content(line.substr(3));
    } else if (is_marker(line, "...")) {
      cut(end, line_number + 1);
    } else {
      content = content || has_content(line);
    }
    start = end;
  }
  cut(text.size(), line_number);
  return chunks;
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (keys[i].text == key) return &items[i];
  return nullptr;
}

std::size_t count_nodes(const YamlNode& node) {
  std::size_t count = 1 + node.keys.size();
  for (const YamlNode& item : node.items) count += count_nodes(item);
  return count;
}

std::string_view kind_name(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::Null: return "null";
    case YamlNode::Kind::Scalar: return "a single value";
    case YamlNode::Kind::Sequence: return "a list";
    case YamlNode::Kind::Map: return "a map";
  }
  return "";
}

Position position_in(const YamlNode& scalar, std::size_t offset) {
  if (scalar.block || offset > scalar.text.size() || scalar.text.find('\n') != std::string::npos)
    return scalar.where;
  int column = scalar.where.column + (scalar.plain ? 0 : 1);
  for (std::size_t i = 0; i < offset; ++i)
    if (!is_continuation(scalar.text[i])) ++column;
  return {scalar.where.line, column};
}

std::vector<YamlDocument> read_yaml(std::string_view text, Findings& findings) {
  std::vector<YamlDocument> documents;
  for (const Chunk& chunk : split_documents(text)) {
    YamlDocument document;
    document.text = chunk.text;
    document.first_line = chunk.first_line;
    if (std::optional<YamlNode> root = parse_document(chunk.text, chunk.first_line, findings)) {
      document.readable = true;
      document.root = std::move(*root);
    }
    documents.push_back(std::move(document));
  }
  return documents;
}

}  // namespace countersign
