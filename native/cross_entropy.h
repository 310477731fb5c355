// Output layer and cross-entropy in one: scores = x Wᵀ + b, the loss of each row at its target, and all gradients.
//
// Rows go through in blocks. For a block, panels of four vectors of the vocabulary meet all its rows. While a panel's
// scores are in cache they turn into exp(score - shift), once and for all, and are summed. The shift is the largest
// score of a row when it was set; it is set anew, and what stands there put right, only where a score exceeds it by
// `slack`: the running maximum of Milakov & Gimelshein (2018), without a second exponential. When all is through,
// the block's exponentials turn into gradients, some columns at a time, and each of these meets W and x before it
// leaves the cache again. So the loss and three products cost one round trip of the scores of a block.
#pragma once

#include <cmath>
#include <numeric>

#include "activations.h"
#include "cross_entropy_plan.h"
#include "parallel.h"
#include "rows.h"

namespace unrolled::UNROLLED_ISA {

template <class V>
class CrossEntropyRun {
  using Plan = CrossEntropyPlan<V>;
  using Share = typename Plan::Share;
  using Memory = typename Plan::Memory;
  static constexpr std::size_t W = V::width, panel_columns = Plan::panel_columns, block_panels = Plan::block_panels;
  static constexpr std::size_t stride = Plan::stride;
  static constexpr float lowest = std::numeric_limits<float>::lowest();

 public:
  CrossEntropyRun(const CrossEntropy& a, Arena& arena) : p_(a, arena), a_(p_.a) {}

  void operator()(std::size_t thread, Team& team) const {
    const std::size_t threads = team.size(), shares = p_.shares();
    const auto mine = [&](std::size_t step, auto f) {
      for (std::size_t s = shares * thread / threads; s < shares * (thread + 1) / threads; ++s) f(p_.share(s, step));
    };
    const auto each_row = [&](std::size_t step, auto f) {
      for (std::size_t i = 0; i < p_.by_row; ++i) {
        const Share s = p_.share(i * p_.by_column, step);
        for (std::size_t r = s.rows * thread / threads; r < s.rows * (thread + 1) / threads; ++r) f(s, r);
      }
    };
    const Memory memory = p_.own(thread);
    for (std::size_t step = 0; step < p_.steps; ++step) {
      mine(step, [&](const Share& s) { score(s, memory); });
      team.barrier().wait();
      each_row(step, [&](const Share& s, std::size_t r) { join_scores(s, r); });
      team.barrier().wait();
      if (!p_.gradients()) continue;
      mine(step, [&](const Share& s) { differentiate(s, step > 0, memory); });
      team.barrier().wait();
      if (a_.d_x != nullptr) each_row(step, [&](const Share& s, std::size_t r) { join_d_x(s, r); });
    }
    for (std::size_t other = 1; other < p_.by_row; ++other) {
      const auto add = [&](float* to, const float* from, std::size_t n) {
        if (to == nullptr) return;
        for (std::size_t i = n * thread / threads; i < n * (thread + 1) / threads; ++i) to[i] += from[i];
      };
      add(a_.d_weights, p_.d_weights + (other - 1) * a_.V * a_.E, a_.V * a_.E);
      add(a_.d_bias, p_.d_bias + (other - 1) * a_.V, a_.V);
    }
  }

  double loss() const { return std::accumulate(p_.losses, p_.losses + a_.N, 0.0); }

 private:
  static float largest_of(V v) {
    float lanes[W];
    v.store(lanes);
    return *std::max_element(lanes, lanes + W);
  }

  // exp(score - shift) of a share, and the sum and the shift of each row.
  void score(const Share& s, const Memory& memory) const {
    for (std::size_t r = 0; r < s.rows; ++r) {
      memory.pointers[r] = a_.x + (s.first + r) * a_.E;
      p_.shifts[p_.at(s, s.by_column, r)] = lowest;
    }
    std::fill_n(memory.sums, s.rows * W, 0.0f);
    for (std::size_t p = s.from; p < s.from + s.panels; ++p) {
      const std::size_t S = p_.size(p), first = p * panel_columns;
      float* to = p_.gradients() ? p_.scores(s, p) : memory.scores;
      with_vectors(S, [&](auto count) { start<count>(first, s.rows, to); });
      for (std::size_t i = 0; i < S; ++i) {
        const std::size_t row = first + i * W;
        pack_rows<V>(a_.weights + row * a_.E, a_.E, std::min(W, a_.V - row), a_.E, memory.panel, i, S);
      }
      multiply<V>(S, to, memory.pointers, s.rows, a_.E, memory.panel);
      with_vectors(S, [&](auto count) { exponentials<count>(s, p, to, memory.sums); });
    }
    for (std::size_t r = 0; r < s.rows; ++r) {
      const float* sum = memory.sums + r * W;
      p_.sums[p_.at(s, s.by_column, r)] = std::accumulate(sum, sum + W, 0.0);
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
  void exponentials(const Share& s, std::size_t panel, float* scores, float* sums) const {
    const std::size_t first = panel * panel_columns;
    float* shifts = p_.shifts + p_.at(s, s.by_column, 0);
    for (std::size_t r = 0; r < s.rows; ++r, scores += S * W, sums += W) {
      const std::size_t target = static_cast<std::size_t>(a_.targets[s.first + r]) - first;
      if (target < S * W) p_.at_target[s.first + r] = scores[target];
      V score[S];
#pragma GCC unroll 4
      for (int i = 0; i < S; ++i) score[i] = V::load(scores + i * W);
      V top = score[0];
#pragma GCC unroll 4
      for (int i = 1; i < S; ++i) top = V::max(score[i], top);
      if (V::any(V(shifts[r] + slack) < top)) shift_anew(s, panel, r, largest_of(top), sums);
      const V shift = shifts[r];
      V sum = V::load(sums);
#pragma GCC unroll 4
      for (int i = 0; i < S; ++i) {
        const V e = exponential(score[i] - shift);
        e.store(scores + i * W);
        sum = sum + e;
      }
      sum.store(sums);
    }
  }

  // Brings row r of a share, in what panels it has before `panel`, to a new shift.
  [[gnu::noinline]] void shift_anew(const Share& s, std::size_t panel, std::size_t r, float to, float* sums) const {
    float& shift = p_.shifts[p_.at(s, s.by_column, r)];
    const V factor = exp(V(shift - to));
    (V::load(sums) * factor).store(sums);
    for (std::size_t p = s.from; p < panel && p_.gradients(); ++p) {
      float* row = p_.scores(s, p) + r * panel_columns;
      for (std::size_t i = 0; i < 4; ++i) (V::load(row + i * W) * factor).store(row + i * W);
    }
    shift = to;
  }

  // Loss of row r of a block, and what makes its exponentials its softmax, from all columns' shares.
  void join_scores(const Share& s, std::size_t r) const {
    float largest = lowest;
    double sum = 0.0;
    for (std::size_t j = 0; j < p_.by_column; ++j) largest = std::max(largest, p_.shifts[p_.at(s, j, r)]);
    const auto below = [&](std::size_t at) { return std::exp(static_cast<double>(p_.shifts[at]) - largest); };
    for (std::size_t j = 0; j < p_.by_column; ++j) sum += p_.sums[p_.at(s, j, r)] * below(p_.at(s, j, r));
    for (std::size_t j = 0; j < p_.by_column; ++j) {
      p_.factors[p_.at(s, j, r)] = static_cast<float>(below(p_.at(s, j, r)) / sum);
    }
    p_.losses[s.first + r] = static_cast<double>(largest) - p_.at_target[s.first + r] + std::log(sum);
  }

  // What a share's exponentials give to the three gradients, to be added where `more`.
  void differentiate(const Share& s, bool more, const Memory& memory) const {
    if (a_.d_x != nullptr) std::fill_n(p_.d_x(s, s.by_column), s.rows * p_.inputs.vectors * W, 0.0f);
    for (std::size_t q = 0; q < p_.inputs.count && a_.d_weights != nullptr; ++q) {
      pack_inputs(a_.x + s.first * a_.E, q, s.rows, memory.x + p_.inputs.begin(q) * W * s.rows);
    }
    for (std::size_t r = 0; r < s.rows; ++r) memory.pointers[r] = memory.scores + r * stride;
    for (std::size_t p = 0; p < s.panels; p += block_panels) {
      const std::size_t first = (s.from + p) * panel_columns;
      const std::size_t columns = std::min(std::min(block_panels, s.panels - p) * panel_columns, a_.V - first);
      for (std::size_t q = p; q < std::min(p + block_panels, s.panels); ++q) {
        float* to = memory.scores + (q - p) * panel_columns;
        with_vectors(p_.size(s.from + q), [&](auto S) { softmax_less_target<S>(s, s.from + q, more, to); });
      }
      if (a_.d_x != nullptr) add_d_x(s, first, columns, memory);
      if (a_.d_weights != nullptr) add_d_weights(s, first, columns, more, memory);
    }
  }

  template <int S>
  void softmax_less_target(const Share& s, std::size_t panel, bool more, float* to) const {
    const std::size_t first = panel * panel_columns;
    const float *from = p_.scores(s, panel), *factors = p_.factors + p_.at(s, s.by_column, 0);
    V sum[S];
    float less[S * W] = {};  // how often a column was the target
    for (int i = 0; i < S; ++i) sum[i] = 0.0f;
    for (std::size_t r = 0; r < s.rows; ++r, from += S * W, to += stride) {
      const std::size_t target = static_cast<std::size_t>(a_.targets[s.first + r]) - first;
      const V factor = factors[r];
#pragma GCC unroll 4
      for (int i = 0; i < S; ++i) {
        const V share = V::load(from + i * W) * factor;
        share.store(to + i * W);
        sum[i] = sum[i] + share;
      }
      if (target >= S * W) continue;
      to[target] -= 1.0f;
      less[target] += 1.0f;
    }
    if (a_.d_bias == nullptr) return;
    float* bias = p_.bias_gradient(s) + first;
    for (int i = 0; i < S; ++i) {
      const std::size_t lanes = std::min(W, a_.V - first - i * W);
      sum[i] = sum[i] - V::load(less + i * W);
      (more ? V::load(bias + i * W, lanes) + sum[i] : sum[i]).store(bias + i * W, lanes);
    }
  }

  // Packs `rows` rows of a matrix (…, E), those columns that panel q of the inputs has.
  void pack_inputs(const float* matrix, std::size_t q, std::size_t rows, float* panel) const {
    const std::size_t S = p_.inputs.size(q), from = p_.inputs.begin(q) * W;
    for (std::size_t i = 0; i < S; ++i) {
      pack_columns<V>(matrix + from + i * W, a_.E, a_.E - from - i * W, rows, panel, i, S);
    }
  }

  void add_d_x(const Share& s, std::size_t first, std::size_t columns, const Memory& memory) const {
    for (std::size_t q = 0; q < p_.inputs.count; ++q) {
      pack_inputs(a_.weights + first * a_.E, q, columns, memory.panel);
      float* to = p_.d_x(s, s.by_column) + p_.inputs.begin(q) * W * s.rows;
      multiply<V>(p_.inputs.size(q), to, memory.pointers, s.rows, columns, memory.panel);
    }
  }

  void add_d_weights(const Share& s, std::size_t first, std::size_t columns, bool more, const Memory& memory) const {
    const std::size_t padded = (p_.rows + W - 1) / W;
    const float* turned[block_panels * panel_columns];
    for (std::size_t j = 0; j < columns; ++j) turned[j] = memory.turned + j * padded * W;
    for (std::size_t r = 0; r < s.rows; r += W) {
      pack_rows<V>(memory.scores + r * stride, stride, std::min(W, s.rows - r), columns, memory.turned + r, 0, padded);
    }
    float* to = p_.weights_gradient(s) + first * a_.E;
    for (std::size_t q = 0; q < p_.inputs.count; ++q) {
      with_vectors(p_.inputs.size(q), [&](auto S) {
        const std::size_t from = p_.inputs.begin(q) * W, lanes = std::min(W, a_.E - from - (S - 1) * W);
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

  void join_d_x(const Share& s, std::size_t r) const {
    for (std::size_t q = 0; q < p_.inputs.count; ++q) {
      const std::size_t S = p_.inputs.size(q), from = p_.inputs.begin(q) * W;
      for (std::size_t i = 0; i < S; ++i) {
        V sum = 0.0f;
        for (std::size_t j = 0; j < p_.by_column; ++j) {
          sum = sum + V::load(p_.d_x(s, j) + from * s.rows + (r * S + i) * W);
        }
        const std::size_t e = from + i * W;
        sum.store(a_.d_x + (s.first + r) * a_.E + e, std::min(W, a_.E - e));
      }
    }
  }

  const Plan p_;
  const CrossEntropy& a_;
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
