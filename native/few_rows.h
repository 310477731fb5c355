// Products of few rows, as of a single step, with weights as they lie in memory: packing them would cost more than the
// product. They are read once, in the order in which they lie, which is what takes the time. The sums are those of tile.h
// to the bit: one fused multiply-add for each term, in the same order.
#pragma once

#include "transpose.h"

namespace unrolled::UNROLLED_ISA {

// Most rows that read the weights as they lie: at a time going forward, and in all.
constexpr std::size_t lying_rows = 8, most_lying = 64;

// Whether `rows` rows of all steps, at most `at_once` at one step, had better read `weights` floats as they lie. Where the
// second-level cache does not hold them, each reading takes as long packed, and packing as long as a few readings. Going
// back, where nothing is turned, a reading costs less.
constexpr bool few_rows(std::size_t rows, std::size_t at_once, std::size_t weights, bool back) {
  constexpr std::size_t second_level = 250'000, several = 3 * lying_rows;
  const bool large = weights > second_level;
  if (rows == at_once) return rows <= (back ? most_lying : large ? 2 * lying_rows : lying_rows);
  return rows <= (large && at_once <= lying_rows ? several : lying_rows);
}

// sums[c] (R, width), `apart` floats from row to row, += rows[r] · weights as they lie: `lanes` rows of a matrix, `stride`
// floats apart, from weights[c] on. They are turned in registers, once for all R rows: for a single step, where packing
// would cost more than the product. Several blocks at a time, as one sum has to wait for itself, but few: what comes from
// beyond the second-level cache comes fastest from few places. Sums beyond the lanes are of no use to anyone.
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

// The same for `columns` blocks of weights, as many at a time as have the rows of one vector of the widest kind.
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
        constexpr int most = std::min(R == 1 ? 4 : R == 2 ? 2 : 1, std::max(static_cast<int>(line / V::width), 1));
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

// sum (columns) += Σ_n x[n] · weights[n], N rows `stride` floats apart, n ascending.
template <class V, std::size_t N>
void add_rows(float* sum, const float* x, const float* weights, std::size_t stride, std::size_t columns) {
  V now[N];
#pragma GCC unroll 8
  for (std::size_t n = 0; n < N; ++n) now[n] = x[n];
  const auto add = [&](std::size_t j, Lanes<V> some) __attribute__((always_inline)) {
    V total = some.load(sum + j);
#pragma GCC unroll 8
    for (std::size_t n = 0; n < N; ++n) total = V::fma(now[n], some.load(weights + n * stride + j), total);
    some.store(sum + j, total);
  };
  std::size_t j = 0;
  for (; j + V::width <= columns; j += V::width) add(j, {V::width});
  if (j < columns) add(j, {columns - j});
}

// What product_columns adds up: sums[r] += Σ_k rows[r][k] · weights[k], of the `K` terms from `first` on, k ascending; rows
// of weights are `stride` floats apart.
struct ColumnTerms {
  float* const* sums;
  const float* const* rows;
  const float* weights;
  std::size_t stride, first, K;
};

// S vectors of the sums of R rows, from `column` on, wait in registers. One vector alone may have fewer lanes. What stands
// beside in each row of weights is fetched for the next call.
template <class V, int R, int S>
[[gnu::noinline]] void product_columns(const ColumnTerms& terms, std::size_t column, Lanes<V> lanes) {
  const auto some = [&] { return S == 1 ? lanes : Lanes<V>{V::width}; };
  V sum[R][S];
  const float* x[R];
#pragma GCC unroll 12
  for (int r = 0; r < R; ++r) {
    x[r] = terms.rows[r] + terms.first;
#pragma GCC unroll 8
    for (int s = 0; s < S; ++s) sum[r][s] = some().load(terms.sums[r] + column + s * V::width);
  }
  const std::size_t K = terms.K, stride = terms.stride;
  const float* weights = terms.weights + terms.first * stride + column;
  for (std::size_t k = 0; k < K; ++k, weights += stride) {
    V now[S];
#pragma GCC unroll 8
    for (int s = 0; s < S; ++s) {
      now[s] = some().load(weights + s * V::width);
      if (s * V::width % line == 0) __builtin_prefetch(weights + (S + s) * V::width, 0, 2);
    }
#pragma GCC unroll 12
    for (int r = 0; r < R; ++r) {
      const V term = x[r][k];
#pragma GCC unroll 8
      for (int s = 0; s < S; ++s) sum[r][s] = V::fma(term, now[s], sum[r][s]);
    }
  }
#pragma GCC unroll 12
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
    for (int s = 0; s < S; ++s) some().store(terms.sums[r] + column + s * V::width, sum[r][s]);
  }
}

// The same for all `columns`, from `column` on.
template <class V, int R, int S>
void multiply_columns_of(const ColumnTerms& terms, std::size_t column, std::size_t columns) {
  constexpr std::size_t at_once = S * V::width;
  for (; column + at_once <= columns; column += at_once) product_columns<V, R, S>(terms, column, {V::width});
  if (column == columns) return;
  if constexpr (S > 1) {
    multiply_columns_of<V, R, S / 2>(terms, column, columns);
  } else {
    product_columns<V, R, 1>(terms, column, {columns - column});
  }
}

// sums[r] (columns) += Σ_k rows[r][k] · weights[k], K rows `stride` floats apart, k ascending. For one row several rows of
// weights at a time, each from one end to the other; for more, so many that they are few pages and stay in the cache.
template <class V>
void multiply_columns(float* const* sums, const float* const* rows, std::size_t count, std::size_t K, const float* weights,
                      std::size_t stride, std::size_t columns) {
  constexpr std::size_t together = 8, block = 64;
  constexpr int most = static_cast<int>(tile_rows<V>(2));
  if (count == 1) {
    std::size_t k = 0;
    for (; k + together <= K; k += together) add_rows<V, together>(sums[0], rows[0] + k, weights + k * stride, stride, columns);
    for (; k < K; ++k) add_rows<V, 1>(sums[0], rows[0] + k, weights + k * stride, stride, columns);
    return;
  }
  for_each_block(K, block, [&](std::size_t k, std::size_t terms) {
    for_each_block(count, most, [&](std::size_t first, std::size_t n) {
      [&]<int... r>(std::integer_sequence<int, r...>) {
        const auto of = [&]<int R>() {
          constexpr int S = R <= most / 4 ? 8 : R <= most / 2 ? 4 : 2;
          multiply_columns_of<V, R, S>({sums + first, rows + first, weights, stride, k, terms}, 0, columns);
        };
        ((n == r + 1 ? of.template operator()<r + 1>() : void()), ...);
      }(std::make_integer_sequence<int, most>{});
    });
  });
}

}  // namespace unrolled::UNROLLED_ISA
