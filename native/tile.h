// The heart of every product: a tile of R rows by S vectors of sums, held in registers for a whole block of terms.
//
//   sum[r][s] += Σ_k rows[r][k] · panel[k][s]        k ascending, one fused multiply-add each
//
// Each sum is one lane of one accumulator: neither the number of rows beside it, nor where a sequence was cut, nor
// which thread had it can change a bit of it. `Sums` names the accumulators that the columns of the panel go to, so that
// GRU's n gate can keep the input's share and the state's share apart.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "simd.h"

#define UNROLLED_INLINE inline __attribute__((always_inline))

namespace unrolled::UNROLLED_ISA {

// The first `count` lanes of a vector in memory, 1 to V::width.
template <class V>
struct Lanes {
  std::size_t count;

  UNROLLED_INLINE V load(const float* p) const { return count == V::width ? V::load(p) : V::load(p, count); }
  UNROLLED_INLINE void store(float* p, V v) const { count == V::width ? v.store(p) : v.store(p, count); }
};

// Which accumulator each column of weights adds to.
template <int... at>
struct Sums {
  static constexpr int count = sizeof...(at);
  static constexpr int index[sizeof...(at) == 0 ? 1 : sizeof...(at)] = {at...};
};

// sums (R, S, width) += rows[r][from + k] · panel (K, Map::count, width), as packing.h lays it out. Where fewer rows than
// columns meet, the rows' elements wait in registers for the columns, else the columns for the rows. A single row waits
// for the weights: what stands a page further on is fetched (a sixth less time than without, from the last-level cache).
template <class V, class Map, int R, int S>
[[gnu::noinline]] void product(float* sums, const float* const* rows, std::size_t from, std::size_t K,
                               const float* panel) {
  constexpr int C = Map::count;
  constexpr std::size_t line = 64, ahead = 4096;  // bytes of the cache's lines, and to fetch ahead
  V sum[R][C];
  const float* x[R];
#pragma GCC unroll 12
  for (int r = 0; r < R; ++r) {
    x[r] = rows[r] + from;
#pragma GCC unroll 8
    for (int s = 0; s < C; ++s) sum[r][s] = V::load(sums + (r * S + Map::index[s]) * V::width);
  }
  for (std::size_t k = 0; k < K; ++k, panel += C * V::width) {
    if constexpr (R < C) {
      const char* fetch = reinterpret_cast<const char*>(panel) + ahead;
#pragma GCC unroll 8
      for (std::size_t i = 0; R == 1 && i < C * V::width * sizeof(float); i += line) __builtin_prefetch(fetch + i);
      V now[R];
#pragma GCC unroll 12
      for (int r = 0; r < R; ++r) now[r] = x[r][k];
#pragma GCC unroll 8
      for (int s = 0; s < C; ++s) {
        const V weights = V::load(panel + s * V::width);
#pragma GCC unroll 12
        for (int r = 0; r < R; ++r) sum[r][s] = V::fma(now[r], weights, sum[r][s]);
      }
    } else {
      V weights[C];
#pragma GCC unroll 8
      for (int s = 0; s < C; ++s) weights[s] = V::load(panel + s * V::width);
#pragma GCC unroll 12
      for (int r = 0; r < R; ++r) {
        const V now = x[r][k];
#pragma GCC unroll 8
        for (int s = 0; s < C; ++s) sum[r][s] = V::fma(now, weights[s], sum[r][s]);
      }
    }
  }
#pragma GCC unroll 12
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
    for (int s = 0; s < C; ++s) sum[r][s].store(sums + (r * S + Map::index[s]) * V::width);
  }
}

// How many rows a tile of S columns has.
template <class V>
constexpr std::size_t tile_rows(std::size_t S) {
  return std::min<std::size_t>(V::tile_sums / S, 12);
}

using Product = void (*)(float*, const float* const*, std::size_t, std::size_t, const float*);

// Calls f(first, n) for blocks of rows, no block larger than `most`, all as equal as can be.
template <class F>
UNROLLED_INLINE void for_each_block(std::size_t rows, std::size_t most, F f) {
  const std::size_t blocks = (rows + most - 1) / most;
  for (std::size_t block = 0, first = 0; block < blocks; ++block) {
    const std::size_t n = (rows - first) / (blocks - block);
    f(first, n);
    first += n;
  }
}

// sums (count, S, width) += rows (count, K) · panel, in blocks of K whose part of the panel stays in the first-level cache
// while all rows meet it.
template <class V, class Map, int S>
void multiply(float* sums, const float* const* rows, std::size_t count, std::size_t K, const float* panel) {
  static constexpr auto products = []<int... R>(std::integer_sequence<int, R...>) {
    return std::array<Product, sizeof...(R)>{product<V, Map, R + 1, S>...};
  }(std::make_integer_sequence<int, static_cast<int>(tile_rows<V>(Map::count))>{});
  constexpr std::size_t columns = Map::count * V::width, first_level = 24 << 10;
  constexpr std::size_t block = std::max<std::size_t>(first_level / (columns * sizeof(float)), 1);
  for_each_block(K, block, [&](std::size_t k, std::size_t terms) {
    for_each_block(count, tile_rows<V>(Map::count), [&](std::size_t first, std::size_t n) {
      products[n - 1](sums + first * S * V::width, rows + first, k, terms, panel + k * columns);
    });
  });
}

// The same for a panel of `S` columns that all add to sums of their own, S from 1 to 4.
template <class V>
void multiply(std::size_t S, float* sums, const float* const* rows, std::size_t count, std::size_t K,
              const float* panel) {
  switch (S) {
    case 1: return multiply<V, Sums<0>, 1>(sums, rows, count, K, panel);
    case 2: return multiply<V, Sums<0, 1>, 2>(sums, rows, count, K, panel);
    case 3: return multiply<V, Sums<0, 1, 2>, 3>(sums, rows, count, K, panel);
    default: return multiply<V, Sums<0, 1, 2, 3>, 4>(sums, rows, count, K, panel);
  }
}

// Turns C blocks of `lanes` rows of K elements each, `stride` floats apart, the blocks from at[0], at[1], ... on. Calls
// f(c, first, count, columns) for V::quad columns of each block in turn: those from `first` on in columns[V::quad - count],
// ... Past the last row it stands in itself.
template <class V, int C, class F>
UNROLLED_INLINE void for_each_column(const float* const (&at)[C], std::size_t stride, std::size_t lanes, std::size_t K,
                                     F f) {
  constexpr std::size_t Q = V::quad;
  const auto quads = [&](auto row) __attribute__((always_inline)) {
    const auto turn = [&](std::size_t from, std::size_t first, auto count) __attribute__((always_inline)) {
#pragma GCC unroll 4
      for (int c = 0; c < C; ++c) {
        V columns[Q];
        V::load_columns([&](std::size_t r) __attribute__((always_inline)) { return row(c, r) + from; }, columns);
        f(c, first, count, columns);
      }
    };
    std::size_t k = 0;
    for (; k + Q <= K; k += Q) turn(k, k, std::integral_constant<std::size_t, Q>());
    if (k == K || K < Q) return k;
    turn(K - Q, k, K - k);  // seen before, in part
    return K;
  };
  std::size_t k;
  if (lanes == V::width) {
    const std::size_t four = 4 * stride;
    k = quads([&](int c, std::size_t r) __attribute__((always_inline)) { return at[c] + r / 4 * four + r % 4 * stride; });
  } else {
    std::size_t rows[V::width];
    for (std::size_t r = 0; r < V::width; ++r) rows[r] = std::min(r, lanes - 1) * stride;
    k = quads([&](int c, std::size_t r) __attribute__((always_inline)) { return at[c] + rows[r]; });
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

// sums[c] (R, width), `apart` floats from row to row, += rows[r] · weights as they lie: `lanes` rows of a matrix, `stride`
// floats apart, from weights[c] on. They are turned in registers, once for all R rows: for a single step, where packing
// would cost more than the product. Several columns at a time, as one sum has to wait for itself. Sums beyond the lanes
// are of no use to anyone.
template <class V, int R, int C>
[[gnu::noinline]] void product_lying(float* const* sums, std::size_t apart, const float* const* rows, std::size_t K,
                                     const float* const* weights, std::size_t stride, std::size_t lanes) {
  V sum[C][R];
  const float *x[R], *at[C];
  for (int r = 0; r < R; ++r) x[r] = rows[r];
  for (int c = 0; c < C; ++c) {
    at[c] = weights[c];
    for (int r = 0; r < R; ++r) sum[c][r] = V::load(sums[c] + r * apart);
  }
  for_each_column<V, C>(at, stride, lanes, K,
                        [&](int c, std::size_t k, auto count, const auto& turned) __attribute__((always_inline)) {
#pragma GCC unroll 4
    for (std::size_t i = 0; i < V::quad; ++i) {
      if (i < count) {
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) sum[c][r] = V::fma(x[r][k + i], turned[V::quad - count + i], sum[c][r]);
      }
    }
  });
  for (int c = 0; c < C; ++c) {
    for (int r = 0; r < R; ++r) sum[c][r].store(sums[c] + r * apart);
  }
}

// Most rows that read the weights as they lie.
constexpr std::size_t lying_rows = 8;

// The same for `columns` blocks of weights, as many at a time as make four sums.
template <class V>
void multiply_lying(float* const* sums, std::size_t apart, const float* const* rows, std::size_t count, std::size_t K,
                    const float* const* weights, std::size_t columns, std::size_t stride, std::size_t lanes) {
  const auto at_once = [&]<int R, int C>() {
    product_lying<V, R, C>(sums, apart, rows, K, weights, stride, lanes);
    sums += C;
    weights += C;
    columns -= C;
  };
  const auto of_rows = [&]<int R>() {
    constexpr int most = R == 1 ? 4 : R == 2 ? 2 : 1;
    while (columns >= most) at_once.template operator()<R, most>();
    if constexpr (most == 4) {
      if (columns == 3) return at_once.template operator()<R, 3>();
      if (columns == 2) return at_once.template operator()<R, 2>();
    }
    if (columns == 1) at_once.template operator()<R, 1>();
  };
  [&]<int... R>(std::integer_sequence<int, R...>) {
    ((count == R + 1 ? of_rows.template operator()<R + 1>() : void()), ...);
  }(std::make_integer_sequence<int, static_cast<int>(lying_rows)>{});
}

}  // namespace unrolled::UNROLLED_ISA
