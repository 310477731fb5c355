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
#include <type_traits>
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

// Calls f(first, count, columns) for V::quad columns at a time of `lanes` rows of K elements, `stride` floats apart: those
// from `first` on in columns[V::quad - count], ... Past the last row it stands in itself.
template <class V, class F>
UNROLLED_INLINE void for_each_column(const float* rows, std::size_t stride, std::size_t lanes, std::size_t K, F f) {
  constexpr std::size_t Q = V::quad;
  V columns[Q];
  const auto whole = [&](auto row) __attribute__((always_inline)) {
    std::size_t k = 0;
    for (; k + Q <= K; k += Q) {
      V::load_columns([&](std::size_t r) __attribute__((always_inline)) { return row(r) + k; }, columns);
      f(k, std::integral_constant<std::size_t, Q>(), columns);
    }
    if (k == K || K < Q) return k;
    V::load_columns([&](std::size_t r) __attribute__((always_inline)) { return row(r) + K - Q; }, columns);  // seen before, in part
    f(k, K - k, columns);
    return K;
  };
  std::size_t k;
  if (lanes == V::width) {
    const float *row0 = rows, *row4 = rows + 4 * stride, *row8 = rows + 8 * stride, *row12 = rows + 12 * stride;
    k = whole([=](std::size_t r) __attribute__((always_inline)) {
      return (r < 4 ? row0 : r < 8 ? row4 : r < 12 ? row8 : row12) + r % 4 * stride;
    });
  } else {
    const float* row[V::width];
    for (std::size_t r = 0; r < V::width; ++r) row[r] = rows + std::min(r, lanes - 1) * stride;
    k = whole([&](std::size_t r) __attribute__((always_inline)) { return row[r]; });
  }
  for (; k < K; ++k) {
    float column[V::width];
    for (std::size_t r = 0; r < V::width; ++r) column[r] = rows[std::min(r, lanes - 1) * stride + k];
    columns[Q - 1] = V::load(column);
    f(k, std::size_t{1}, columns);
  }
}

// The same sums from weights as they lie: column s is made of `lanes` rows of a matrix, `stride` floats apart, that begin
// at columns[s]. They are turned in registers, once for all R rows: for a single step, where packing would cost more than
// the product. Sums beyond the lanes are of no use to anyone.
template <class V, class Map, int R, int S>
UNROLLED_INLINE void accumulate_lying(V (&sum)[R][S], const float* const (&rows)[R], std::size_t K,
                                      const float* const (&columns)[Map::count], std::size_t stride,
                                      std::size_t lanes) {
#pragma GCC unroll 8
  for (int s = 0; s < Map::count; ++s) {
    V own[R];
    for (int r = 0; r < R; ++r) own[r] = sum[r][Map::index[s]];
    for_each_column<V>(columns[s], stride, lanes, K, [&](std::size_t k, auto count, const auto& turned) __attribute__((always_inline)) {
#pragma GCC unroll 4
      for (std::size_t i = 0; i < V::quad; ++i) {
        if (i < count) {
#pragma GCC unroll 8
          for (int r = 0; r < R; ++r) own[r] = V::fma(rows[r][k + i], turned[V::quad - count + i], own[r]);
        }
      }
    });
    for (int r = 0; r < R; ++r) sum[r][Map::index[s]] = own[r];
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
