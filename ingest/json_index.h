// SPDX-License-Identifier: Apache-2.0
// Which shapes of JSON an event may have: those of which the event has the field that they ask for first.
// Each field of the event is looked up once, so that the number of packs hardly matters. Immutable; any
// thread.
#pragma once

#include <array>
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

  /// The shapes that an event may have.
  struct Candidates {
    std::vector<std::uint64_t> bits;  // by the number of a shape
    std::size_t fields = 0;           // that the event had: a wrapper may give it more
  };

  /// `packs` in the order of trying; they outlive the index.
  explicit JsonIndex(std::span<const std::unique_ptr<const Pack>> packs);

  /// Fills `out` for `event`.
  void find(const Event& event, Candidates& out) const;
  /// The first of `candidates` from `from` on; size() when there is none.
  std::uint32_t next(const Candidates& candidates, std::uint32_t from) const;

  const Entry& operator[](std::uint32_t number) const { return shapes_[number]; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(shapes_.size()); }

 private:
  /// A field and the shapes that ask for it first.
  struct Asked {
    FieldKey field;
    std::vector<std::uint32_t> shapes;
  };

  std::vector<Entry> shapes_;
  std::vector<std::uint64_t> always_;  // shapes that ask for no field
  std::vector<Asked> asked_;           // by hash
  std::array<std::uint64_t, 64>
      filter_{};  // a bit for twelve bits of a hash: none, nobody asks for the field
};

}  // namespace countersign
