// SPDX-License-Identifier: Apache-2.0
// Values of fields whose events are counted by themselves: the observers and hosts that a register expects.
// Only registered values are counted, so that what messages hold makes nothing grow.
//
// ObservedValues is built once, then read by any thread. ObserverCounter belongs to one worker.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/event.h"
#include "core/report.h"

namespace countersign {

class ObservedValues {
 public:
  /// Values compare without case, as Sigma strings do. A value that is there already changes nothing.
  void add(const std::string& field, const std::string& value);

  struct Value {
    std::string field;
    std::string value;  // as registered
  };
  const std::vector<Value>& values() const { return values_; }
  const std::vector<FieldKey>& fields() const { return fields_; }
  /// The place of a value in values(), by the place of its field in fields() and its folded text.
  const std::size_t* find(std::size_t field, const std::string& folded) const;

 private:
  std::vector<Value> values_;
  std::vector<FieldKey> fields_;
  std::vector<std::unordered_map<std::string, std::size_t>> places_;  // by field
};

class ObserverCounter {
 public:
  /// Null: nothing is counted.
  explicit ObserverCounter(std::shared_ptr<const ObservedValues> values);

  void count(const Event& event);
  /// What was counted since the last take, in the order of registration.
  std::vector<ObserverCount> take();

 private:
  std::shared_ptr<const ObservedValues> values_;
  std::vector<ObserverCount> counts_;  // as values(); events 0: not seen
  std::string folded_;
};

}  // namespace countersign
