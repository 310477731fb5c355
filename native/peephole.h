// LSTM whose gates look at the cell: src/unrolled/cells/peephole.py has the equations. Gates i, f, g, o; peepholes i, f, o.
#pragma once

#include "unit.h"

namespace unrolled::UNROLLED_ISA {

struct Peephole {
  static constexpr const char* name = "peephole";
  static constexpr int gates = 4, sums = 4, kept = 4, gradients = 4, state_gradient = 0, input_turn = 0;
  static constexpr bool has_c = true;
  using Input = Sums<0, 1, 2, 3>;
  using State = Sums<0, 1, 2, 3>;

  template <class V>
  static UNROLLED_INLINE void forward(const V* sum, const ForwardUnit<V>& u) {
    const V before = u.load(u.c);
    const V i = sigmoid(V::fma(u.peep(0), before, sum[0])), f = sigmoid(V::fma(u.peep(1), before, sum[1]));
    const V g = tanh(sum[2]);
    const V c = V::fma(f, before, i * g);
    const V o = sigmoid(V::fma(u.peep(2), c, sum[3]));
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
    const V d_o = d_h * shown * sigmoid_slope(o);
    d_c = V::fma(d_h * o, tanh_slope(shown), V::fma(d_o, u.peep(2), d_c));
    const V d_i = d_c * g * sigmoid_slope(i), d_f = d_c * c_before * sigmoid_slope(f);
    u.set(0, d_i);
    u.set(1, d_f);
    u.set(2, d_c * i * tanh_slope(g));
    u.set(3, d_o);
    u.store(u.d_h, h_passed);
    u.store(u.d_c, V::fma(d_i, u.peep(0), V::fma(d_f, u.peep(1), V::fma(d_c, f, c_passed))));
  }
};

}  // namespace unrolled::UNROLLED_ISA
