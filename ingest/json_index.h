// SPDX-License-Identifier: Apache-2.0
// Which shapes of JSON an event may have: those whose first condition holds, found in one walk over memory
// that lies together, so that the number of packs hardly matters. Immutable; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "ingest/pack_program.h"

namespace countersign {

class JsonIndex {
 public:
  struct Entry {
    const Pack* pack = nullptr;
    const Shape* shape = nullptr;
  };

  /// `packs` in the order of trying; they outlive the index.
  explicit JsonIndex(std::span<const std::unique_ptr<const Pack>> packs);

  /// The number of the first shape from `from` on that `event` may have; size() when there is none.
  std::uint32_t next(std::uint32_t from, const Event& event) const {
    for (std::size_t i = from < first_.size() ? first_[from] : probes_.size(); i < probes_.size(); ++i)
      if (probes_[i].always || event.has(probes_[i].field)) return probes_[i].shape;
    return size();
  }
  const Entry& operator[](std::uint32_t number) const { return shapes_[number]; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(shapes_.size()); }

 private:
  /// One alternative of a shape: the field that it asks for first.
  struct Probe {
    FieldKey field;
    bool always = false;  // it asks for no field
    std::uint32_t shape = 0;
  };

  std::vector<Entry> shapes_;
  std::vector<Probe> probes_;         // by shape
  std::vector<std::uint32_t> first_;  // by shape: its first probe
};

}  // namespace countersign
