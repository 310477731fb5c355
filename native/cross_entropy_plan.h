// How the output layer's work is shared out (see cross_entropy.h), and the memory it is done in.
//
// Shares are cut by columns of the vocabulary where that is large, else by rows; rows beyond what a block holds are
// further steps. How it is cut depends on the sizes alone: any number of threads gives the same bits.
#pragma once

#include <type_traits>

#include "packing.h"
#include "plan.h"

namespace unrolled::UNROLLED_ISA {

// f(S) with S, 1 to 4, as a constant.
template <class F>
void with_vectors(std::size_t S, F f) {
  switch (S) {
    case 1: return f(std::integral_constant<int, 1>());
    case 2: return f(std::integral_constant<int, 2>());
    case 3: return f(std::integral_constant<int, 3>());
    default: return f(std::integral_constant<int, 4>());
  }
}

template <class V>
struct CrossEntropyPlan {
  static constexpr std::size_t W = V::width, panel_columns = 4 * W;
  static constexpr std::size_t most_shares = 16;
  static constexpr std::size_t most_rows = 400;  // of a block: its packed x stays near the second-level cache
  static constexpr std::size_t block_panels = std::max<std::size_t>(128 / panel_columns, 1);
  static constexpr std::size_t stride = block_panels * panel_columns + W;  // a power of two meets few sets of a cache

  // Rows of a block and panels of the vocabulary.
  struct Share {
    std::size_t by_row, by_column, first, rows, from, panels;
  };

  // One thread's own.
  struct Memory {
    const float** pointers;  // to the rows of a block
    float* sums;             // of exponentials so far, a vector for each row
    float* panel;            // of packed weights
    float* scores;           // of a panel, or the gradients of a block of columns: (rows, stride)
    float* turned;           // the gradients once more, (columns, rows)
    float* x;                // panels of packed x
  };

  CrossEntropyPlan(const CrossEntropy& a, Arena& arena)
      : a(a), vectors((a.V + W - 1) / W), panels((vectors + 3) / 4), inputs((a.E + W - 1) / W, 4, 1),
        by_column(std::clamp<std::size_t>(panels / 4, 1, most_shares)),
        by_row(std::clamp<std::size_t>(a.N / 64, 1, most_shares / by_column)),
        steps(std::max<std::size_t>((a.N + by_row * most_rows - 1) / (by_row * most_rows), 1)),
        rows((a.N + by_row * steps - 1) / (by_row * steps)) {
    const std::size_t across = by_row * rows;
    losses = arena.take<double>(a.N);
    at_target = arena.take<float>(a.N);
    shifts = arena.take<float>(by_column * across);
    sums = arena.take<double>(by_column * across);
    factors = arena.take<float>(by_column * across);
    scores_ = arena.take<float>(gradients() ? across * panels * panel_columns : 0);
    d_x_ = arena.take<float>(a.d_x != nullptr ? by_column * across * inputs.vectors * W : 0);
    d_weights = arena.take<float>(a.d_weights != nullptr ? (by_row - 1) * a.V * a.E : 0);
    d_bias = arena.take<float>(a.d_bias != nullptr ? (by_row - 1) * a.V : 0);
    pointers_ = arena.take<const float*>(a.threads * rows);
    lanes_ = arena.take<float>(a.threads * rows * W);
    panel_ = arena.take<float>(a.threads * panel_size());
    gradient_ = arena.take<float>(a.threads * rows * stride);
    turned_ = arena.take<float>(a.threads * turned_size());
    packed_x_ = arena.take<float>(a.threads * rows * inputs.vectors * W);
  }

  bool gradients() const { return a.d_x != nullptr || a.d_weights != nullptr || a.d_bias != nullptr; }
  std::size_t shares() const { return by_row * by_column; }

  Share share(std::size_t s, std::size_t step) const {
    const std::size_t i = s / by_column * steps + step, j = s % by_column, blocks = by_row * steps;
    const std::size_t first = a.N * i / blocks, from = panels * j / by_column;
    return {s / by_column, j, first, a.N * (i + 1) / blocks - first, from, panels * (j + 1) / by_column - from};
  }

  Memory own(std::size_t thread) const {
    return {pointers_ + thread * rows,          lanes_ + thread * rows * W,       panel_ + thread * panel_size(),
            gradient_ + thread * rows * stride, turned_ + thread * turned_size(),
            packed_x_ + thread * rows * inputs.vectors * W};
  }

  // How many vectors a panel has, and its scores (rows, vectors, W).
  std::size_t size(std::size_t panel) const { return std::min<std::size_t>(4, vectors - 4 * panel); }
  float* scores(const Share& s, std::size_t panel) const {
    return scores_ + (s.by_row * panels + panel) * rows * panel_columns;
  }
  // What a share of columns gives to the gradient of x: panels (rows, up to 4, W).
  float* d_x(const Share& s, std::size_t column) const {
    return d_x_ + (column * by_row + s.by_row) * rows * inputs.vectors * W;
  }
  // Where row r of a share of columns has its shift, sum and factor.
  std::size_t at(const Share& s, std::size_t column, std::size_t r) const {
    return (s.by_row * by_column + column) * rows + r;
  }
  float* weights_gradient(const Share& s) const {
    return s.by_row == 0 ? a.d_weights : d_weights + (s.by_row - 1) * a.V * a.E;
  }
  float* bias_gradient(const Share& s) const { return s.by_row == 0 ? a.d_bias : d_bias + (s.by_row - 1) * a.V; }

  const CrossEntropy& a;
  std::size_t vectors, panels;
  Panels inputs;  // of the columns of x
  std::size_t by_column, by_row, steps, rows;
  double *losses, *sums;                // sums of exp(score - shift)
  float *at_target, *shifts, *factors;  // factors turn exp(score - shift) into softmax
  float *d_weights, *d_bias;            // what shares of rows but the first give

 private:
  std::size_t turned_size() const { return block_panels * panel_columns * ((rows + W - 1) / W * W); }
  std::size_t panel_size() const { return std::max(a.E, block_panels * panel_columns) * panel_columns; }

  float *scores_, *d_x_;
  const float** pointers_;
  float *lanes_, *panel_, *gradient_, *turned_, *packed_x_;
};

}  // namespace unrolled::UNROLLED_ISA
