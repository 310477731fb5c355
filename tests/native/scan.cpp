// The scan, forward and backward, over random shapes and options: against double precision, in buffers of exactly their
// size, the same bits on any threads.
#include <algorithm>
#include <complex>

#include "call.h"
#include "test.h"

using call::Array;
using call::Layout;
using check::Exact;
using check::Random;
using reference::Doubles;
using unrolled::Rows;

namespace {

// Of the recurrent problem: sizes, lengths, reverse, h0, d_y and d_h, these in rows of P·H.
struct Problem : reference::Problem {
  std::size_t P = 1;      // 2: complex
  bool constant = false;  // a is (P·H), else (B, T, P·H)
  Doubles a, b;

  std::size_t width() const { return P * sizes.H; }
};

struct Answer {
  Doubles y, h, d_a, d_b, d_h0;  // d_a (B, P·H) for a constant a
};

Answer right(const Problem& p) {
  using Number = std::complex<double>;
  const std::size_t B = p.sizes.B, T = p.sizes.T, H = p.sizes.H, rows = B * p.width();
  const auto get = [&](const Doubles& from, std::size_t row, std::size_t i) -> Number {
    if (from.empty()) return 0;
    return {from[row * p.width() + i], p.P == 1 ? 0 : from[row * p.width() + H + i]};
  };
  const auto add = [&](Doubles& to, std::size_t row, std::size_t i, Number n) {
    to[row * p.width() + i] += n.real();
    if (p.P == 2) to[row * p.width() + H + i] += n.imag();
  };
  Answer r{Doubles(T * rows), Doubles(rows), Doubles(p.constant ? rows : T * rows), Doubles(T * rows), Doubles(rows)};
  for (std::size_t b = 0; b < B; ++b) {
    const auto steps = static_cast<std::size_t>(p.lengths[b]);
    const auto at = [&](std::size_t step) { return b * T + (p.reverse ? steps - 1 - step : step); };
    for (std::size_t i = 0; i < H; ++i) {
      const auto a = [&](std::size_t step) { return get(p.a, p.constant ? 0 : at(step), i); };
      Number h = get(p.h0, b, i), g = get(p.d_h, b, i);
      for (std::size_t step = 0; step < steps; ++step) {
        h = a(step) * h + get(p.b, at(step), i);
        add(r.y, at(step), i, h);
      }
      add(r.h, b, i, h);
      for (std::size_t step = steps; step-- > 0;) {
        const Number before = step == 0 ? get(p.h0, b, i) : get(r.y, at(step - 1), i);
        g += get(p.d_y, at(step), i);
        add(r.d_b, at(step), i, g);
        add(r.d_a, p.constant ? b : at(step), i, g * std::conj(before));
        g *= std::conj(a(step));
      }
      add(r.d_h0, b, i, g);
    }
  }
  return r;
}

// How to call: everything that changes no result.
struct Manner {
  Layout a, b, y, d_y, d_a, d_b;
  bool without_lengths;
  std::size_t threads;
};

struct Call {
  Call(const Problem& p, const Manner& how)
      : y(how.y, p, p.width()), d_b(how.d_b, p, p.width()), h(p.h0.size()), d_h0(p.h0.size()) {
    const auto width = static_cast<std::ptrdiff_t>(p.width());
    const Exact<float> h0(p.h0), d_h = p.d_h.empty() ? Exact<float>() : Exact<float>(p.d_h);
    const Exact<float> a_everywhere = p.constant ? Exact<float>(p.a) : Exact<float>();
    const Exact<std::int64_t> lengths(p.lengths);
    const Array a = p.constant ? Array() : Array(how.a, p, p.width(), p.a), b(how.b, p, p.width(), p.b);
    const Array d_y = p.d_y.empty() ? Array() : Array(how.d_y, p, p.width(), p.d_y);
    const auto fill = [&](unrolled::Scan& s) {
      s.B = p.sizes.B, s.T = p.sizes.T, s.H = p.sizes.H, s.complex = p.P == 2, s.reverse = p.reverse;
      s.lengths = how.without_lengths ? nullptr : lengths.get();
      s.a = p.constant ? Rows<const float>{a_everywhere.get(), 0, 0} : a.rows<const float>();
      s.h0 = h0.get(), s.threads = how.threads;
    };
    unrolled::ScanForward forward{};
    fill(forward);
    forward.b = b.rows<const float>(), forward.y = y.rows<float>(), forward.h = h.get();
    unrolled::kernels().scan_forward(forward);
    unrolled::ScanBackward backward{};
    fill(backward);
    backward.y = y.rows<const float>(), backward.d_y = d_y.rows<const float>(), backward.d_h = d_h.get();
    if (p.constant) {
      d_a_sums = Exact<float>(p.h0.size());
      backward.d_a = {d_a_sums.get(), width, 0};
    } else {
      d_a = Array(how.d_a, p, p.width());
      backward.d_a = d_a.rows<float>();
    }
    backward.d_b = d_b.rows<float>(), backward.d_h0 = d_h0.get();
    unrolled::kernels().scan_backward(backward);
  }

  bool same_bits(const Call& other) const {
    return y.same_bits(other.y) && h.same_bits(other.h) && d_a.same_bits(other.d_a) &&
           d_a_sums.same_bits(other.d_a_sums) && d_b.same_bits(other.d_b) && d_h0.same_bits(other.d_h0);
  }
  void compare(const Problem& p, const Answer& want, const std::string& what) const {
    y.compare(want.y, what + " y");
    check::close(h, want.h, what + " h");
    p.constant ? check::close(d_a_sums, want.d_a, what + " d_a") : d_a.compare(want.d_a, what + " d_a");
    d_b.compare(want.d_b, what + " d_b");
    check::close(d_h0, want.d_h0, what + " d_h0");
  }

  Array y, d_a, d_b;
  Exact<float> h, d_a_sums, d_h0;
};

// Beside the vectors' edges, widths that a row's threads share.
Problem problem(Random& random) {
  constexpr std::size_t edges[] = {0, 1, 2, 3, 5, 7, 8, 9, 16, 17, 33}, widths[] = {1, 3, 7, 8, 15, 16, 17, 33, 50, 95};
  Problem p{};
  const std::size_t B = edges[random.below(std::size(edges))], T = edges[random.below(std::size(edges))];
  const std::size_t H = random.below(10) == 0 ? 0 : widths[random.below(std::size(widths))];
  p.sizes = {B, T, 0, H};
  p.P = 1 + random.below(2), p.constant = random.coin(), p.reverse = random.coin();
  const bool ragged = random.coin();
  for (std::size_t b = 0; b < B; ++b) p.lengths.push_back(static_cast<std::int64_t>(ragged ? random.below(T + 1) : T));
  p.a = random.floats((p.constant ? 1 : B * T) * p.width(), p.P == 1 ? 1.0f : 0.7f);  // at most 1 in magnitude
  p.b = random.floats(B * T * p.width(), 1);
  p.h0 = random.floats(B * p.width(), 1);
  if (random.coin()) p.d_y = random.floats(B * T * p.width(), 1);
  if (random.coin()) p.d_h = random.floats(B * p.width(), 1);
  return p;
}

std::string name(const Problem& p, std::uint64_t seed) {
  const std::string sizes = std::to_string(p.sizes.B) + " x " + std::to_string(p.sizes.T) + " x " +
                            std::to_string(p.sizes.H);
  return std::string(p.P == 1 ? "real" : "complex") + " scan " + sizes + (p.constant ? ", constant a" : "") +
         (p.reverse ? ", reverse" : "") + ", case " + std::to_string(seed);
}

}  // namespace

void test_scan(std::size_t effort) {
  for (std::uint64_t seed = 0; seed < 200 * effort; ++seed) {
    Random random(seed + 3000);
    const Problem p = problem(random);
    const auto layout = [&] { return static_cast<Layout>(random.below(4)); };
    const bool whole = std::all_of(p.lengths.begin(), p.lengths.end(), [&](std::int64_t length) {
      return static_cast<std::size_t>(length) == p.sizes.T;
    });
    Manner how{layout(), layout(), layout(), layout(), layout(), layout(), whole && random.coin(), 1};
    const Call alone(p, how);
    alone.compare(p, right(p), name(p, seed));
    for (how.threads = 2; how.threads <= 5; ++how.threads) {
      check::that(Call(p, how).same_bits(alone), name(p, seed) + ": other bits than with one thread");
    }
  }
}
