// The gradients of a recurrence's weights: sums over every row and step.
//
// Threads share them as they shared the steps, so that each reads what its own core wrote: by units, each makes its own
// rows of every matrix; by rows, each sums up its own sequences' terms apart, and what they have is added at the end.
#pragma once

#include "outer.h"

namespace unrolled::UNROLLED_ISA {

template <class V, class Cell>
class WeightGradients {
 public:
  WeightGradients(const RecurrentBackward& a, Arena& arena, std::size_t threads, bool by_units)
      : a_(a), by_units_(by_units), memory_(arena.take<float>(threads * memory_size())),
        apart_(arena.take<float>(by_units ? 0 : (threads - 1) * total())) {}

  // The whole of one thread's work before the threads meet: `terms` are its own, or, by units, all.
  void sum(const Term* terms, std::size_t N, std::size_t thread, std::size_t threads) const {
    const std::size_t H = a_.sizes.H, D = a_.sizes.D;
    const std::size_t first = by_units_ ? H * thread / threads : 0;
    const std::size_t last = by_units_ ? H * (thread + 1) / threads : H;
    N <= few_terms ? sum_few(terms, N, thread, first, last) : sum_many(terms, N, thread, first, last);
    if (a_.d_peephole != nullptr) {
      peepholes(terms, N, first, last - first, at(a_.d_peephole, thread, G * H * (D + H + 2)));
    }
  }

  // What is left when all threads have summed: one thread's share of adding.
  void add(std::size_t thread, std::size_t threads) const {
    const std::size_t H = a_.sizes.H, D = a_.sizes.D, GH = Cell::gates * H;
    if (by_units_ || threads == 1) return;
    const auto share = [&](float* to, std::size_t offset, std::size_t size) {
      for (std::size_t other = 1; other < threads && to != nullptr; ++other) {
        const float* from = at(to, other, offset);
        for (std::size_t i = size * thread / threads; i < size * (thread + 1) / threads; ++i) to[i] += from[i];
      }
    };
    share(a_.d_U, 0, GH * D);
    share(a_.d_W, GH * D, GH * H);
    share(a_.d_b_x, GH * (D + H), GH);
    share(a_.d_b_h, GH * (D + H + 1), GH);
    share(a_.d_peephole, GH * (D + H + 2), 3 * H);
  }

 private:
  static constexpr std::size_t G = Cell::gates, few = 2;  // that many inputs are columns by themselves

  void sum_many(const Term* terms, std::size_t N, std::size_t thread, std::size_t first, std::size_t last) const {
    const std::size_t H = a_.sizes.H, D = a_.sizes.D;
    float* memory = memory_ + thread * memory_size();
    OuterColumns<V> x(D, memory), h(H, memory + OuterColumns<V>::memory(D));
    float* gradients = memory + OuterColumns<V>::memory(D) + OuterColumns<V>::memory(H);
    for (std::size_t n = 0; n < N;) {
      const std::size_t count = std::min(outer_terms<V>, N - n);
      if (a_.d_U != nullptr && D > few) x.pack(terms + n, count, &Term::x);
      if (a_.d_W != nullptr) h.pack(terms + n, count, &Term::h);
      for (std::size_t block = 0; block < Cell::gradients; ++block) {
        for (std::size_t row = first; row < last; row += outer_rows) {
          add(terms + n, count, n > 0, thread, block, row, std::min(outer_rows, last - row), x, h, gradients);
        }
      }
      n += count;
    }
  }

  // At most few_terms, or none, for zeros: each result row by row, as it lies in memory.
  void sum_few(const Term* terms, std::size_t N, std::size_t thread, std::size_t first, std::size_t last) const {
    const std::size_t H = a_.sizes.H, D = a_.sizes.D, units = last - first;
    for (std::size_t block = 0; block < Cell::gradients; ++block) {
      const auto bias = [&](float* to) {
        for (std::size_t j = first; j < last; ++j, ++to) {
          *to = 0.0f;
          for (std::size_t n = 0; n < N; ++n) *to += terms[n].d_gates[block * H + j];
        }
      };
      if (block < G) {
        const std::size_t to = (block + Cell::input_turn) % G * H + first;
        if (a_.d_b_x != nullptr) bias(at(a_.d_b_x, thread, G * H * (D + H)) + to);
        if (a_.d_U != nullptr) {
          outer_few<V>(terms, N, block * H + first, units, &Term::x, D, at(a_.d_U, thread, 0) + to * D);
        }
      }
      if (block >= Cell::state_gradient && block < Cell::state_gradient + G) {
        const std::size_t to = (block - Cell::state_gradient) * H + first;
        if (a_.d_b_h != nullptr) bias(at(a_.d_b_h, thread, G * H * (D + H + 1)) + to);
        if (a_.d_W != nullptr) {
          outer_few<V>(terms, N, block * H + first, units, &Term::h, H, at(a_.d_W, thread, G * H * D) + to * H);
        }
      }
    }
  }

  // What `count` terms add to `rows` rows of every result that a block of gradients has a share in.
  void add(const Term* terms, std::size_t count, bool more, std::size_t thread, std::size_t block, std::size_t row,
           std::size_t rows, const OuterColumns<V>& x, const OuterColumns<V>& h, float* gradients) const {
    const std::size_t H = a_.sizes.H, D = a_.sizes.D, from = block * H + row;
    float* sums = gradients + outer_gradients<V>;
    std::fill_n(sums, outer_sums<V>, 0.0f);
    pack_gradients<V>(terms, count, from, rows, gradients, sums);
    const auto bias = [&](float* to) {
      for (std::size_t r = 0; r < rows; ++r) to[r] = (more ? to[r] : 0.0f) + sums[r];
    };
    if (block < G) {
      const std::size_t to = (block + Cell::input_turn) % G * H + row;
      if (a_.d_b_x != nullptr) bias(at(a_.d_b_x, thread, G * H * (D + H)) + to);
      if (a_.d_U != nullptr && D > few) x.multiply(gradients, rows, more, at(a_.d_U, thread, 0) + to * D);
      for (std::size_t i = 0; i < D && a_.d_U != nullptr && D <= few; ++i) {
        outer_column<V>(terms, count, from, rows, more, at(a_.d_U, thread, 0) + to * D + i, D,
                        [i](const Term& t) { return t.x[i]; });
      }
    }
    if (block >= Cell::state_gradient && block < Cell::state_gradient + G) {
      const std::size_t to = (block - Cell::state_gradient) * H + row;
      if (a_.d_b_h != nullptr) bias(at(a_.d_b_h, thread, G * H * (D + H + 1)) + to);
      if (a_.d_W != nullptr) h.multiply(gradients, rows, more, at(a_.d_W, thread, G * H * D) + to * H);
    }
  }

  std::size_t memory_size() const {
    return OuterColumns<V>::memory(a_.sizes.D) + OuterColumns<V>::memory(a_.sizes.H) + outer_gradients<V> + outer_sums<V>;
  }
  std::size_t total() const { return Cell::gates * a_.sizes.H * (a_.sizes.D + a_.sizes.H + 2) + 3 * a_.sizes.H; }

  // Where a thread sums: the first and, by units, every one in the result itself.
  float* at(float* result, std::size_t thread, std::size_t offset) const {
    return by_units_ || thread == 0 ? result : apart_ + (thread - 1) * total() + offset;
  }

  // i and f saw c as it was, o as the gates i, f, g then made it.
  void peepholes(const Term* terms, std::size_t N, std::size_t first, std::size_t units, float* to) const {
    const std::size_t H = a_.sizes.H, last = first + units;
    for (std::size_t block = 0; block < 3; ++block) std::fill_n(to + block * H + first, units, 0.0f);
    for (const Term* t = terms; t != terms + N; ++t) {
      for (std::size_t j = first; j < last; ++j) {
        to[j] += t->d_gates[j] * t->c[j];
        to[H + j] += t->d_gates[H + j] * t->c[j];
        to[2 * H + j] += t->d_gates[3 * H + j] * (t->kept[H + j] * t->c[j] + t->kept[j] * t->kept[2 * H + j]);
      }
    }
  }

  const RecurrentBackward& a_;
  const bool by_units_;
  float *memory_, *apart_;
};

}  // namespace unrolled::UNROLLED_ISA
