// The recurrences in plain double precision: the equations of src/unrolled/cells, one unit at a time. Derivatives come
// from dual numbers, so that the equations stand here once and none of the kernels' own calculus is repeated.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "kernels.h"

namespace reference {

using Doubles = std::vector<double>;
using unrolled::Sizes;

// A number and its derivatives by z (4), h, c and the peepholes (3).
struct Dual {
  double value;
  std::array<double, 9> slope{};

  static Dual variable(double value, std::size_t which) {
    Dual x{value, {}};
    x.slope[which] = 1;
    return x;
  }
  // f(this), where f' is `by`.
  Dual map(double f, double by) const {
    Dual y{f, slope};
    for (double& s : y.slope) s *= by;
    return y;
  }
};
inline Dual operator+(Dual a, const Dual& b) {
  a.value += b.value;
  for (std::size_t i = 0; i < 9; ++i) a.slope[i] += b.slope[i];
  return a;
}
inline Dual operator*(const Dual& a, const Dual& b) {
  Dual y{a.value * b.value, {}};
  for (std::size_t i = 0; i < 9; ++i) y.slope[i] = a.slope[i] * b.value + a.value * b.slope[i];
  return y;
}
inline Dual less_from_one(const Dual& a) { return a.map(1 - a.value, -1); }  // 1 - a
inline Dual tanh(const Dual& a) {
  const double y = std::tanh(a.value);
  return a.map(y, 1 - y * y);
}
inline Dual sigmoid(const Dual& a) {
  const double y = 1 / (1 + std::exp(-a.value));
  return a.map(y, y * (1 - y));
}

struct Next {
  Dual h, c;
};

// One unit at one step. z: the sums before the gates; gru has the input's and the state's share of n in z[2] and z[3].
inline Next step(const std::string& cell, const Dual* z, const Dual& h, const Dual& c, const Dual* p) {
  if (cell == "rnn") return {tanh(z[0]), c};
  if (cell == "rnn-relu") return {z[0].map(std::fmax(z[0].value, 0), z[0].value > 0), c};
  if (cell == "gru") {
    const Dual keep = sigmoid(z[1]), n = tanh(z[2] + sigmoid(z[0]) * z[3]);
    return {less_from_one(keep) * n + keep * h, c};
  }
  if (cell == "cifg") {
    const Dual f = sigmoid(z[0]), next = f * c + less_from_one(f) * tanh(z[1]);
    return {sigmoid(z[2]) * tanh(next), next};
  }
  const bool peeps = cell == "peephole";
  const Dual i = sigmoid(peeps ? z[0] + p[0] * c : z[0]), f = sigmoid(peeps ? z[1] + p[1] * c : z[1]);
  const Dual next = f * c + i * tanh(z[2]);
  return {sigmoid(peeps ? z[3] + p[2] * next : z[3]) * tanh(next), next};
}

// A call: everything in (B, T, ·) order, an empty vector where there is none.
struct Problem {
  std::string cell;
  std::size_t gates;
  Sizes sizes;
  std::vector<std::int64_t> lengths;  // (B)
  bool reverse;
  Doubles x, U, W, b_x, b_h, peephole, h0, c0, keep_h, keep_c, d_y, d_h, d_c;
};

// Every result; zeros in the padding.
struct Answer {
  Doubles y, h, c, d_x, d_h0, d_c0, d_U, d_W, d_b_x, d_b_h, d_peephole;
};

// Computes row after row: each forward, then back.
class Solver {
 public:
  explicit Solver(const Problem& problem) : a(problem) {
    const auto [B, T, D, H] = a.sizes;
    const std::size_t GH = a.gates * H;
    r = {Doubles(B * T * H), Doubles(B * H), Doubles(B * H), Doubles(B * T * D), Doubles(B * H), Doubles(B * H),
         Doubles(GH * D), Doubles(GH * H), Doubles(GH), Doubles(GH), Doubles(3 * H)};
    for (std::size_t b = 0; b < B; ++b) row(b);
  }
  Answer answer() const { return r; }

 private:
  static double at(const Doubles& v, std::size_t i) { return v.empty() ? 0 : v[i]; }
  // Which sum the state's share of a gate goes to; the input's goes to the gate's own.
  std::size_t state_sum(std::size_t gate) const { return a.cell == "gru" && gate == 2 ? 3 : gate; }

  void row(std::size_t b) {
    const auto [B, T, D, H] = a.sizes;
    const std::size_t steps = static_cast<std::size_t>(a.lengths[b]);
    std::vector<Doubles> h(steps + 1, Doubles(H)), c = h;
    std::vector<std::vector<Next>> units(steps, std::vector<Next>(H));
    for (std::size_t j = 0; j < H; ++j) h[0][j] = at(a.h0, b * H + j), c[0][j] = at(a.c0, b * H + j);
    for (std::size_t s = 0; s < steps; ++s) {
      const std::size_t t = a.reverse ? steps - 1 - s : s;
      for (std::size_t j = 0; j < H; ++j) {
        units[s][j] = unit(b * T + t, j, h[s], c[s][j]);
        h[s + 1][j] = r.y[(b * T + t) * H + j] = units[s][j].h.value;
        c[s + 1][j] = units[s][j].c.value;
      }
    }
    for (std::size_t j = 0; j < H; ++j) r.h[b * H + j] = h[steps][j], r.c[b * H + j] = c[steps][j];
    back(b, h, units);
  }

  // The new h and c of unit j, zoneout included.
  Next unit(std::size_t at_x, std::size_t j, const Doubles& h, double c) const {
    const std::size_t D = a.sizes.D, H = a.sizes.H;
    double sums[4] = {};
    for (std::size_t g = 0; g < a.gates; ++g) {
      const std::size_t row = g * H + j;
      sums[g] += at(a.b_x, row);
      sums[state_sum(g)] += at(a.b_h, row);
      for (std::size_t k = 0; k < D; ++k) sums[g] += a.U[row * D + k] * a.x[at_x * D + k];
      for (std::size_t k = 0; k < H; ++k) sums[state_sum(g)] += a.W[row * H + k] * h[k];
    }
    Dual z[4], p[3];
    for (std::size_t i = 0; i < 4; ++i) z[i] = Dual::variable(sums[i], i);
    for (std::size_t i = 0; i < 3; ++i) p[i] = Dual::variable(at(a.peephole, i * H + j), 6 + i);
    const Dual h_now = Dual::variable(h[j], 4), c_now = Dual::variable(c, 5);
    Next next = step(a.cell, z, h_now, c_now, p);
    const auto zone = [&](const Doubles& keep, const Dual& before, Dual& after) {
      if (keep.empty()) return;
      const Dual k{keep[at_x * H + j], {}};
      after = k * before + less_from_one(k) * after;
    };
    zone(a.keep_h, h_now, next.h);
    zone(a.keep_c, c_now, next.c);
    return next;
  }

  void back(std::size_t b, const std::vector<Doubles>& h, const std::vector<std::vector<Next>>& units) {
    const auto [B, T, D, H] = a.sizes;
    Doubles d_h(H), d_c(H);
    for (std::size_t j = 0; j < H; ++j) d_h[j] = at(a.d_h, b * H + j), d_c[j] = at(a.d_c, b * H + j);
    for (std::size_t s = units.size(); s-- > 0;) {
      const std::size_t t = b * T + (a.reverse ? units.size() - 1 - s : s);
      Doubles before_h(H), before_c(H);
      for (std::size_t j = 0; j < H; ++j) {
        const double d = d_h[j] + at(a.d_y, t * H + j);
        std::array<double, 9> by;
        for (std::size_t i = 0; i < 9; ++i) by[i] = d * units[s][j].h.slope[i] + d_c[j] * units[s][j].c.slope[i];
        before_h[j] += by[4];
        before_c[j] += by[5];
        for (std::size_t i = 0; i < 3; ++i) r.d_peephole[i * H + j] += by[6 + i];
        for (std::size_t g = 0; g < a.gates; ++g) weights(t, g * H + j, h[s], by[g], by[state_sum(g)], before_h);
      }
      d_h = before_h, d_c = before_c;
    }
    for (std::size_t j = 0; j < H; ++j) r.d_h0[b * H + j] = d_h[j], r.d_c0[b * H + j] = d_c[j];
  }

  // One row of U and W, where the gradient before the gate is d_x of the input's share and d_h of the state's.
  void weights(std::size_t t, std::size_t row, const Doubles& h, double d_x, double d_h, Doubles& before_h) {
    const auto [B, T, D, H] = a.sizes;
    r.d_b_x[row] += d_x;
    r.d_b_h[row] += d_h;
    for (std::size_t k = 0; k < D; ++k) {
      r.d_U[row * D + k] += d_x * a.x[t * D + k];
      r.d_x[t * D + k] += d_x * a.U[row * D + k];
    }
    for (std::size_t k = 0; k < H; ++k) {
      r.d_W[row * H + k] += d_h * h[k];
      before_h[k] += d_h * a.W[row * H + k];
    }
  }

  const Problem& a;
  Answer r;
};

}  // namespace reference
