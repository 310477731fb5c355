// The output layer for few rows, and the best of a row of scores.
//
// The matrix is read once, as it lies, and that is what takes the time: four of its rows at once, while a page further on
// is fetched (a fifth less time than without, from the last-level cache), and all rows of x before they leave the
// first-level cache. Each score is summed in one order: lane l of a vector of sums takes the terms l, l + width, ...; then the bias and the lanes, the first one first.
#pragma once

#include "activations.h"
#include "best.h"
#include "parallel.h"
#include "rows.h"
#include "tile.h"

namespace unrolled::UNROLLED_ISA {

template <class V>
class ScoresRun {
  static constexpr std::size_t W = V::width, Q = V::quad;
  static constexpr std::size_t group = std::max<std::size_t>(W, 8);  // rows of the matrix at a time
  static constexpr std::size_t most_rows = 3;                        // of x that meet them at a time
  static constexpr int C = 4;                                        // rows of the matrix in registers
  static constexpr std::size_t bytes = line * sizeof(float), ahead = 4096;  // of the cache's lines, and to fetch ahead

 public:
  explicit ScoresRun(const Scores& a) : a_(a) {}

  void operator()(std::size_t thread, Team& team) const {
    const std::size_t groups = (a_.V + group - 1) / group;
    for (std::size_t g = groups * thread / team.size(); g < groups * (thread + 1) / team.size(); ++g) {
      for_each_block(a_.B, most_rows, [&](std::size_t first, std::size_t n) {
        n == 1 ? meet<1>(g * group, first) : n == 2 ? meet<2>(g * group, first) : meet<3>(g * group, first);
      });
    }
  }

 private:
  // R rows of x from `first` on, with a group of rows of the matrix; past the last one it stands in itself.
  template <int R>
  void meet(std::size_t column, std::size_t first) const {
    float sums[R][group][W];
    for (std::size_t c = 0; c < group; c += C) {
      const float* weights[C];
      for (std::size_t i = 0; i < C; ++i) weights[i] = a_.weights + std::min(column + c + i, a_.V - 1) * a_.E;
      multiply<R>(first, weights, &sums[0][c]);
    }
    for (std::size_t r = 0; r < R; ++r) {
      for (std::size_t c = 0; c < group && column + c < a_.V; c += W) {
        const std::size_t at = column + c, n = std::min(W, a_.V - at);
        join(sums[r] + c, a_.bias + at, a_.y + (first + r) * a_.V + at, Lanes<V>{n});
      }
    }
  }

  template <int R>
  UNROLLED_INLINE void multiply(std::size_t first, const float* const (&weights)[C], float (*sums)[W]) const {
    V sum[R][C];
    for (int r = 0; r < R; ++r) {
      for (int c = 0; c < C; ++c) sum[r][c] = 0.0f;
    }
    const float* x[R];
    for (int r = 0; r < R; ++r) x[r] = a_.x + (first + r) * a_.E;
    const char* fetch = reinterpret_cast<const char*>(weights[0]) + ahead;
    const auto add = [&](auto load) __attribute__((always_inline)) {
      V now[R];
#pragma GCC unroll 3
      for (int r = 0; r < R; ++r) now[r] = load(x[r]);
#pragma GCC unroll 4
      for (int c = 0; c < C; ++c) {
        const V w = load(weights[c]);
#pragma GCC unroll 3
        for (int r = 0; r < R; ++r) sum[r][c] = V::fma(now[r], w, sum[r][c]);
      }
#pragma GCC unroll 4
      for (std::size_t i = 0; i < C * W / line; ++i, fetch += bytes) __builtin_prefetch(fetch);
    };
    std::size_t e = 0;
    for (; e + W <= a_.E; e += W) add([&](const float* p) __attribute__((always_inline)) { return V::load(p + e); });
    const std::size_t rest = a_.E - e;
    if (rest > 0) add([&](const float* p) __attribute__((always_inline)) { return V::load(p + e, rest); });
    for (int r = 0; r < R; ++r) {
      for (int c = 0; c < C; ++c) sum[r][c].store(sums[r * static_cast<int>(group) + c]);
    }
  }

  // W scores from their lanes.
  static UNROLLED_INLINE void join(const float (*sums)[W], const float* bias, float* to, Lanes<V> lanes) {
    V score = lanes.load(bias);
    for (std::size_t k = 0; k < W; k += Q) {
      V columns[Q];
      V::load_columns([&](std::size_t r) __attribute__((always_inline)) { return sums[r] + k; }, columns);
      for (std::size_t i = 0; i < Q; ++i) score = score + columns[i];
    }
    lanes.store(to, score);
  }

  const Scores& a_;
};

template <class V>
void scores(const Scores& a) {
  constexpr std::size_t worth_a_thread = 1'000'000;
  const std::size_t wanted = a.B * a.E * a.V < worth_a_thread ? 1 : a.threads;
  if (a.B > 0 && a.V > 0) parallel(wanted, ScoresRun<V>(a));
}

template <class V>
std::size_t top(const float* x, std::size_t columns, const std::int64_t* hidden, std::size_t hidden_count,
                std::size_t k, std::int64_t* ids, float* shares) {
  Best best{std::min(k, columns), 0, ids, shares};
  const auto look = [&](float score, std::size_t id) {
    const bool wanted = best.count < best.k ? score == score : score > best.least();
    if (wanted && std::find(hidden, hidden + hidden_count, static_cast<std::int64_t>(id)) == hidden + hidden_count) {
      best.add(score, id);
    }
  };
  if (best.k == 0) return 0;
  std::size_t i = 0;
  for (; i < columns && best.count < best.k; ++i) look(x[i], i);
  for (; i < columns; i += V::width) {
    const std::size_t n = std::min(V::width, columns - i);
    if (n == V::width && !V::any(V(best.least()) < V::load(x + i))) continue;
    for (std::size_t j = i; j < i + n; ++j) look(x[j], j);
  }
  const float shift = row_shift<V>(x, columns), total = row_total<V>(x, columns, shift);
  for (std::size_t b = 0; b < best.count; ++b) {
    float lanes[V::width];
    exp(V(shares[b]) - V(shift)).store(lanes);
    shares[b] = lanes[0] / total;
  }
  return best.count;
}

}  // namespace unrolled::UNROLLED_ISA
