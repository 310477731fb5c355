// Output layer and cross-entropy in one: scores = x Wᵀ + b, the loss of each row at its target, and the gradients of both.
//
// Rows go through in blocks. For a block, panels of four vectors of the vocabulary meet all its rows; the largest score and
// the sum of exponentials run along while a panel's scores are in cache (Milakov & Gimelshein 2018). When the whole
// vocabulary is through, the block's scores turn into gradients, some columns at a time, and each of these meets W and x
// before it leaves the cache again. So the loss and three products cost one round trip of the scores of a block.
//
// The work is cut into shares, by columns where the vocabulary is large, else by rows. How it is cut depends on the sizes
// alone: any number of threads gives the same bits.
#pragma once

#include <cmath>
#include <numeric>

#include "activations.h"
#include "packing.h"
#include "parallel.h"
#include "plan.h"
#include "rows.h"

namespace unrolled::UNROLLED_ISA {

template <class V>
class CrossEntropyRun {
  static constexpr std::size_t W = V::width, panel_columns = 4 * W;
  static constexpr std::size_t most_shares = 16;
  static constexpr std::size_t most_rows = 320;      // of a block: x, packed, and its gradient stay near the second-level cache
  static constexpr std::size_t block_panels = std::max<std::size_t>(128 / panel_columns, 1);
  static constexpr std::size_t stride = block_panels * panel_columns + W;  // a power of two would meet few sets of a cache
  static constexpr float lowest = std::numeric_limits<float>::lowest();

  // Rows of a block and columns of the vocabulary.
  struct Share {
    std::size_t by_row, by_column, first, rows, from, panels;
  };

 public:
  CrossEntropyRun(const CrossEntropy& a, Arena& arena)
      : a_(a), vectors_((a.V + W - 1) / W), panels_((vectors_ + 3) / 4), inputs_((a.E + W - 1) / W, 4, 1),
        by_column_(std::clamp<std::size_t>(panels_ / 4, 1, most_shares)),
        by_row_(std::clamp<std::size_t>(a.N / 64, 1, most_shares / by_column_)),
        steps_(std::max<std::size_t>((a.N + by_row_ * most_rows - 1) / (by_row_ * most_rows), 1)),
        rows_((a.N + by_row_ * steps_ - 1) / (by_row_ * steps_)) {
    const std::size_t across = by_row_ * rows_, inputs = inputs_.vectors * W;
    losses_ = arena.take<double>(a.N);
    largest_ = arena.take<float>(a.N);
    scale_ = arena.take<float>(a.N);
    at_target_ = arena.take<float>(a.N);
    tops_ = arena.take<float>(by_column_ * across);
    sums_ = arena.take<double>(by_column_ * across);
    scores_ = arena.take<float>(gradients() ? across * panels_ * panel_columns : 0);
    d_x_ = arena.take<float>(a.d_x != nullptr ? by_column_ * across * inputs : 0);
    d_weights_ = arena.take<float>(a.d_weights != nullptr ? (by_row_ - 1) * a.V * a.E : 0);
    d_bias_ = arena.take<float>(a.d_bias != nullptr ? (by_row_ - 1) * a.V : 0);
    pointers_ = arena.take<const float*>(a.threads * rows_);
    lanes_ = arena.take<float>(a.threads * rows_ * 2 * W);
    panel_ = arena.take<float>(a.threads * panel_size());
    gradient_ = arena.take<float>(a.threads * rows_ * stride);
    turned_ = arena.take<float>(a.threads * turned_size());
    packed_x_ = arena.take<float>(a.threads * rows_ * inputs);
  }

  void operator()(std::size_t thread, Team& team) const {
    const std::size_t threads = team.size(), shares = by_row_ * by_column_;
    const auto mine = [&](std::size_t step, auto f) {
      for (std::size_t s = shares * thread / threads; s < shares * (thread + 1) / threads; ++s) f(share(s, step));
    };
    const auto each_row = [&](std::size_t step, auto f) {
      for (std::size_t i = 0; i < by_row_; ++i) {
        const Share s = share(i * by_column_, step);
        for (std::size_t r = s.rows * thread / threads; r < s.rows * (thread + 1) / threads; ++r) f(s, r);
      }
    };
    const Memory memory = own(thread);
    for (std::size_t step = 0; step < steps_; ++step) {
      mine(step, [&](const Share& s) { score(s, memory); });
      team.barrier().wait();
      each_row(step, [&](const Share& s, std::size_t r) { join_scores(s, r); });
      team.barrier().wait();
      if (!gradients()) continue;
      mine(step, [&](const Share& s) { differentiate(s, step, memory); });
      team.barrier().wait();
      if (a_.d_x != nullptr) each_row(step, [&](const Share& s, std::size_t r) { join_d_x(s, r); });
    }
    for (std::size_t other = 1; other < by_row_; ++other) {
      const auto add = [&](float* to, const float* from, std::size_t n) {
        for (std::size_t i = n * thread / threads; to != nullptr && i < n * (thread + 1) / threads; ++i) to[i] += from[i];
      };
      add(a_.d_weights, d_weights_ + (other - 1) * a_.V * a_.E, a_.V * a_.E);
      add(a_.d_bias, d_bias_ + (other - 1) * a_.V, a_.V);
    }
  }

  double loss() const {
    double sum = 0.0;
    for (std::size_t n = 0; n < a_.N; ++n) sum += losses_[n];
    return sum;
  }

 private:
  // One thread's own.
  struct Memory {
    const float** pointers;  // to the rows of a block
    float* lanes;            // largest score and sum so far, a vector each for each row
    float* panel;            // of packed weights
    float* scores;           // of a panel, or the gradients of a block of columns: (rows, stride)
    float* turned;           // the gradients once more, (columns, rows)
    float* x;                // panels of packed x
  };

  Memory own(std::size_t thread) const {
    return {pointers_ + thread * rows_,          lanes_ + thread * rows_ * 2 * W, panel_ + thread * panel_size(),
            gradient_ + thread * rows_ * stride, turned_ + thread * turned_size(),
            packed_x_ + thread * rows_ * inputs_.vectors * W};
  }
  std::size_t turned_size() const { return block_panels * panel_columns * ((rows_ + W - 1) / W * W); }
  std::size_t panel_size() const { return std::max(a_.E, block_panels * panel_columns) * panel_columns; }

  // f(S) with S, 1 to 4, as a constant.
  template <class F>
  static void with_vectors(std::size_t S, F f) {
    switch (S) {
      case 1: return f(std::integral_constant<int, 1>());
      case 2: return f(std::integral_constant<int, 2>());
      case 3: return f(std::integral_constant<int, 3>());
      default: return f(std::integral_constant<int, 4>());
    }
  }

  bool gradients() const { return a_.d_x != nullptr || a_.d_weights != nullptr || a_.d_bias != nullptr; }

  Share share(std::size_t s, std::size_t step) const {
    const std::size_t i = s / by_column_ * steps_ + step, j = s % by_column_, blocks = by_row_ * steps_;
    const std::size_t first = a_.N * i / blocks, from = panels_ * j / by_column_;
    return {s / by_column_, j, first, a_.N * (i + 1) / blocks - first, from, panels_ * (j + 1) / by_column_ - from};
  }

  std::size_t vectors(std::size_t panel) const { return std::min<std::size_t>(4, vectors_ - 4 * panel); }
  float* scores(const Share& s, std::size_t panel) const {
    return scores_ + (s.by_row * panels_ + panel) * rows_ * panel_columns;
  }
  float* d_x(const Share& s, std::size_t column) const {
    return d_x_ + (column * by_row_ + s.by_row) * rows_ * inputs_.vectors * W;
  }
  std::size_t at(const Share& s, std::size_t column, std::size_t r) const {
    return (s.by_row * by_column_ + column) * rows_ + r;
  }

  // The scores of a share; the largest of each row, and the sum of exp(score - largest).
  void score(const Share& s, const Memory& memory) const {
    for (std::size_t r = 0; r < s.rows; ++r) {
      memory.pointers[r] = a_.x + (s.first + r) * a_.E;
      V(lowest).store(memory.lanes + r * 2 * W);
      V(0.0f).store(memory.lanes + r * 2 * W + W);
    }
    for (std::size_t p = s.from; p < s.from + s.panels; ++p) {
      const std::size_t S = vectors(p), first = p * panel_columns;
      float* to = gradients() ? scores(s, p) : memory.scores;
      with_vectors(S, [&](auto count) { start<count>(first, s.rows, to); });
      for (std::size_t i = 0; i < S; ++i) {
        const std::size_t row = first + i * W;
        pack_rows<V>(a_.weights + row * a_.E, a_.E, std::min(W, a_.V - row), a_.E, memory.panel, i, S);
      }
      multiply<V>(S, to, memory.pointers, s.rows, a_.E, memory.panel);
      with_vectors(S, [&](auto count) { run_along<count>(s, first, to, memory.lanes); });
    }
    for (std::size_t r = 0; r < s.rows; ++r) {
      const V top = V::load(memory.lanes + r * 2 * W), sum = V::load(memory.lanes + r * 2 * W + W);
      float lanes[W];
      top.store(lanes);
      const float largest = *std::max_element(lanes, lanes + W);
      (sum * exp(top - V(largest))).store(lanes);
      tops_[at(s, s.by_column, r)] = largest;
      sums_[at(s, s.by_column, r)] = std::accumulate(lanes, lanes + W, 0.0);
    }
  }

  // Sums start from the bias; a column that is not there has a score of -infinity.
  template <int S>
  void start(std::size_t first, std::size_t rows, float* to) const {
    float lanes[S * W];
    for (std::size_t j = 0; j < S * W; ++j) lanes[j] = first + j < a_.V ? a_.bias[first + j] : -infinity;
    V bias[S];
    for (int i = 0; i < S; ++i) bias[i] = V::load(lanes + i * W);
    for (std::size_t r = 0; r < rows; ++r, to += S * W) {
#pragma GCC unroll 4
      for (int i = 0; i < S; ++i) bias[i].store(to + i * W);
    }
  }

  template <int S>
  void run_along(const Share& s, std::size_t first, const float* scores, float* lanes) const {
    for (std::size_t r = 0; r < s.rows; ++r, scores += S * W, lanes += 2 * W) {
      const V before = V::load(lanes);
      V top = before, sum = 0.0f;
#pragma GCC unroll 4
      for (int i = 0; i < S; ++i) top = V::max(V::load(scores + i * W), top);
#pragma GCC unroll 4
      for (int i = 0; i < S; ++i) sum = sum + exp(V::load(scores + i * W) - top);
      top.store(lanes);
      V::fma(V::load(lanes + W), exp(before - top), sum).store(lanes + W);
      const std::size_t target = static_cast<std::size_t>(a_.targets[s.first + r]) - first;
      if (target < S * W) at_target_[s.first + r] = scores[target];
    }
  }

  // Loss of row r of a block, and what its softmax is made with, from all columns' shares.
  void join_scores(const Share& s, std::size_t r) const {
    float largest = lowest;
    double sum = 0.0;
    for (std::size_t j = 0; j < by_column_; ++j) largest = std::max(largest, tops_[at(s, j, r)]);
    for (std::size_t j = 0; j < by_column_; ++j) {
      sum += sums_[at(s, j, r)] * std::exp(static_cast<double>(tops_[at(s, j, r)]) - largest);
    }
    const std::size_t n = s.first + r;
    losses_[n] = static_cast<double>(largest) - at_target_[n] + std::log(sum);
    largest_[n] = largest;
    scale_[n] = static_cast<float>(1.0 / sum);
  }

  // What a share's scores give to the three gradients.
  void differentiate(const Share& s, std::size_t step, const Memory& memory) const {
    if (a_.d_x != nullptr) std::fill_n(d_x(s, s.by_column), s.rows * inputs_.vectors * W, 0.0f);
    if (a_.d_weights != nullptr) pack_x(s, memory.x);
    for (std::size_t r = 0; r < s.rows; ++r) memory.pointers[r] = memory.scores + r * stride;
    for (std::size_t p = 0; p < s.panels; p += block_panels) {
      const std::size_t first = (s.from + p) * panel_columns;
      const std::size_t columns = std::min(std::min(block_panels, s.panels - p) * panel_columns, a_.V - first);
      for (std::size_t q = p; q < std::min(p + block_panels, s.panels); ++q) {
        float* to = memory.scores + (q - p) * panel_columns;
        with_vectors(vectors(s.from + q), [&](auto S) { softmax_less_target<S>(s, s.from + q, step > 0, to); });
      }
      if (a_.d_x != nullptr) add_d_x(s, first, columns, memory);
      if (a_.d_weights != nullptr) add_d_weights(s, first, columns, step > 0, memory);
    }
  }

  template <int S>
  void softmax_less_target(const Share& s, std::size_t panel, bool more, float* to) const {
    const std::size_t first = panel * panel_columns;
    const float* from = scores(s, panel);
    V sum[S];
    float less[S * W] = {};  // how often a column was the target
    for (int i = 0; i < S; ++i) sum[i] = 0.0f;
    for (std::size_t r = 0; r < s.rows; ++r, from += S * W, to += stride) {
      const std::size_t n = s.first + r, target = static_cast<std::size_t>(a_.targets[n]) - first;
      const V largest = largest_[n], scale = scale_[n];
#pragma GCC unroll 4
      for (int i = 0; i < S; ++i) {
        const V share = exp(V::load(from + i * W) - largest) * scale;
        share.store(to + i * W);
        sum[i] = sum[i] + share;
      }
      if (target >= S * W) continue;
      to[target] -= 1.0f;
      less[target] += 1.0f;
    }
    if (a_.d_bias == nullptr) return;
    float* bias = (s.by_row == 0 ? a_.d_bias : d_bias_ + (s.by_row - 1) * a_.V) + first;
    for (int i = 0; i < S; ++i) {
      const std::size_t lanes = std::min(W, a_.V - first - i * W);
      sum[i] = sum[i] - V::load(less + i * W);
      (more ? V::load(bias + i * W, lanes) + sum[i] : sum[i]).store(bias + i * W, lanes);
    }
  }

  void add_d_x(const Share& s, std::size_t first, std::size_t columns, const Memory& memory) const {
    for (std::size_t q = 0; q < inputs_.count; ++q) {
      const std::size_t S = inputs_.size(q), from = inputs_.begin(q) * W;
      for (std::size_t i = 0; i < S; ++i) {
        pack_columns<V>(a_.weights + first * a_.E + from + i * W, a_.E, a_.E - from - i * W, columns, memory.panel, i, S);
      }
      multiply<V>(S, d_x(s, s.by_column) + from * s.rows, memory.pointers, s.rows, columns, memory.panel);
    }
  }

  void add_d_weights(const Share& s, std::size_t first, std::size_t columns, bool more, const Memory& memory) const {
    const std::size_t padded = (rows_ + W - 1) / W;
    const float* turned[block_panels * panel_columns];
    for (std::size_t j = 0; j < columns; ++j) turned[j] = memory.turned + j * padded * W;
    for (std::size_t r = 0; r < s.rows; r += W) {
      pack_rows<V>(memory.scores + r * stride, stride, std::min(W, s.rows - r), columns, memory.turned + r, 0, padded);
    }
    float* to = (s.by_row == 0 ? a_.d_weights : d_weights_ + (s.by_row - 1) * a_.V * a_.E) + first * a_.E;
    for (std::size_t q = 0; q < inputs_.count; ++q) {
      with_vectors(inputs_.size(q), [&](auto S) {
        const std::size_t from = inputs_.begin(q) * W, lanes = std::min(W, a_.E - from - (S - 1) * W);
        each_vector<S>(to + from, columns, lanes, [&](float* C, float* sum, std::size_t n) {
          (more ? V::load(C, n) : V(0.0f)).store(sum);
        }, memory.panel);
        multiply<V>(S, memory.panel, turned, columns, s.rows, memory.x + from * s.rows);
        each_vector<S>(to + from, columns, lanes, [&](float* C, float* sum, std::size_t n) {
          V::load(sum).store(C, n);
        }, memory.panel);
      });
    }
  }

  // f(C, sum, lanes) for each of S vectors of each of `rows` rows of C, and of sums (rows, S, W).
  template <int S, class F>
  void each_vector(float* C, std::size_t rows, std::size_t lanes, F f, float* sums) const {
    for (std::size_t r = 0; r < rows; ++r, C += a_.E, sums += S * W) {
#pragma GCC unroll 4
      for (int i = 0; i < S; ++i) f(C + i * W, sums + i * W, i + 1 == S ? lanes : W);
    }
  }

  void pack_x(const Share& s, float* to) const {
    for (std::size_t q = 0; q < inputs_.count; ++q) {
      const std::size_t S = inputs_.size(q), from = inputs_.begin(q) * W;
      for (std::size_t i = 0; i < S; ++i) {
        pack_columns<V>(a_.x + s.first * a_.E + from + i * W, a_.E, a_.E - from - i * W, s.rows, to + from * s.rows, i, S);
      }
    }
  }

  void join_d_x(const Share& s, std::size_t r) const {
    for (std::size_t q = 0; q < inputs_.count; ++q) {
      const std::size_t S = inputs_.size(q), from = inputs_.begin(q) * W;
      for (std::size_t i = 0; i < S; ++i) {
        V sum = 0.0f;
        for (std::size_t j = 0; j < by_column_; ++j) {
          sum = sum + V::load(d_x(s, j) + from * s.rows + (r * S + i) * W);
        }
        const std::size_t e = from + i * W;
        sum.store(a_.d_x + (s.first + r) * a_.E + e, std::min(W, a_.E - e));
      }
    }
  }

  const CrossEntropy& a_;
  std::size_t vectors_, panels_;
  Panels inputs_;  // of the columns of x
  std::size_t by_column_, by_row_, steps_, rows_;
  double *losses_, *sums_;
  float *largest_, *scale_, *at_target_, *tops_, *scores_, *d_x_, *d_weights_, *d_bias_;
  const float** pointers_;
  float *lanes_, *panel_, *gradient_, *turned_, *packed_x_;
};

template <class V>
double cross_entropy(const CrossEntropy& a) {
  Arena measure(nullptr);
  CrossEntropyRun<V>(a, measure);
  Arena arena(scratch().take(measure.used()));
  const CrossEntropyRun<V> run(a, arena);
  parallel(a.threads, run);
  return run.loss();
}

}  // namespace unrolled::UNROLLED_ISA
