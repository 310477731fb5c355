// Weights rearranged once a call, so that a tile reads them in one straight line.
#pragma once

#include <algorithm>
#include <cstddef>

#include "transpose.h"

namespace unrolled::UNROLLED_ISA {

// Row-major weights (…, K): `lanes` rows from `rows`, `stride` floats apart, become column `s` of a panel (K, S, width):
// panel[k][s][lane] = rows[lane·stride + k]. What stands in lanes that do not exist is of no use to
// anyone.
template <class V>
void pack_rows(const float* rows, std::size_t stride, std::size_t lanes, std::size_t K, float* panel, std::size_t s,
               std::size_t S) {
  float* out = panel + s * V::width;
  const float* const at[] = {rows};
  for_each_column<V, 1>(at, stride, lanes, K, [&](int, std::size_t k, auto count, const auto& columns) {
    for (std::size_t i = 0; i < count; ++i) columns[V::quad - count + i].store(out + (k + i) * S * V::width);
  });
}

// Row-major weights (K, columns): `lanes` columns from `from` become column `s` of a panel (K, S, width).
template <class V>
void pack_columns(const float* from, std::size_t stride, std::size_t lanes, std::size_t K, float* panel, std::size_t s,
                  std::size_t S) {
  constexpr std::size_t W = V::width;
  float* out = panel + s * W;
  for (std::size_t k = 0; k < K; ++k) V::load(from + k * stride, std::min(lanes, W)).store(out + k * S * W);
}

// How `vectors` columns are dealt out to panels of at most `most`: as many in each as can be, in a multiple of `threads`
// panels where every thread gets its own.
struct Panels {
  std::size_t vectors, count;

  Panels(std::size_t vectors, std::size_t most, std::size_t threads) : vectors(vectors) {
    count = (vectors + most - 1) / most;
    count = std::min((count + threads - 1) / threads * threads, vectors);
  }
  std::size_t begin(std::size_t panel) const { return count == 0 ? 0 : vectors * panel / count; }
  std::size_t size(std::size_t panel) const { return begin(panel + 1) - begin(panel); }
};

}  // namespace unrolled::UNROLLED_ISA
