// Softmax and log-sum-exp of rows, each row by itself and in one fixed order.
#pragma once

#include <cmath>

#include "activations.h"

namespace unrolled::UNROLLED_ISA {

constexpr float infinity = std::numeric_limits<float>::infinity();

// Calls f(V, i) for every vector of a row of `columns` elements; the last one is padded with -infinity, which
// neither a maximum nor a sum of exponentials sees.
template <class V, class F>
inline void for_each_vector(const float* x, std::size_t columns, F f) {
  std::size_t i = 0;
  for (; i + V::width <= columns; i += V::width) f(V::load(x + i), i);
  if (i == columns) return;
  float tail[V::width];
  for (std::size_t j = 0; j < V::width; ++j) tail[j] = i + j < columns ? x[i + j] : -infinity;
  f(V::load(tail), i);
}

// What to subtract from a row before exp: its largest element, or 0 where that is not finite. Then the formulas hold
// for rows of infinities too. A NaN may hide from the maximum, never from the sum.
template <class V>
inline float row_shift(const float* x, std::size_t columns) {
  V largest = -infinity;
  for_each_vector<V>(x, columns, [&](V v, std::size_t) { largest = V::max(v, largest); });
  float lanes[V::width];
  largest.store(lanes);
  float shift = -infinity;
  for (float lane : lanes) shift = lane > shift ? lane : shift;
  return std::fabs(shift) < infinity ? shift : 0.0f;
}

// How far a score may exceed the shift of its row's exponentials: exp(slack) times a vocabulary is far from overflow.
constexpr float slack = 16;

// exp(x) for x <= slack, a NaN for a NaN. Below -87.3365 ldexp gives a denormal number, which fma takes as zero within
// `parallel`.
template <class V>
inline V exponential(V x) {
  const V y = V::max(-88.0f, x);
  const auto [n, q] = reduce(y);
  return V::fma(y, 0.0f, V::ldexp(q + 1.0f, n));
}

// Kahan's sum, lane by lane, so that ten thousand columns lose no more than ten do; the lanes are added as doubles.
template <class V>
struct Sum {
  V sum = 0.0f;
  V lost = 0.0f;

  void add(V term) {
    const V corrected = term - lost;
    const V next = sum + corrected;
    lost = (next - sum) - corrected;
    sum = next;
  }
  double total() const {
    float sums[V::width];
    sum.store(sums);
    double result = 0.0;
    for (float lane : sums) result += lane;
    return result;
  }
};

// The sum of exp(x - shift) of a row.
template <class V>
float row_total(const float* x, std::size_t columns, float shift) {
  Sum<V> sum;
  for_each_vector<V>(x, columns, [&](V v, std::size_t) { sum.add(exp(v - V(shift))); });
  return static_cast<float>(sum.total());
}

template <class V>
void softmax(const float* x, float* y, std::size_t rows, std::size_t columns) {
  for (std::size_t r = 0; r < rows; ++r, x += columns, y += columns) {
    const V shift = row_shift<V>(x, columns);
    Sum<V> sum;
    for_each_vector<V>(x, columns, [&](V v, std::size_t i) {
      const V e = exp(v - shift);
      sum.add(e);
      if (i + V::width <= columns) {
        e.store(y + i);
      } else {
        float tail[V::width];
        e.store(tail);
        for (std::size_t j = 0; i + j < columns; ++j) y[i + j] = tail[j];
      }
    });
    const float total = static_cast<float>(sum.total());
    for (std::size_t i = 0; i < columns; ++i) y[i] /= total;
  }
}

template <class V>
void log_sum_exp(const float* x, float* y, std::size_t rows, std::size_t columns) {
  for (std::size_t r = 0; r < rows; ++r, x += columns) {
    const float shift = row_shift<V>(x, columns);
    Sum<V> sum;
    for_each_vector<V>(x, columns, [&](V v, std::size_t) { sum.add(exp(v - V(shift))); });
    y[r] = static_cast<float>(shift + std::log(sum.total()));
  }
}

}  // namespace unrolled::UNROLLED_ISA
