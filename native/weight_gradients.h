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
      : a_(a), by_units_(by_units),
        memory_(arena.take<float>(threads * outer_memory<V>(std::max(a.sizes.D, a.sizes.H)))),
        apart_(arena.take<float>(by_units ? 0 : (threads - 1) * total())) {}

  // The whole of one thread's work before the threads meet: `terms` are its own, or, by units, all.
  void sum(const Term* terms, std::size_t N, std::size_t thread, std::size_t threads) const {
    const std::size_t H = a_.sizes.H, D = a_.sizes.D;
    const std::size_t first = by_units_ ? H * thread / threads : 0;
    const std::size_t units = (by_units_ ? H * (thread + 1) / threads : H) - first;
    constexpr std::size_t G = Cell::gates, turn = (G - Cell::input_turn) % G;
    const GateRows input{G, H, first, units, 0, turn}, state{G, H, first, units, Cell::state_gradient, 0};
    float* memory = memory_ + thread * outer_memory<V>(std::max(D, H));
    const auto make = [&](const float* Term::*b, std::size_t columns, const GateRows& rows, float* C) {
      if (columns > 2) {
        Outer<V>(terms, N, b, columns, rows, C, memory);
        return;
      }
      for (std::size_t i = 0; i < columns; ++i) {
        outer_column<V>(terms, N, rows, C + i, columns, [&](const Term& t) { return (t.*b)[i]; });
      }
    };
    const auto one = [](const Term&) { return 1.0f; };
    if (a_.d_U != nullptr) make(&Term::x, D, input, at(a_.d_U, thread, 0));
    if (a_.d_W != nullptr) make(&Term::h, H, state, at(a_.d_W, thread, G * H * D));
    if (a_.d_b_x != nullptr) outer_column<V>(terms, N, input, at(a_.d_b_x, thread, G * H * (D + H)), 1, one);
    if (a_.d_b_h != nullptr) outer_column<V>(terms, N, state, at(a_.d_b_h, thread, G * H * (D + H + 1)), 1, one);
    if (a_.d_peephole != nullptr) peepholes(terms, N, first, units, at(a_.d_peephole, thread, G * H * (D + H + 2)));
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
