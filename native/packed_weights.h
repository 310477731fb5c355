// A recurrent layer's weights and biases in panels, as its steps read them: packed at each call, or once for many calls
// by whoever keeps them.
#pragma once

#include "kernels.h"
#include "packing.h"
#include "parallel.h"

namespace unrolled::UNROLLED_ISA {

// First each panel's biases and U, (sums, width) and (D, columns, width); then each panel's W, (H, columns, width).
template <class V, class Cell>
class PackedWeights {
  static constexpr std::size_t W = V::width;

 public:
  static constexpr std::size_t most_groups = Cell::sums == 1 ? 4 : 1;

  static Panels panels(const Sizes& sizes, std::size_t threads) { return {(sizes.H + W - 1) / W, most_groups, threads}; }

  // Floats of all panels.
  static std::size_t size(const Sizes& sizes) { return panels(sizes, 1).vectors * (x_size(sizes) + h_size(sizes)); }

  // All panels, as one thread reads them. By `parallel`, so that denormal biases are added up as within a call.
  static void pack(const Recurrence& a, float* to) {
    parallel(1, [&](std::size_t, Team&) {
      const Panels all = panels(a.sizes, 1);
      for (std::size_t p = 0; p < all.count; ++p) PackedWeights(a, all).pack(p, to);
    });
  }

  PackedWeights(const Recurrence& a, const Panels& panels) : a_(a), panels_(panels) {}

  // Where a panel's biases and U begin, and its W.
  std::size_t x(std::size_t p) const { return panels_.begin(p) * x_size(a_.sizes); }
  std::size_t h(std::size_t p) const { return panels_.vectors * x_size(a_.sizes) + panels_.begin(p) * h_size(a_.sizes); }

  // The biases of one vector of units, one for each sum.
  void biases(std::size_t vector, float* to) const {
    const std::size_t n = lanes(vector), j = vector * W;
    std::fill(to, to + Cell::sums * W, 0.0f);
    const auto add = [&](const float* bias, const int* index) {
      for (int g = 0; g < Cell::gates && bias != nullptr; ++g) {
        for (std::size_t lane = 0; lane < n; ++lane) to[index[g] * W + lane] += bias[g * a_.sizes.H + j + lane];
      }
    };
    add(a_.b_x, Cell::Input::index);
    add(a_.b_h, Cell::State::index);
  }

  void pack(std::size_t p, float* to) const {
    const auto [B, T, D, H] = a_.sizes;
    const std::size_t groups = panels_.size(p), columns = groups * Cell::gates;
    float* bias = to + x(p);
    float *x_part = bias + groups * Cell::sums * W, *h_part = to + h(p);
    for (std::size_t group = 0; group < groups; ++group) {
      const std::size_t vector = panels_.begin(p) + group, n = lanes(vector);
      biases(vector, bias + group * Cell::sums * W);
      for (int g = 0; g < Cell::gates; ++g) {
        const std::size_t row = g * H + vector * W, s = group * Cell::gates + g;
        pack_rows<V>(a_.U + row * D, D, n, D, x_part, s, columns);
        pack_rows<V>(a_.W + row * H, H, n, H, h_part, s, columns);
      }
    }
  }

 private:
  // Floats of a panel for each of its vectors.
  static std::size_t x_size(const Sizes& sizes) { return (Cell::sums + sizes.D * Cell::gates) * W; }
  static std::size_t h_size(const Sizes& sizes) { return sizes.H * Cell::gates * W; }
  std::size_t lanes(std::size_t vector) const { return std::min(W, a_.sizes.H - vector * W); }

  const Recurrence& a_;
  const Panels panels_;
};

}  // namespace unrolled::UNROLLED_ISA
