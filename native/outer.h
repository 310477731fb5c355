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

// Which rows of C to make: for each of `gates` blocks of H rows, `units` of them from `first` on. The gradients of block
// g begin at a[(offset + (g + turn) mod gates)·H].
struct GateRows {
  std::size_t gates, H, first, units, offset, turn;

  std::size_t from(std::size_t gate) const { return (offset + (gate + turn) % gates) * H + first; }
  std::size_t to(std::size_t gate) const { return gate * H + first; }
};

constexpr std::size_t outer_block = 256;  // terms between two visits to C
constexpr std::size_t outer_rows = 192;   // rows of C whose gradients are packed at a time

// Floats of working memory a thread needs for an Outer with `columns` columns.
template <class V>
std::size_t outer_memory(std::size_t columns) {
  return outer_block * (outer_rows + (columns + V::width - 1) / V::width * V::width);
}

// C (R rows, `stride` floats apart, S vectors of which the last has `lanes`) = or += Σ_k a[k·R + r] · panel[k][s]
template <class V, int R, int S>
[[gnu::noinline]] void outer_product(float* C, std::size_t stride, std::size_t lanes, bool more, const float* a,
                                     std::size_t K, const float* panel) {
  const auto of = [&](int s) { return s + 1 == S ? lanes : V::width; };
  V sum[R][S];
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
    for (int s = 0; s < S; ++s) sum[r][s] = more ? V::load(C + r * stride + s * V::width, of(s)) : V(0.0f);
  }
  for (std::size_t k = 0; k < K; ++k, panel += S * V::width, a += R) {
    if constexpr (R < S) {
      V now[R];
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r) now[r] = a[r];
#pragma GCC unroll 8
      for (int s = 0; s < S; ++s) {
        const V column = V::load(panel + s * V::width);
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) sum[r][s] = V::fma(now[r], column, sum[r][s]);
      }
    } else {
      V columns[S];
#pragma GCC unroll 8
      for (int s = 0; s < S; ++s) columns[s] = V::load(panel + s * V::width);
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r) {
        const V now = a[r];
#pragma GCC unroll 8
        for (int s = 0; s < S; ++s) sum[r][s] = V::fma(now, columns[s], sum[r][s]);
      }
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
    for (int s = 0; s < S; ++s) sum[r][s].store(C + r * stride + s * V::width, of(s));
  }
}

using OuterProduct = void (*)(float*, std::size_t, std::size_t, bool, const float*, std::size_t, const float*);

// outer_product of R rows and S vectors: [S - 1][R - 1].
template <class V>
inline constexpr auto outer_products = []<int... S>(std::integer_sequence<int, S...>) {
  const auto row = []<int s, int... R>(std::integral_constant<int, s>, std::integer_sequence<int, R...>) {
    return std::array<OuterProduct, sizeof...(R)>{outer_product<V, R + 1, s>...};
  };
  return std::array{row(std::integral_constant<int, S + 1>{}, std::make_integer_sequence<int, static_cast<int>(V::tile_rows)>{})...};
}(std::make_integer_sequence<int, 4>{});

// C (gates·H, columns) = Σ of d_gatesᵀ · (terms[n].*b), for the rows that `rows` names.
template <class V>
class Outer {
  static constexpr std::size_t W = V::width;

 public:
  Outer(const Term* terms, std::size_t N, const float* Term::*b, std::size_t columns, GateRows rows, float* C,
        float* memory)
      : terms_(terms), b_(b), columns_(columns), rows_(rows), C_(C), packed_a_(memory),
        packed_b_(memory + outer_block * outer_rows), panels_((columns + W - 1) / W, 4, 1) {
    for (std::size_t n = 0; n < std::max<std::size_t>(N, 1); n += outer_block) {
      const std::size_t count = std::min(outer_block, N - n);
      for (std::size_t p = 0; p < panels_.count; ++p) pack_b(p, n, count);
      for (std::size_t gate = 0; gate < rows.gates; ++gate) {
        for (std::size_t row = 0; row < rows.units; row += outer_rows) {
          chunk(n, count, gate, row, std::min(outer_rows, rows.units - row));
        }
      }
    }
  }

 private:
  void pack_b(std::size_t p, std::size_t n, std::size_t count) const {
    const std::size_t groups = panels_.size(p);
    float* to = packed_b_ + panels_.begin(p) * count * W;
    for (std::size_t k = 0; k < count; ++k) {
      const float* from = terms_[n + k].*b_;
      for (std::size_t g = 0; g < groups; ++g, to += W) {
        const std::size_t j = (panels_.begin(p) + g) * W;
        V::load(from + j, std::min(W, columns_ - j)).store(to);
      }
    }
  }

  void chunk(std::size_t n, std::size_t count, std::size_t gate, std::size_t row, std::size_t rows) const {
    for_each_block(rows, V::tile_rows, [&](std::size_t first, std::size_t R) {
      const std::size_t from = rows_.from(gate) + row + first;
      float* to = packed_a_ + first * count;
      for (std::size_t k = 0; k < count; ++k, to += R) copy(terms_[n + k].d_gates + from, to, R);
    });
    for (std::size_t p = 0; p < panels_.count; ++p) {
      for_each_block(rows, V::tile_rows, [&](std::size_t first, std::size_t R) {
        float* at = C_ + (rows_.to(gate) + row + first) * columns_ + panels_.begin(p) * W;
        const std::size_t S = panels_.size(p), lanes = std::min(W, columns_ - (panels_.begin(p) + S - 1) * W);
        outer_products<V>[S - 1][R - 1](at, columns_, lanes, n > 0, packed_a_ + first * count, count,
                                        packed_b_ + panels_.begin(p) * count * W);
      });
    }
  }

  static UNROLLED_INLINE void copy(const float* from, float* to, std::size_t R) {
    if (V::tile_rows <= W) {
      V::load(from, R).store(to, R);
    } else {
      std::copy_n(from, R, to);
    }
  }

  const Term* terms_;
  const float* Term::*b_;
  std::size_t columns_;
  GateRows rows_;
  float *C_, *packed_a_, *packed_b_;
  Panels panels_;
};

// One column of such a C, `stride` floats apart: Σ of d_gates · factor(term), read as they lie.
template <class V, class Factor>
void outer_column(const Term* terms, std::size_t N, GateRows rows, float* C, std::size_t stride, Factor factor) {
  constexpr std::size_t W = V::width, most = 8;
  for (std::size_t gate = 0; gate < rows.gates; ++gate) {
    for (std::size_t row = 0; row < rows.units; row += most * W) {
      const std::size_t left = std::min(most * W, rows.units - row), vectors = (left + W - 1) / W;
      V sum[most];
      for (V& s : sum) s = 0.0f;
      for (std::size_t n = 0; n < N; ++n) {
        const V x = factor(terms[n]);
        const float* from = terms[n].d_gates + rows.from(gate) + row;
        if (left == most * W) {
#pragma GCC unroll 8
          for (std::size_t i = 0; i < most; ++i) sum[i] = V::fma(x, V::load(from + i * W), sum[i]);
        } else {
          for (std::size_t i = 0; i < vectors; ++i) {
            sum[i] = V::fma(x, V::load(from + i * W, std::min(W, left - i * W)), sum[i]);
          }
        }
      }
      float lanes[most * W];
      for (std::size_t i = 0; i < vectors; ++i) sum[i].store(lanes + i * W);
      for (std::size_t i = 0; i < left; ++i) C[(rows.to(gate) + row + i) * stride] = lanes[i];
    }
  }
}

}  // namespace unrolled::UNROLLED_ISA
