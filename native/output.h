// The output layer with its weights packed once: the scores of rows, or of each row the best ones and their
// log-probabilities.
//
// Panels of four vectors of the vocabulary meet a block of rows. Where the best are asked for, a panel's scores are looked
// at while they are in cache and never reach memory: each row keeps its best so far, and a sum of exp(score - shift) whose
// shift is the largest score when it was set, set anew only where a score exceeds it by `slack` (Milakov & Gimelshein,
// 2018). Threads share out the columns. What is summed together depends on the size of the vocabulary alone, so that a row
// has the same bits in any batch and with any threads.
#pragma once

#include <cmath>

#include "best.h"
#include "parallel.h"
#include "plan.h"
#include "rows.h"
#include "tile.h"

namespace unrolled::UNROLLED_ISA {

template <class V>
class OutputRun {
  static constexpr std::size_t W = V::width, S = 4, columns = S * W;
  static constexpr std::size_t most_rows = 384, shares = 8;
  static constexpr float lowest = std::numeric_limits<float>::lowest();

 public:
  static constexpr std::size_t panel = columns;

  OutputRun(const Output& a, Arena& arena)
      : a_(a), panels_((a.V + columns - 1) / columns), rows_(std::min(a.B, most_rows)), threads_(a.threads) {
    pointers_ = arena.take<const float*>(threads_ * rows_);
    scores_ = arena.take<float>(threads_ * rows_ * columns);
    lanes_ = arena.take<float>(threads_ * rows_ * W);
    shifts_ = arena.take<float>(shares * rows_);
    sums_ = arena.take<double>(shares * rows_);
    ids_ = arena.take<std::int64_t>(threads_ * rows_ * a.k);
    best_ = arena.take<float>(threads_ * rows_ * a.k);
    counts_ = arena.take<std::size_t>(threads_ * rows_);
  }

  void operator()(std::size_t thread, Team& team) const {
    const std::size_t threads = team.size();
    for_each_block(a_.B, most_rows, [&](std::size_t first, std::size_t n) {
      const float** x = pointers_ + thread * rows_;
      for (std::size_t r = 0; r < n; ++r) x[r] = a_.x + (first + r) * a_.E;
      std::fill_n(counts_ + thread * rows_, n, std::size_t{0});
      for (std::size_t s = shares * thread / threads; s < shares * (thread + 1) / threads; ++s) meet(thread, s, first, n);
      if (a_.y != nullptr) return;
      team.barrier().wait();
      for (std::size_t r = n * thread / threads; r < n * (thread + 1) / threads; ++r) join(threads, first, r);
      team.barrier().wait();
    });
  }

 private:
  // `n` rows from `first` on, with one share of the panels.
  void meet(std::size_t thread, std::size_t share, std::size_t first, std::size_t n) const {
    float *scores = scores_ + thread * rows_ * columns, *lanes = lanes_ + thread * rows_ * W;
    float* shifts = shifts_ + share * rows_;
    std::fill_n(shifts, n, lowest);
    std::fill_n(lanes, n * W, 0.0f);
    for (std::size_t p = panels_ * share / shares; p < panels_ * (share + 1) / shares; ++p) {
      start(p, n, scores);
      multiply<V, Sums<0, 1, 2, 3>, S>(scores, pointers_ + thread * rows_, n, a_.E, a_.panels + p * a_.E * columns);
      const std::size_t from = p * columns, there = std::min(columns, a_.V - from);
      for (std::size_t r = 0; r < n; ++r) {
        const float* row = scores + r * columns;
        if (a_.y != nullptr) {
          std::copy_n(row, there, a_.y + (first + r) * a_.V + from);
        } else {
          look(row, from, there, best(thread, r), counts_[thread * rows_ + r], shifts[r], lanes + r * W);
        }
      }
    }
    for (std::size_t r = 0; r < n; ++r) sums_[share * rows_ + r] = std::accumulate(lanes + r * W, lanes + (r + 1) * W, 0.0);
  }

  // Sums start from the bias; a column that is not there has a score of -infinity.
  void start(std::size_t p, std::size_t n, float* scores) const {
    float bias[columns];
    for (std::size_t j = 0; j < columns; ++j) bias[j] = p * columns + j < a_.V ? a_.bias[p * columns + j] : -infinity;
    for (std::size_t r = 0; r < n; ++r) std::copy_n(bias, columns, scores + r * columns);
  }

  Best best(std::size_t thread, std::size_t r) const {
    const std::size_t at = thread * rows_ + r;
    return {a_.k, counts_[at], ids_ + at * a_.k, best_ + at * a_.k};
  }

  // A row's scores of one panel: what exceeds its best, and the exponentials of all.
  static void look(const float* row, std::size_t from, std::size_t there, Best best, std::size_t& count, float& shift,
                   float* lanes) {
    V score[S];
#pragma GCC unroll 4
    for (std::size_t i = 0; i < S; ++i) score[i] = V::load(row + i * W);
    V top = score[0];
#pragma GCC unroll 4
    for (std::size_t i = 1; i < S; ++i) top = V::max(score[i], top);
    if (best.count < best.k || V::any(V(best.least()) < top)) {
      for (std::size_t j = 0; j < there; ++j) {
        if (best.count < best.k ? row[j] == row[j] : row[j] > best.least()) best.add(row[j], from + j);
      }
      count = best.count;
    }
    if (V::any(V(shift + slack) < top)) {
      float largest[W];
      top.store(largest);
      const float to = *std::max_element(largest, largest + W);
      (V::load(lanes) * exp(V(shift - to))).store(lanes);
      shift = to;
    }
    V sum = V::load(lanes);
#pragma GCC unroll 4
    for (std::size_t i = 0; i < S; ++i) sum = sum + exponential(score[i] - V(shift));
    sum.store(lanes);
  }

  // The best of all threads' columns, lower columns first, and their log-probabilities; a NaN where there are fewer.
  void join(std::size_t threads, std::size_t first, std::size_t r) const {
    std::int64_t* ids = a_.ids + (first + r) * a_.k;
    float* to = a_.log_probabilities + (first + r) * a_.k;
    Best all{a_.k, 0, ids, to};
    for (std::size_t thread = 0; thread < threads; ++thread) {
      const Best part = best(thread, r);
      for (std::size_t i = 0; i < part.count; ++i) {
        if (all.count < all.k || part.scores[i] > all.least()) all.add(part.scores[i], static_cast<std::size_t>(part.ids[i]));
      }
    }
    float largest = lowest;
    double sum = 0.0;
    for (std::size_t s = 0; s < shares; ++s) largest = std::max(largest, shifts_[s * rows_ + r]);
    for (std::size_t s = 0; s < shares; ++s) {
      sum += sums_[s * rows_ + r] * std::exp(static_cast<double>(shifts_[s * rows_ + r]) - largest);
    }
    const double all_of_them = largest + std::log(sum);
    a_.total[first + r] = static_cast<float>(all_of_them);
    for (std::size_t i = 0; i < all.count; ++i) to[i] = static_cast<float>(to[i] - all_of_them);
    std::fill(to + all.count, to + a_.k, std::numeric_limits<float>::quiet_NaN());
    std::fill(ids + all.count, ids + a_.k, std::int64_t{0});
  }

  const Output& a_;
  const std::size_t panels_, rows_, threads_;
  const float** pointers_;
  float *scores_, *lanes_, *shifts_, *best_;
  double* sums_;
  std::int64_t* ids_;
  std::size_t* counts_;
};

template <class V>
void output(const Output& given) {
  constexpr std::size_t worth_a_thread = 1'000'000;
  if (given.B == 0 || given.V == 0) return;
  Output a = given;
  if (a.B * a.E * a.V < worth_a_thread) a.threads = 1;
  Arena measure(nullptr);
  OutputRun<V>(a, measure);
  Arena arena(scratch().take(measure.used()));
  parallel(a.threads, OutputRun<V>(a, arena));
}

}  // namespace unrolled::UNROLLED_ISA
