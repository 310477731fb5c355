// Which rows are alive at each step, where they lie, and memory to work in.
#pragma once

#include <algorithm>
#include <cstddef>
#include <new>
#include <numeric>

#include "kernels.h"

namespace unrolled::UNROLLED_ISA {

// Memory of one Python thread, kept from call to call: fresh pages would cost more than many a product. The next
// call that needs much less gives back what is very large.
class Scratch {
 public:
  ~Scratch() { release(); }
  Scratch() = default;
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  // `bytes` of memory, 64-byte aligned, good until the next call; what it held before is lost.
  void* take(std::size_t bytes) {
    if (bytes > size_ || (size_ > very_large && bytes < size_ / 2)) {
      release();
      data_ = ::operator new(bytes, std::align_val_t(64));
      size_ = bytes;
    }
    return data_;
  }

 private:
  static constexpr std::size_t very_large = std::size_t{256} << 20;

  void release() {
    ::operator delete(data_, std::align_val_t(64));
    data_ = nullptr;
    size_ = 0;
  }

  void* data_ = nullptr;
  std::size_t size_ = 0;
};

inline Scratch& scratch() {
  static thread_local Scratch mine;
  return mine;
}

// Hands out pieces of one block. Run once without memory to learn how much is needed, once with it.
class Arena {
 public:
  explicit Arena(void* base) : base_(static_cast<char*>(base)) {}

  template <class T>
  T* take(std::size_t n) {
    used_ = (used_ + 63) / 64 * 64;
    T* piece = base_ == nullptr ? nullptr : reinterpret_cast<T*>(base_ + used_);
    used_ += n * sizeof(T);
    return piece;
  }
  std::size_t used() const { return used_; }

 private:
  char* base_;
  std::size_t used_ = 0;
};

// Rows sorted by length, longest first (row r of the plan is row order[r] of the batch), the packed position at which
// each time begins, and how many rows are alive at each step.
struct Plan {
  std::size_t *order, *length;  // (B)
  std::size_t *offset;          // (T + 1); N = offset[T]
  std::size_t steps;            // T
  bool reverse;

  Plan(Arena& arena, const Recurrence& a)
      : order(arena.take<std::size_t>(a.sizes.B)),
        length(arena.take<std::size_t>(a.sizes.B)),
        offset(arena.take<std::size_t>(a.sizes.T + 1)),
        steps(a.sizes.T),
        reverse(a.reverse) {
    if (offset != nullptr) fill(a.sizes.B, a.sizes.T, a.lengths);
  }

  std::size_t alive(std::size_t step) const { return offset[step + 1] - offset[step]; }
  std::size_t time(std::size_t r, std::size_t step) const { return reverse ? length[r] - 1 - step : step; }
  std::size_t position(std::size_t r, std::size_t time) const { return offset[time] + r; }

  // The row of an array of `columns` floats a row that belongs to plan row r at `time`.
  template <class T>
  T* row(const Rows<T>& rows, bool packed, std::size_t columns, std::size_t r, std::size_t time) const {
    if (packed) return rows.data + position(r, time) * columns;
    return rows.data + static_cast<std::ptrdiff_t>(order[r]) * rows.batch + static_cast<std::ptrdiff_t>(time) * rows.time;
  }

 private:
  void fill(std::size_t B, std::size_t T, const std::int64_t* lengths) {
    if (lengths == nullptr) {
      std::iota(order, order + B, std::size_t{0});
      std::fill(length, length + B, T);
      for (std::size_t t = 0; t <= T; ++t) offset[t] = t * B;
      return;
    }
    // Counting sort: offset[t] first counts the rows longer than t - 1, that is of at least t steps.
    std::fill(offset, offset + T + 1, std::size_t{0});
    for (std::size_t b = 0; b < B; ++b) ++offset[lengths[b]];
    for (std::size_t t = T; t-- > 0;) offset[t] += offset[t + 1];
    for (std::size_t b = B; b-- > 0;) {  // from the last on, so that equal lengths keep their order
      const std::size_t r = --offset[lengths[b]];
      order[r] = b;
      length[r] = static_cast<std::size_t>(lengths[b]);
    }
    // Now offset[t] counts the rows longer than t; summed up they are the positions.
    std::size_t sum = 0;
    for (std::size_t t = 0; t <= T; ++t) {
      const std::size_t longer = offset[t];
      offset[t] = sum;
      sum += longer;
    }
  }
};

// The rows one of `threads` threads works on. Neighbouring rows stay together, as what one core writes the other's
// prefetcher would fetch: in one run where all are of a length, else in blocks dealt out in turn, so that long and short
// ones are shared evenly.
struct Share {
  std::size_t thread, threads, block;

  Share(std::size_t thread, std::size_t threads, const Recurrence& a)
      : thread(thread), threads(threads), block(a.lengths == nullptr ? (a.sizes.B + threads - 1) / threads : 8) {}

  // Of the first `rows` rows, how many are this thread's, and which is its i-th.
  std::size_t count(std::size_t rows) const {
    const std::size_t turn = block * threads, rest = turn == 0 ? 0 : rows % turn, before = thread * block;
    return turn == 0 ? 0 : rows / turn * block + (rest <= before ? 0 : std::min(rest - before, block));
  }
  // How many steps they have in all.
  std::size_t total(const Plan& plan) const {
    std::size_t sum = 0;
    for (std::size_t t = 0; t < plan.steps; ++t) sum += count(plan.alive(t));
    return sum;
  }
  std::size_t row(std::size_t i) const { return (i / block * threads + thread) * block + i % block; }
};

}  // namespace unrolled::UNROLLED_ISA
