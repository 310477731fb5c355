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

constexpr std::size_t line = 64 / sizeof(float);  // elements of a line of the cache

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
  constexpr std::size_t ahead = 4096;  // bytes to fetch ahead
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
      for (std::size_t i = 0; R == 1 && i < C * V::width * sizeof(float); i += line * sizeof(float)) __builtin_prefetch(fetch + i);
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

}  // namespace unrolled::UNROLLED_ISA
