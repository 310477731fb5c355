// Row-major weights turned in registers: a vector of their rows at a time, column by column.
#pragma once

#include "tile.h"

namespace unrolled::UNROLLED_ISA {

// Turns a line of `line` elements of V::width rows: calls f(i, columns) for V::quad columns of it in turn, those from i on.
template <class V, class Row, class F>
UNROLLED_INLINE void load_line(Row row, F f) {
  if constexpr (V::width == line) {
    V::load_line(row, f);
  } else {
#pragma GCC unroll 16
    for (std::size_t i = 0; i < line; i += V::quad) {
      V columns[V::quad];
      V::load_columns([&](std::size_t r) __attribute__((always_inline)) { return row(r) + i; }, columns);
      f(i, columns);
    }
  }
}

// Turns C blocks of `lanes` rows of K elements each, `stride` floats apart, the blocks from at[0], at[1], ... on. Calls
// f(c, first, count, columns) for V::quad columns of each block in turn: those from `first` on in columns[V::quad - count],
// ... Past the last row it stands in itself. A line of the cache is read whole, before others may take its place: at a
// stride of a power of two all rows lie in the same few sets of the first-level cache.
template <class V, int C, class F>
UNROLLED_INLINE void for_each_column(const float* const (&at)[C], std::size_t stride, std::size_t lanes, std::size_t K,
                                     F f) {
  constexpr std::size_t Q = V::quad;
  constexpr auto whole = std::integral_constant<std::size_t, Q>();
  const auto lines = [&](auto row) __attribute__((always_inline)) {
    const auto turn = [&](std::size_t from, std::size_t first, auto count) __attribute__((always_inline)) {
#pragma GCC unroll 4
      for (int c = 0; c < C; ++c) {
        V columns[Q];
        V::load_columns([&](std::size_t r) __attribute__((always_inline)) { return row(c, r) + from; }, columns);
        f(c, first, count, columns);
      }
    };
    std::size_t k = 0;
    for (; k + line <= K; k += line) {
#pragma GCC unroll 4
      for (int c = 0; c < C; ++c) {
        load_line<V>([&](std::size_t r) __attribute__((always_inline)) { return row(c, r) + k; },
                     [&](std::size_t i, const V (&columns)[Q]) __attribute__((always_inline)) { f(c, k + i, whole, columns); });
      }
    }
    for (; k + Q <= K; k += Q) turn(k, k, whole);
    if (k == K || K < Q) return k;
    turn(K - Q, k, K - k);  // seen before, in part
    return K;
  };
  std::size_t k;
  if (lanes == V::width) {
    const std::size_t four = 4 * stride;
    k = lines([&](int c, std::size_t r) __attribute__((always_inline)) { return at[c] + r / 4 * four + r % 4 * stride; });
  } else {
    std::size_t rows[V::width];
    for (std::size_t r = 0; r < V::width; ++r) rows[r] = std::min(r, lanes - 1) * stride;
    k = lines([&](int c, std::size_t r) __attribute__((always_inline)) { return at[c] + rows[r]; });
  }
  for (; k < K; ++k) {
    for (int c = 0; c < C; ++c) {
      float column[V::width];
      for (std::size_t r = 0; r < V::width; ++r) column[r] = at[c][std::min(r, lanes - 1) * stride + k];
      V columns[Q];
      columns[Q - 1] = V::load(column);
      f(c, k, std::size_t{1}, columns);
    }
  }
}

}  // namespace unrolled::UNROLLED_ISA
