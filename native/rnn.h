// The simple recurrent network, with tanh or with relu: src/unrolled/cells/rnn.py has the equation.
#pragma once

#include "unit.h"

namespace unrolled::UNROLLED_ISA {

struct SimpleRecurrence {
  static constexpr int gates = 1, sums = 1, kept = 1, gradients = 1, state_gradient = 0, input_turn = 0;
  static constexpr bool has_c = false;
  using Input = Sums<0>;
  using State = Sums<0>;

  // The new h before zoneout: what was kept of it, or, without zoneout, y itself.
  template <class V>
  static UNROLLED_INLINE V shown(const BackwardUnit<V>& u) {
    return u.gates != nullptr ? u.kept(0) : u.load(u.y);
  }
};

struct Rnn : SimpleRecurrence {
  static constexpr const char* name = "rnn";

  template <class V>
  static UNROLLED_INLINE void forward(const V* sum, const ForwardUnit<V>& u) {
    const V h = tanh(sum[0]);
    u.keep(0, h);
    u.set_h(h);
  }

  template <class V>
  static UNROLLED_INLINE void backward(V d_h, const BackwardUnit<V>& u) {
    const V h = shown(u);
    const V passed = u.pass(u.keep_h, d_h);
    u.set(0, d_h * tanh_slope(h));
    u.store(u.d_h, passed);
  }
};

struct RnnRelu : SimpleRecurrence {
  static constexpr const char* name = "rnn-relu";

  template <class V>
  static UNROLLED_INLINE void forward(const V* sum, const ForwardUnit<V>& u) {
    const V h = V::select(sum[0] <= V(0.0f), 0.0f, sum[0]);  // a NaN stays one
    u.keep(0, h);
    u.set_h(h);
  }

  template <class V>
  static UNROLLED_INLINE void backward(V d_h, const BackwardUnit<V>& u) {
    const V h = shown(u);
    const V passed = u.pass(u.keep_h, d_h);
    u.set(0, V::select(V(0.0f) < h, d_h, 0.0f));
    u.store(u.d_h, passed);
  }
};

}  // namespace unrolled::UNROLLED_ISA
