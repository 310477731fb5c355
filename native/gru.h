// GRU with the reset gate after the recurrent product: src/unrolled/cells/gru.py has the equations. Gates r, z, n.
#pragma once

#include "unit.h"

namespace unrolled::UNROLLED_ISA {

struct Gru {
  static constexpr const char* name = "gru";
  // The n gate's two shares stay apart: the input's in sum 2, the state's in sum 3. Gradients n, r, z, n of the state's
  // share: the first three meet U, the last three W.
  static constexpr int gates = 3, sums = 4, kept = 4, gradients = 4, state_gradient = 1, input_turn = 2;
  static constexpr bool has_c = false;
  using Input = Sums<0, 1, 2>;
  using State = Sums<0, 1, 3>;

  template <class V>
  static UNROLLED_INLINE void forward(const V* sum, const ForwardUnit<V>& u) {
    const V r = sigmoid(sum[0]), z = sigmoid(sum[1]);
    const V n = tanh(V::fma(r, sum[3], sum[2]));
    u.keep(0, r);
    u.keep(1, z);
    u.keep(2, n);
    u.keep(3, sum[3]);
    u.set_h(V::fma(z, u.load(u.h_before), (V(1.0f) - z) * n));
  }

  template <class V>
  static UNROLLED_INLINE void backward(V d_h, const BackwardUnit<V>& u) {
    const V r = u.kept(0), z = u.kept(1), n = u.kept(2);
    const V passed = u.pass(u.keep_h, d_h);
    const V d_n = d_h * (V(1.0f) - z) * tanh_slope(n);
    u.set(0, d_n);
    u.set(1, d_n * u.kept(3) * sigmoid_slope(r));
    u.set(2, d_h * (u.load(u.h_before) - n) * sigmoid_slope(z));
    u.set(3, d_n * r);
    u.store(u.d_h, V::fma(d_h, z, passed));
  }
};

}  // namespace unrolled::UNROLLED_ISA
