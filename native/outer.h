// Sums of outer products, C = Σ_n a[n]ᵀ b[n]: what the gradient of a weight matrix is.
//
// The terms go through in blocks short enough for what is packed of them to stay in the second-level cache; within a block
// the sums stay in registers.
#pragma once

#include "packing.h"
#include "plan.h"
#include "tile.h"

namespace unrolled::UNROLLED_ISA {

// One row at one step: its gradients before the activations, what met U, W and the peepholes there, and the gates kept.
struct Term {
  const float *d_gates, *x, *h, *c, *kept;
};

// Terms between two visits to a result: a panel of them stays in the first-level cache.
template <class V>
constexpr std::size_t outer_terms = std::min<std::size_t>(2048 / V::width, 256);
constexpr std::size_t outer_rows = 96;    // of a result, whose gradients are packed at a time

// Floats of a block of packed gradients: (terms, tile_sums), and what a vector may write beyond.
template <class V>
constexpr std::size_t outer_packed = outer_terms<V> * V::tile_sums + V::width;

// C (R rows, `stride` floats apart, S vectors of which the last has `lanes`) = or += Σ_k a[k·tile_sums + r] · panel[k][s]
template <class V, int R, int S>
[[gnu::noinline]] void outer_product(float* C, std::size_t stride, std::size_t lanes, bool more, const float* a,
                                     std::size_t K, const float* panel) {
  V sum[R][S];
#pragma GCC unroll 12
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
    for (int s = 0; s < S; ++s) sum[r][s] = 0.0f;
  }
  for (std::size_t k = 0; k < K; ++k, panel += S * V::width, a += V::tile_sums) {
    V columns[S];
#pragma GCC unroll 8
    for (int s = 0; s < S; ++s) columns[s] = V::load(panel + s * V::width);
#pragma GCC unroll 12
    for (int r = 0; r < R; ++r) {
      const V now = a[r];
#pragma GCC unroll 8
      for (int s = 0; s < S; ++s) sum[r][s] = V::fma(now, columns[s], sum[r][s]);
    }
  }
#pragma GCC unroll 12
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
    for (int s = 0; s < S; ++s) {  // what C held comes last: the wait for it is over while the next tile is under way
      float* to = C + r * stride + s * V::width;
      const Lanes<V> at{s + 1 == S ? lanes : V::width};
      at.store(to, more ? at.load(to) + sum[r][s] : sum[r][s]);
    }
  }
}

using OuterProduct = void (*)(float*, std::size_t, std::size_t, bool, const float*, std::size_t, const float*);

// outer_product of S vectors, by its rows.
template <class V, int S>
inline constexpr auto outer_products = []<int... R>(std::integer_sequence<int, R...>) {
  return std::array<OuterProduct, sizeof...(R)>{outer_product<V, R + 1, S>...};
}(std::make_integer_sequence<int, static_cast<int>(tile_rows<V>(S))>{});

// What the terms' rows of d_gates are multiplied with, in panels of two vectors: (terms, vectors, width) each.
template <class V>
class OuterColumns {
  static constexpr std::size_t W = V::width;

 public:
  OuterColumns(std::size_t columns, float* memory) : columns_(columns), panels_((columns + W - 1) / W, 2, 1), packed_(memory) {}
  static std::size_t memory(std::size_t columns) { return outer_terms<V> * ((columns + W - 1) / W * W); }

  void pack(const Term* terms, std::size_t count, const float* Term::*b) {
    count_ = count;
    for (std::size_t p = 0; p < panels_.count; ++p) {
      const std::size_t first = panels_.begin(p) * W, vectors = panels_.size(p);
      float* to = packed_ + first * count;
      for (std::size_t k = 0; k < count; ++k) {
        const float* from = terms[k].*b + first;
        for (std::size_t g = 0; g < vectors; ++g, to += W) {
          const std::size_t j = g * W, left = columns_ - first - j;
          (left >= W ? V::load(from + j) : V::load(from + j, left)).store(to);
        }
      }
    }
  }

  // `rows` rows of the result from C on, made of as many packed rows of gradients; added to it if there is `more` than these.
  void multiply(const float* a, std::size_t rows, bool more, float* C) const {
    for (std::size_t p = 0; p < panels_.count; ++p) {
      panels_.size(p) == 1 ? panel<1>(p, a, rows, more, C) : panel<2>(p, a, rows, more, C);
    }
  }

 private:
  template <int S>
  void panel(std::size_t p, const float* a, std::size_t rows, bool more, float* C) const {
    constexpr std::size_t R = tile_rows<V>(S), block = V::tile_sums;
    const std::size_t first = panels_.begin(p) * W, lanes = std::min(W, columns_ - first - (S - 1) * W);
    for (std::size_t r = 0; r < rows; r += R) {
      outer_products<V, S>[std::min(R, rows - r) - 1](C + r * columns_ + first, columns_, lanes, more,
                                                      a + r / block * outer_packed<V> + r % block, count_,
                                                      packed_ + first * count_);
    }
  }

  const std::size_t columns_;
  const Panels panels_;
  float* packed_;
  std::size_t count_ = 0;
};

// Packs `rows` gradients of each term from `from` on for `multiply` and adds each one's sum over the terms to `sums`.
template <class V>
void pack_gradients(const Term* terms, std::size_t count, std::size_t from, std::size_t rows, float* to, float* sums) {
  constexpr std::size_t W = V::width, block = V::tile_sums;
  for (std::size_t k = 0; k < count; ++k) {
    const float* row = terms[k].d_gates + from;
    const auto load = [&](std::size_t r) { return r + W <= rows ? V::load(row + r) : V::load(row + r, rows - r); };
    for (std::size_t first = 0; first < rows; first += block) {
      float* at = to + first / block * outer_packed<V> + k * block;
      const std::size_t end = std::min(block, rows - first);
      for (std::size_t r = 0; r < end; r += W) load(first + r).store(at + r);  // the next term's overwrite what is too much
    }
    for (std::size_t r = 0; r < rows; r += W) (V::load(sums + r) + load(r)).store(sums + r);
  }
}

// Floats that pack_gradients writes to, and those of its sums.
template <class V>
constexpr std::size_t outer_gradients = (outer_rows + V::tile_sums - 1) / V::tile_sums * outer_packed<V>;
template <class V>
constexpr std::size_t outer_sums = outer_rows + V::width;

// Most terms whose outer products are written row by row.
constexpr std::size_t few_terms = 8;

// Result (rows, columns) = Σ_n of d_gates, from `from` on, and b of N terms: R rows of it at a time.
template <class V, std::size_t N, int R>
void outer_few(const Term* terms, std::size_t from, const float* Term::*b, std::size_t columns, float* C) {
  V now[R][std::max<std::size_t>(N, 1)];
#pragma GCC unroll 8
  for (std::size_t n = 0; n < N; ++n) {
#pragma GCC unroll 2
    for (int r = 0; r < R; ++r) now[r][n] = terms[n].d_gates[from + r];
  }
  const auto at = [&](std::size_t j, Lanes<V> some) __attribute__((always_inline)) {
    V sum[R];
#pragma GCC unroll 2
    for (int r = 0; r < R; ++r) sum[r] = 0.0f;
#pragma GCC unroll 8
    for (std::size_t n = 0; n < N; ++n) {
      const V x = some.load(terms[n].*b + j);
#pragma GCC unroll 2
      for (int r = 0; r < R; ++r) sum[r] = V::fma(now[r][n], x, sum[r]);
    }
#pragma GCC unroll 2
    for (int r = 0; r < R; ++r) some.store(C + r * columns + j, sum[r]);
  };
  std::size_t j = 0;
  for (; j + V::width <= columns; j += V::width) at(j, {V::width});
  if (j < columns) at(j, {columns - j});
}

// With few terms writing the result is what takes the time, and one row at a time is written fastest.
template <class V, std::size_t N>
void outer_few(const Term* terms, std::size_t from, std::size_t rows, const float* Term::*b, std::size_t columns, float* C) {
  constexpr std::size_t together = N > 5 ? 2 : 1;
  std::size_t r = 0;
  for (; r + together <= rows; r += together) outer_few<V, N, together>(terms, from + r, b, columns, C + r * columns);
  for (; r < rows; ++r) outer_few<V, N, 1>(terms, from + r, b, columns, C + r * columns);
}

template <class V>
void outer_few(const Term* terms, std::size_t N, std::size_t from, std::size_t rows, const float* Term::*b,
               std::size_t columns, float* C) {
  [&]<std::size_t... n>(std::index_sequence<n...>) {
    ((N == n ? outer_few<V, n>(terms, from, rows, b, columns, C) : void()), ...);
  }(std::make_index_sequence<few_terms + 1>{});
}

// Result (rows), `stride` floats apart: = or += Σ of d_gates · factor(term), from `from` on, read as they lie.
template <class V, class Factor>
void outer_column(const Term* terms, std::size_t N, std::size_t from, std::size_t rows, bool more, float* C,
                  std::size_t stride, Factor factor) {
  constexpr std::size_t W = V::width, most = 8;
  for (std::size_t row = 0; row < rows; row += most * W) {
    const std::size_t left = std::min(most * W, rows - row), vectors = (left + W - 1) / W;
    V sum[most];
    for (V& s : sum) s = 0.0f;
    for (std::size_t n = 0; n < N; ++n) {
      const V x = factor(terms[n]);
      const float* d = terms[n].d_gates + from + row;
      if (left == most * W) {
#pragma GCC unroll 8
        for (std::size_t i = 0; i < most; ++i) sum[i] = V::fma(x, V::load(d + i * W), sum[i]);
      } else {
        for (std::size_t i = 0; i < vectors; ++i) sum[i] = V::fma(x, V::load(d + i * W, std::min(W, left - i * W)), sum[i]);
      }
    }
    float lanes[most * W];
    for (std::size_t i = 0; i < vectors; ++i) sum[i].store(lanes + i * W);
    for (std::size_t i = 0; i < left; ++i) C[(row + i) * stride] = (more ? C[(row + i) * stride] : 0.0f) + lanes[i];
  }
}

}  // namespace unrolled::UNROLLED_ISA
