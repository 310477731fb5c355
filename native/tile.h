// The heart of every product: a tile of R rows by S vectors of sums, held in registers from its first term to its last.
//
//   sum[r][s] += Σ_k rows[r][k] · panel[k][s]        k ascending, one fused multiply-add each
//
// Each sum is one lane of one accumulator: neither the number of rows beside it, nor where a sequence was cut, nor
// which thread had it can change a bit of it. `Sums` names the accumulators that the columns of the panel go to, so that
// GRU's n gate can keep the input's share and the state's share apart.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

#include "simd.h"

#define UNROLLED_INLINE inline __attribute__((always_inline))

namespace unrolled::UNROLLED_ISA {

// Which accumulator each column of weights adds to.
template <int... at>
struct Sums {
  static constexpr int count = sizeof...(at);
  static constexpr int index[sizeof...(at) == 0 ? 1 : sizeof...(at)] = {at...};
};

// panel (K, Map::count, width), as packing.h lays it out.
template <class V, class Map, int R, int S>
UNROLLED_INLINE void accumulate(V (&sum)[R][S], const float* const (&rows)[R], std::size_t K, const float* panel) {
  for (std::size_t k = 0; k < K; ++k, panel += Map::count * V::width) {
    V weights[Map::count];
#pragma GCC unroll 8
    for (int s = 0; s < Map::count; ++s) weights[s] = V::load(panel + s * V::width);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
      const V x = rows[r][k];
#pragma GCC unroll 8
      for (int s = 0; s < Map::count; ++s) sum[r][Map::index[s]] = V::fma(x, weights[s], sum[r][Map::index[s]]);
    }
  }
}

// The same from weights as they lie: column s is made of `width` rows of a matrix, `stride` floats apart, that begin at
// columns[s]. Square blocks are transposed in registers, once for all R rows: for a single step, where packing would cost
// more than the product. `lanes` of the rows exist; sums beyond them are of no use to anyone.
template <class V, class Map, int R, int S>
UNROLLED_INLINE void accumulate_lying(V (&sum)[R][S], const float* const (&rows)[R], std::size_t K,
                                      const float* const (&columns)[Map::count], std::size_t stride,
                                      std::size_t lanes) {
  constexpr std::size_t W = V::width;
  std::size_t k = 0;
  const auto blocks = [&](std::size_t count) {
    for (; k + W <= K; k += W) {
#pragma GCC unroll 8
      for (int s = 0; s < Map::count; ++s) {
        V block[W];
        V::load_transposed(columns[s] + k, stride, count, block);
#pragma GCC unroll 16
        for (std::size_t i = 0; i < W; ++i) {
#pragma GCC unroll 8
          for (int r = 0; r < R; ++r) sum[r][Map::index[s]] = V::fma(rows[r][k + i], block[i], sum[r][Map::index[s]]);
        }
      }
    }
  };
  lanes == W ? blocks(W) : blocks(lanes);
  for (; k < K; ++k) {
    for (int s = 0; s < Map::count; ++s) {
      float column[W] = {};
      for (std::size_t lane = 0; lane < lanes; ++lane) column[lane] = columns[s][lane * stride + k];
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r) {
        sum[r][Map::index[s]] = V::fma(rows[r][k], V::load(column), sum[r][Map::index[s]]);
      }
    }
  }
}

// Calls f.template operator()<R>(first) for blocks of rows, no block larger than `most`, all as equal as can be.
template <int most, class F>
inline void for_each_block(std::size_t rows, F f) {
  if (rows == 0) return;
  const std::size_t blocks = (rows + most - 1) / most;
  for (std::size_t block = 0, first = 0; block < blocks; ++block) {
    const std::size_t n = (rows - first) / (blocks - block);
    [&]<int... R>(std::integer_sequence<int, R...>) {
      ((n == R + 1 ? (f.template operator()<R + 1>(first), true) : false) || ...);
    }(std::make_integer_sequence<int, most>{});
    first += n;
  }
}

}  // namespace unrolled::UNROLLED_ISA
