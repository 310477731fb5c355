// Coupled-gate LSTM, i = 1 - f: src/unrolled/cells/cifg.py has the equations. Gates f, g, o.
#pragma once

#include "unit.h"

namespace unrolled::UNROLLED_ISA {

struct Cifg {
  static constexpr const char* name = "cifg";
  static constexpr int gates = 3, sums = 3, kept = 3, gradients = 3, state_gradient = 0, input_turn = 0;
  static constexpr bool has_c = true;
  using Input = Sums<0, 1, 2>;
  using State = Sums<0, 1, 2>;

  template <class V>
  static UNROLLED_INLINE void forward(const V* sum, const ForwardUnit<V>& u) {
    const V f = sigmoid(sum[0]), g = tanh(sum[1]), o = sigmoid(sum[2]);
    const V c = V::fma(f, u.load(u.c), (V(1.0f) - f) * g);
    u.keep(0, f);
    u.keep(1, g);
    u.keep(2, o);
    u.set_c(c);
    u.set_h(o * tanh(c));
  }

  template <class V>
  static UNROLLED_INLINE void backward(V d_h, const BackwardUnit<V>& u) {
    const V f = u.kept(0), g = u.kept(1), o = u.kept(2), c_before = u.load(u.c_before), i = V(1.0f) - f;
    const V shown = tanh(V::fma(f, c_before, i * g));
    V d_c = u.load(u.d_c);
    const V h_passed = u.pass(u.keep_h, d_h), c_passed = u.pass(u.keep_c, d_c);
    d_c = V::fma(d_h * o, tanh_slope(shown), d_c);
    u.set(0, d_c * (c_before - g) * sigmoid_slope(f));
    u.set(1, d_c * i * tanh_slope(g));
    u.set(2, d_h * shown * sigmoid_slope(o));
    u.store(u.d_h, h_passed);
    u.store(u.d_c, V::fma(d_c, f, c_passed));
  }
};

}  // namespace unrolled::UNROLLED_ISA
