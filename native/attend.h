// One step of attention for many rows, each of which reads one of a few sources: scores, softmax, and the weighted sum.
//
// A row's source is read where it lies, without a copy for each row, and to its own end, so that no other row and no
// padding can change a bit of what comes out.
#pragma once

#include <limits>

#include "activations.h"
#include "parallel.h"
#include "plan.h"
#include "rows.h"
#include "tile.h"

namespace unrolled::UNROLLED_ISA {

template <class V>
class AttendRun {
  static constexpr std::size_t W = V::width;

 public:
  explicit AttendRun(const Attend& a) : a_(a) {}

  void operator()(std::size_t thread, Team& team) const {
    for (std::size_t r = a_.R * thread / team.size(); r < a_.R * (thread + 1) / team.size(); ++r) row(r);
  }

 private:
  void row(std::size_t r) const {
    const std::size_t n = static_cast<std::size_t>(a_.source[r]), steps = static_cast<std::size_t>(a_.lengths[n]);
    float* weights = a_.weights + r * a_.S;
    for (std::size_t s = 0; s < steps; ++s) weights[s] = score(a_.query + r * a_.A, a_.keys + (n * a_.S + s) * a_.A);
    if (steps > 0) softmax<V>(weights, weights, 1, steps);
    std::fill(weights + steps, weights + a_.S, 0.0f);
    constexpr std::size_t together = 8;  // vectors of the context at a time
    std::size_t e = 0;
    for (; e + together * W <= a_.E; e += together * W) sum<together>(weights, n, steps, e, r, W);
    for (; e < a_.E; e += W) sum<1>(weights, n, steps, e, r, std::min(W, a_.E - e));
  }

  // v · tanh(q + k), or q · k times the scale: lane l takes the elements l, l + width, ...
  float score(const float* query, const float* key) const {
    V total = 0.0f;
    const auto add = [&](std::size_t j, Lanes<V> some) __attribute__((always_inline)) {
      const V q = some.load(query + j), k = some.load(key + j);
      total = a_.v == nullptr ? V::fma(q, k, total) : V::fma(tanh(q + k), some.load(a_.v + j), total);
    };
    std::size_t j = 0;
    for (; j + W <= a_.A; j += W) add(j, {W});
    if (j < a_.A) add(j, {a_.A - j});
    float lanes[W], result = 0.0f;
    total.store(lanes);
    for (const float lane : lanes) result += lane;
    return result * a_.scale;
  }

  // C vectors of the context from `e` on; the last one has `lanes`.
  template <std::size_t C>
  void sum(const float* weights, std::size_t n, std::size_t steps, std::size_t e, std::size_t r, std::size_t lanes) const {
    const Lanes<V> some{lanes};
    V total[C];
#pragma GCC unroll 8
    for (std::size_t c = 0; c < C; ++c) total[c] = 0.0f;
    const float* values = a_.values + n * a_.S * a_.E + e;
    for (std::size_t s = 0; s < steps; ++s, values += a_.E) {
      const V weight = weights[s];
#pragma GCC unroll 8
      for (std::size_t c = 0; c < C; ++c) total[c] = V::fma(weight, some.load(values + c * W), total[c]);
    }
#pragma GCC unroll 8
    for (std::size_t c = 0; c < C; ++c) some.store(a_.context + r * a_.E + e + c * W, total[c]);
  }

  const Attend& a_;
};

template <class V>
void attend(const Attend& a) {
  constexpr std::size_t worth_a_thread = 200'000;
  const std::size_t work = a.R * a.S * (a.A * (a.v == nullptr ? 1 : 8) + a.E);
  if (a.R > 0) parallel(work < worth_a_thread ? 1 : a.threads, AttendRun<V>(a));
}

}  // namespace unrolled::UNROLLED_ISA
