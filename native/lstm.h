// LSTM with a forget gate: src/unrolled/cells/lstm.py has the equations. Gates i, f, g, o.
#pragma once

#include "unit.h"

namespace unrolled::UNROLLED_ISA {

struct Lstm {
  static constexpr const char* name = "lstm";
  static constexpr int gates = 4, sums = 4, kept = 4, gradients = 4, state_gradient = 0, input_turn = 0;
  static constexpr bool has_c = true;
  using Input = Sums<0, 1, 2, 3>;
  using State = Sums<0, 1, 2, 3>;

  template <class V>
  static UNROLLED_INLINE void forward(const V* sum, const ForwardUnit<V>& u) {
    const V i = sigmoid(sum[0]), f = sigmoid(sum[1]), g = tanh(sum[2]), o = sigmoid(sum[3]);
    const V c = V::fma(f, u.load(u.c), i * g);
    u.keep(0, i);
    u.keep(1, f);
    u.keep(2, g);
    u.keep(3, o);
    u.set_c(c);
    u.set_h(o * tanh(c));
  }

  template <class V>
  static UNROLLED_INLINE void backward(V d_h, const BackwardUnit<V>& u) {
    const V i = u.kept(0), f = u.kept(1), g = u.kept(2), o = u.kept(3), c_before = u.load(u.c_before);
    const V shown = tanh(V::fma(f, c_before, i * g));
    V d_c = u.load(u.d_c);
    const V h_passed = u.pass(u.keep_h, d_h), c_passed = u.pass(u.keep_c, d_c);
    d_c = V::fma(d_h * o, tanh_slope(shown), d_c);
    u.set(0, d_c * g * sigmoid_slope(i));
    u.set(1, d_c * c_before * sigmoid_slope(f));
    u.set(2, d_c * i * tanh_slope(g));
    u.set(3, d_h * shown * sigmoid_slope(o));
    u.store(u.d_h, h_passed);
    u.store(u.d_c, V::fma(d_c, f, c_passed));
  }
};

}  // namespace unrolled::UNROLLED_ISA
