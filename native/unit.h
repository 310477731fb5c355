// What a cell's gates see: one vector of hidden units of one row at one step.
//
// A cell is a struct of constants and two functions (lstm.h is the model):
//   name       as in unrolled.cells
//   gates      G, blocks of H rows in U and W
//   sums       accumulators a unit needs; `Input` and `State` say which of them U x and W h add to
//   kept       S, what forward keeps for backward, in blocks of H
//   gradients  K, what backward gives, in blocks of H; those of W h are the G blocks from `state_gradient` on, and block g
//              of U x is that of gate (g + input_turn) mod G
//   has_c      whether there is a second entry of the state
//   forward(sum, unit): the new h (and c), kept
//   backward(d_h, unit): d_gates, and what reaches the state before other than through W
#pragma once

#include "activations.h"
#include "tile.h"

namespace unrolled::UNROLLED_ISA {

// Pointers begin at the unit; blocks of gates and peepholes are H floats apart.
template <class V>
struct ForwardUnit : Lanes<V> {
  std::size_t H;
  const float *h_before, *keep_h, *keep_c, *peephole;
  float *c, *y, *gates, *cells;

  UNROLLED_INLINE void keep(int block, V v) const {
    if (gates != nullptr) this->store(gates + block * H, v);
  }
  UNROLLED_INLINE V peep(int block) const { return this->load(peephole + block * H); }
  UNROLLED_INLINE void set_h(V h) const { this->store(y, held(keep_h, h_before, h)); }
  UNROLLED_INLINE void set_c(V next) const {
    const V zoned = held(keep_c, c, next);
    this->store(c, zoned);
    if (cells != nullptr) this->store(cells, zoned);
  }

 private:
  UNROLLED_INLINE V held(const float* keep, const float* before, V next) const {
    if (keep == nullptr) return next;
    const V k = this->load(keep);
    return k * this->load(before) + (V(1.0f) - k) * next;
  }
};

template <class V>
struct BackwardUnit : Lanes<V> {
  std::size_t H;
  const float *h_before, *c_before, *keep_h, *keep_c, *peephole, *gates, *y;
  float *d_gates, *d_h, *d_c;  // d_h, d_c: of the state, in and out

  UNROLLED_INLINE V kept(int block) const { return this->load(gates + block * H); }
  UNROLLED_INLINE V peep(int block) const { return this->load(peephole + block * H); }
  UNROLLED_INLINE void set(int block, V d) const { this->store(d_gates + block * H, d); }

  // The share of d that zoneout passes on as it is; d keeps the rest.
  UNROLLED_INLINE V pass(const float* keep, V& d) const {
    if (keep == nullptr) return 0.0f;
    const V k = this->load(keep);
    const V passed = k * d;
    d = (V(1.0f) - k) * d;
    return passed;
  }
};

// x · (1 - x) and 1 - x²: the slopes of sigmoid and tanh at the result x.
template <class V>
UNROLLED_INLINE V sigmoid_slope(V x) {
  return V::fma(V(0.0f) - x, x, x);
}
template <class V>
UNROLLED_INLINE V tanh_slope(V x) {
  return V::fma(V(0.0f) - x, x, 1.0f);
}

}  // namespace unrolled::UNROLLED_ISA
