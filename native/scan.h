// The linear recurrence h[t] = a[t]·h[t-1] + b[t], forward and backward, of real or of complex numbers.
//
// It does two operations a number it reads, so memory alone sets its pace: each array goes through once, in the order in
// which it lies, and the state is the row written last, still in the first-level cache.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstring>

#include "kernels.h"
#include "parallel.h"
#include "simd.h"

namespace unrolled::UNROLLED_ISA {

// A vector of real numbers. `load` and `store` touch the first n lanes; `H` is how far the imaginary parts lie behind.
template <class V>
struct Real {
  static constexpr std::size_t parts = 1;
  V re;

  static Real load(const float* p, std::size_t, std::size_t n) { return {n == V::width ? V::load(p) : V::load(p, n)}; }
  void store(float* p, std::size_t, std::size_t n) const { n == V::width ? re.store(p) : re.store(p, n); }
  friend Real operator+(Real a, Real b) { return {a.re + b.re}; }
  static Real fma(Real a, Real b, Real c) { return {V::fma(a.re, b.re, c.re)}; }
  Real conjugate() const { return *this; }
};

template <class V>
struct Complex {
  static constexpr std::size_t parts = 2;
  Real<V> re, im;

  static Complex load(const float* p, std::size_t H, std::size_t n) {
    return {Real<V>::load(p, H, n), Real<V>::load(p + H, H, n)};
  }
  void store(float* p, std::size_t H, std::size_t n) const { re.store(p, H, n), im.store(p + H, H, n); }
  friend Complex operator+(Complex a, Complex b) { return {a.re + b.re, a.im + b.im}; }
  static Complex fma(Complex a, Complex b, Complex c) {
    return {Real<V>::fma(minus(a.im), b.im, Real<V>::fma(a.re, b.re, c.re)),
            Real<V>::fma(a.im, b.re, Real<V>::fma(a.re, b.im, c.im))};
  }
  Complex conjugate() const { return {re, minus(im)}; }
  static Real<V> minus(Real<V> x) { return {V(0.0f) - x.re}; }
};

// `count` units of one row from `first` on, through all its steps.
template <class V, class N>
struct Strip {
  const Scan& scan;
  std::size_t row, first, count;

  std::size_t steps() const { return scan.lengths == nullptr ? scan.T : static_cast<std::size_t>(scan.lengths[row]); }
  std::size_t time(std::size_t step) const { return scan.reverse ? steps() - 1 - step : step; }

  template <class T>
  T* at(const Rows<T>& rows, std::size_t t) const {
    return rows.data + static_cast<std::ptrdiff_t>(row) * rows.batch + static_cast<std::ptrdiff_t>(t) * rows.time + first;
  }
  template <class T>
  T* at(T* state) const {
    return state + row * N::parts * scan.H + first;
  }

  template <class F>
  inline __attribute__((always_inline)) void each(F f) const {
    std::size_t i = 0;
    for (; i + V::width <= count; i += V::width) f(i, V::width);
    if (i < count) f(i, count - i);
  }
  N load(const float* p, std::size_t n) const { return N::load(p, scan.H, n); }
  void store(N value, float* p, std::size_t n) const { value.store(p, scan.H, n); }
  void copy(const float* from, float* to) const {
    for (std::size_t p = 0; p < N::parts; ++p) {
      if (from == nullptr) {
        std::memset(to + p * scan.H, 0, count * sizeof(float));
      } else {
        std::memcpy(to + p * scan.H, from + p * scan.H, count * sizeof(float));
      }
    }
  }
  void clear(float* p) const { copy(nullptr, p); }

  void forward(const ScanForward& s) const {
    const float* before = at(s.h0);
    for (std::size_t step = 0; step < steps(); ++step) {
      const std::size_t t = time(step);
      const float *a = at(s.a, t), *b = at(s.b, t);
      float* y = at(s.y, t);
      each([&](std::size_t i, std::size_t n) {
        store(N::fma(load(a + i, n), load(before + i, n), load(b + i, n)), y + i, n);
      });
      before = y;
    }
    copy(before, at(s.h));
    for (std::size_t t = steps(); t < scan.T; ++t) clear(at(s.y, t));
  }

  // d_h0 holds the gradient that comes from later steps.
  template <bool constant>
  void backward(const ScanBackward& s) const {
    float* const later = at(s.d_h0);
    const N zero{};
    copy(s.d_h == nullptr ? nullptr : at(s.d_h), later);
    if (constant) clear(at(s.d_a, 0));
    for (std::size_t step = steps(); step-- > 0;) {
      const std::size_t t = time(step);
      const float *a = at(s.a, t), *before = step == 0 ? at(s.h0) : at(s.y, time(step - 1));
      const float* d_y = s.d_y.data == nullptr ? nullptr : at(s.d_y, t);
      float *d_a = at(s.d_a, t), *d_b = at(s.d_b, t);
      // All is loaded before anything is stored: large arrays often lie a multiple of 4 KiB apart, and then a load right
      // after a store looks to the processor as if it read what was stored.
      each([&](std::size_t i, std::size_t n) {
        const N factor = load(a + i, n).conjugate(), h = load(before + i, n).conjugate();
        const N sum = constant ? load(d_a + i, n) : zero, from_y = d_y == nullptr ? zero : load(d_y + i, n);
        const N g = load(later + i, n) + from_y;
        store(g, d_b + i, n);
        store(N::fma(g, h, sum), d_a + i, n);
        store(N::fma(g, factor, zero), later + i, n);
      });
    }
    for (std::size_t t = steps(); t < scan.T; ++t) {
      clear(at(s.d_b, t));
      if (!constant) clear(at(s.d_a, t));
    }
  }
};

// Calls work(strip) for strips that cover everything: whole rows, or, where there are fewer rows than threads, parts of them.
template <class V, class N, class Work>
void each_strip(const Scan& s, Work work) {
  constexpr std::size_t line = 16;  // floats that no two threads should write
  const std::size_t wanted = s.B == 0 ? 1 : (s.threads + s.B - 1) / s.B;
  const std::size_t width = std::max(line, ((s.H + wanted - 1) / wanted + line - 1) / line * line);
  const std::size_t parts = (s.H + width - 1) / width;
  std::atomic<std::size_t> next{0};
  parallel(std::min(s.threads, s.B * parts), [&](std::size_t, Team&) {
    for (std::size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < s.B * parts;) {
      const std::size_t first = i % parts * width;
      work(Strip<V, N>{s, i / parts, first, std::min(width, s.H - first)});
    }
  });
}

template <class V, class N>
void scan_forward_of(const ScanForward& s) {
  each_strip<V, N>(s, [&](const Strip<V, N>& strip) { strip.forward(s); });
}

template <class V, class N>
void scan_backward_of(const ScanBackward& s) {
  each_strip<V, N>(s, [&](const Strip<V, N>& strip) {
    s.d_a.time == 0 ? strip.template backward<true>(s) : strip.template backward<false>(s);
  });
}

template <class V>
void scan_forward(const ScanForward& s) {
  s.complex ? scan_forward_of<V, Complex<V>>(s) : scan_forward_of<V, Real<V>>(s);
}

template <class V>
void scan_backward(const ScanBackward& s) {
  s.complex ? scan_backward_of<V, Complex<V>>(s) : scan_backward_of<V, Real<V>>(s);
}

}  // namespace unrolled::UNROLLED_ISA
