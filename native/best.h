// The best of a row of scores in the making.
#pragma once

#include <cstddef>
#include <cstdint>

#include "rows.h"

namespace unrolled::UNROLLED_ISA {

// At most `k`; `scores` is in descending order.
struct Best {
  std::size_t k, count;
  std::int64_t* ids;
  float* scores;

  // What a score has to exceed to be one of them.
  float least() const { return count == k ? scores[k - 1] : -infinity; }

  // Of equal scores the first that came stays ahead.
  void add(float score, std::size_t id) {
    std::size_t at = count < k ? count++ : k - 1;
    for (; at > 0 && scores[at - 1] < score; --at) scores[at] = scores[at - 1], ids[at] = ids[at - 1];
    scores[at] = score;
    ids[at] = static_cast<std::int64_t>(id);
  }
};

}  // namespace unrolled::UNROLLED_ISA
