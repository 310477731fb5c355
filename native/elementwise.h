// A function of one vector, applied to a whole array.
#pragma once

#include "activations.h"

namespace unrolled::UNROLLED_ISA {

// y = f(x) over n elements. The last few go through the same vector code in a padded buffer, so that an element's
// result does not depend on where it lies.
template <class V, V (*f)(V)>
void elementwise(const float* x, float* y, std::size_t n) {
  std::size_t i = 0;
  for (; i + V::width <= n; i += V::width) f(V::load(x + i)).store(y + i);
  if (i == n) return;
  float tail[V::width] = {};
  for (std::size_t j = 0; i + j < n; ++j) tail[j] = x[i + j];
  f(V::load(tail)).store(tail);
  for (std::size_t j = 0; i + j < n; ++j) y[i + j] = tail[j];
}

}  // namespace unrolled::UNROLLED_ISA
