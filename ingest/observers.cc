// SPDX-License-Identifier: Apache-2.0
#include "ingest/observers.h"

#include <algorithm>

#include "core/case_fold.h"

namespace countersign {

void ObservedValues::add(const std::string& field, const std::string& value) {
  const auto known =
      std::ranges::find_if(fields_, [&field](const FieldKey& key) { return key.name == field; });
  const auto place = static_cast<std::size_t>(known - fields_.begin());
  if (known == fields_.end()) {
    fields_.emplace_back(field);
    places_.emplace_back();
  }
  if (places_[place].emplace(case_fold(value), values_.size()).second) values_.push_back({field, value});
}

const std::size_t* ObservedValues::find(std::size_t field, const std::string& folded) const {
  const auto found = places_[field].find(folded);
  return found == places_[field].end() ? nullptr : &found->second;
}

ObserverCounter::ObserverCounter(std::shared_ptr<const ObservedValues> values) : values_(std::move(values)) {
  if (values_ != nullptr) counts_.resize(values_->values().size());
}

void ObserverCounter::count(const Event& event) {
  if (values_ == nullptr) return;
  for (std::size_t field = 0; field < values_->fields().size(); ++field) {
    event.each(values_->fields()[field], [&](const Value& value) {
      folded_.clear();
      case_fold_append(value.text, folded_);
      const std::size_t* place = values_->find(field, folded_);
      if (place == nullptr) return true;
      ObserverCount& count = counts_[*place];
      count.last = count.events == 0 ? event.time() : std::max(count.last, event.time());
      ++count.events;
      return true;
    });
  }
}

std::vector<ObserverCount> ObserverCounter::take() {
  std::vector<ObserverCount> out;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i].events == 0) continue;
    out.push_back(std::move(counts_[i]));
    out.back().field = values_->values()[i].field;
    out.back().value = values_->values()[i].value;
    counts_[i] = {};
  }
  return out;
}

}  // namespace countersign
