// exp, sigmoid and tanh of one vector, for any vector type of simd.h.
//
// All three stand on x = n·ln 2 + r with n whole and |r| <= ln 2 / 2, and on a polynomial for exp(r) - 1:
// r + r²·P(r), P of degree 4, minimax for the error relative to r: 2^-25.8, that is 0.25 ulp near |r| = ln 2 / 2.
// Largest errors, in units of the last place, measured over every float32 (tests/test_kernels.py holds them on a sweep):
//   exp 1.06, sigmoid 2.41, tanh 2.50; exp 1.03 on plain C++, which rounds a·b before it adds c.
// Every instruction set does the same operations in the same order, so those that fuse a·b + c agree bit for bit.
#pragma once

#include <limits>

#include "simd.h"

namespace unrolled::UNROLLED_ISA {

// e^x = 2^n·(1 + q). `n` holds n in the lowest bits of its mantissa, as Vector::ldexp takes it.
template <class V>
struct Reduced {
  V n;
  V q;
};

template <class V>
inline Reduced<V> reduce(V x) {
  // Adding 1.5·2^23 leaves no bits below one: the sum is rounded to a whole number, and its lowest bits are that number.
  const V whole = 0x1.8p23f;
  const V n = V::fma(x, 0x1.715476p0f, whole);  // 1 / ln 2
  const V k = n - whole;
  // ln 2 in two parts; the first has nine bits, so that its product with k is exact, fused or not.
  V r = V::fma(k, -0x1.63p-1f, x);
  r = V::fma(k, 0x1.bd0106p-13f, r);
  V p = 0x1.6d99bep-10f;
  p = V::fma(p, r, 0x1.12288p-7f);
  p = V::fma(p, r, 0x1.555486p-5f);
  p = V::fma(p, r, 0x1.5554aep-3f);
  p = V::fma(p, r, 0.5f);
  return {n, V::fma(p * r, r, r)};
}

// exp(x): +infinity above the largest finite result, zero where the result would be denormal.
template <class V>
inline V exp(V x) {
  const V lowest = -0x1.5d589ep6f;   // the smallest x with exp(x) >= 2^-126
  const V highest = 0x1.62e42ep6f;   // the largest x with exp(x) < 2^128
  const auto [n, q] = reduce(x);
  const V in_range = V::ldexp(q + 1.0f, n);
  const V above_or_nan = x * std::numeric_limits<float>::max();
  return V::select(x < lowest, 0.0f, V::select(x <= highest, in_range, above_or_nan));
}

// 1 / (1 + exp(-x)), through exp(-|x|), which neither overflows nor cancels.
template <class V>
inline V sigmoid(V x) {
  const V e = exp(V(0.0f) - V::absolute(x));
  return V::select(V(0.0f) <= x, 1.0f, e) / (e + 1.0f);
}

// tanh(|x|) = -m / (2 + m) with m = exp(-2|x|) - 1, which keeps every bit near zero; then the sign of x.
template <class V>
inline V tanh(V x) {
  // From 9.02 on tanh is 1 in float32; the bound keeps n small. max gives its second argument for a NaN.
  const V y = V::max(-20.0f, V::absolute(x) * -2.0f);
  const auto [n, q] = reduce(y);
  const V s = V::ldexp(1.0f, n);
  const V m = V::fma(s, q, s - 1.0f);
  return V::copysign(V::absolute(m) / (m + 2.0f), x);
}

}  // namespace unrolled::UNROLLED_ISA
