// Sums of outer products, C = Σ_n a[n]ᵀ b[n]: what the gradient of a weight matrix is.
//
// Each thread owns some rows of C. The sums go through blocks of n short enough for the packed b to stay in the
// second-level cache; within a block they stay in registers.
#pragma once

#include "packing.h"
#include "plan.h"
#include "tile.h"

namespace unrolled::UNROLLED_ISA {

constexpr std::size_t outer_block = 256;  // terms between two visits to C
constexpr std::size_t outer_rows = 192;   // rows of C whose a is packed at a time

// Floats of working memory a thread needs for outer() with `columns` columns.
template <class V>
std::size_t outer_memory(std::size_t columns) {
  return outer_block * (outer_rows + (columns + V::width - 1) / V::width * V::width);
}

// sum[r][s] += Σ_k a[k·R + r] · panel[k][s]
template <class V, int R, int S>
UNROLLED_INLINE void accumulate_outer(V (&sum)[R][S], const float* a, std::size_t K, const float* panel) {
  for (std::size_t k = 0; k < K; ++k, panel += S * V::width, a += R) {
    V columns[S];
#pragma GCC unroll 8
    for (int s = 0; s < S; ++s) columns[s] = V::load(panel + s * V::width);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
      const V x = a[r];
#pragma GCC unroll 8
      for (int s = 0; s < S; ++s) sum[r][s] = V::fma(x, columns[s], sum[r][s]);
    }
  }
}

// C (rows, columns), contiguous, = Σ_n a[n·a_stride + row] · b[n·columns + column]; `memory` as outer_memory says.
template <class V>
class Outer {
  static constexpr std::size_t W = V::width;

 public:
  Outer(std::size_t N, const float* a, std::size_t a_stride, std::size_t rows, const float* b, std::size_t columns,
        float* C, float* memory)
      : a_(a), b_(b), C_(C), packed_a_(memory), packed_b_(memory + outer_block * outer_rows), a_stride_(a_stride),
        columns_(columns), panels_((columns + W - 1) / W, 4, 1) {
    if (N == 0) std::fill_n(C, rows * columns, 0.0f);
    for (std::size_t n = 0; n < N; n += outer_block) {
      const std::size_t terms = std::min(outer_block, N - n);
      for (std::size_t p = 0; p < panels_.count; ++p) pack_b(p, n, terms);
      for (std::size_t row = 0; row < rows; row += outer_rows) {
        chunk(n, terms, row, std::min(outer_rows, rows - row));
      }
    }
  }

 private:
  void pack_b(std::size_t p, std::size_t n, std::size_t terms) const {
    const std::size_t groups = panels_.size(p);
    for (std::size_t g = 0; g < groups; ++g) {
      const std::size_t j = (panels_.begin(p) + g) * W;
      pack_columns<V>(b_ + n * columns_ + j, columns_, columns_ - j, terms, packed_b_ + panels_.begin(p) * terms * W, g,
                      groups);
    }
  }

  void chunk(std::size_t n, std::size_t terms, std::size_t row, std::size_t rows) const {
    for_each_block<V::tile_rows>(rows, [&]<int R>(std::size_t first) {
      const float* from = a_ + n * a_stride_ + row + first;
      float* to = packed_a_ + first * terms;
      for (std::size_t k = 0; k < terms; ++k, from += a_stride_, to += R) std::copy_n(from, R, to);
    });
    for (std::size_t p = 0; p < panels_.count; ++p) {
      for_each_block<V::tile_rows>(rows, [&]<int R>(std::size_t first) {
        [&]<int... G>(std::integer_sequence<int, G...>) {
          ((static_cast<int>(panels_.size(p)) == G + 1 ? (tile<R, G + 1>(p, terms, row, first, n > 0), true) : false) || ...);
        }(std::make_integer_sequence<int, 4>{});
      });
    }
  }

  template <int R, int G>
  void tile(std::size_t p, std::size_t terms, std::size_t row, std::size_t first, bool more) const {
    float* at = C_ + (row + first) * columns_ + panels_.begin(p) * W;
    const auto lanes = [&](int g) { return std::min(W, columns_ - (panels_.begin(p) + g) * W); };
    V sum[R][G];
    for (int r = 0; r < R; ++r) {
      for (int g = 0; g < G; ++g) sum[r][g] = more ? V::load(at + r * columns_ + g * W, lanes(g)) : V(0.0f);
    }
    accumulate_outer<V, R, G>(sum, packed_a_ + first * terms, terms, packed_b_ + panels_.begin(p) * terms * W);
    for (int r = 0; r < R; ++r) {
      for (int g = 0; g < G; ++g) sum[r][g].store(at + r * columns_ + g * W, lanes(g));
    }
  }

  const float *a_, *b_;
  float *C_, *packed_a_, *packed_b_;
  std::size_t a_stride_, columns_;
  Panels panels_;
};

// to[row] = Σ_n a[n·a_stride + row]
template <class V>
void sum_rows(std::size_t N, const float* a, std::size_t a_stride, std::size_t rows, float* to) {
  std::fill_n(to, rows, 0.0f);
  for (std::size_t n = 0; n < N; ++n, a += a_stride) {
    for (std::size_t row = 0; row < rows; ++row) to[row] += a[row];
  }
}

}  // namespace unrolled::UNROLLED_ISA
