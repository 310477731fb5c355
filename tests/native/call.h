// A recurrent kernel called on a reference problem: arrays of every layout, each buffer of exactly its size, everything
// that the kernel has to write filled with NaN before.
#pragma once

#include <algorithm>
#include <numeric>

#include "check.h"
#include "reference.h"

namespace call {

using check::Exact;
using unrolled::RecurrentKernel;
using unrolled::Rows;
using unrolled::Sizes;

// Which element of a packed array, torch's order, (row b, time t) is: [b · T + t].
inline std::vector<std::size_t> packed_positions(const std::vector<std::int64_t>& lengths, std::size_t T) {
  std::vector<std::size_t> order(lengths.size()), position(lengths.size() * T);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) { return lengths[i] > lengths[j]; });
  std::size_t next = 0;
  for (std::size_t t = 0; t < T; ++t) {
    for (std::size_t b : order) {
      if (static_cast<std::size_t>(lengths[b]) > t) position[b * T + t] = next++;
    }
  }
  return position;
}

// N, the sum of the lengths.
inline std::size_t steps(const reference::Problem& p) {
  return static_cast<std::size_t>(std::accumulate(p.lengths.begin(), p.lengths.end(), std::int64_t{0}));
}

enum class Layout { batch_first, time_first, with_gaps, backwards, packed };

// (B, T, columns) floats in a layout.
class Array {
 public:
  Array() = default;
  Array(Layout layout, const reference::Problem& p, std::size_t columns, const reference::Doubles& from)
      : Array(layout, p, columns) {
    for_each([&](std::size_t to, std::size_t i, bool alive) { data_[to] = alive ? from[i] : check::nan; });
  }
  Array(Layout layout, const reference::Problem& p, std::size_t columns)
      : p_(&p), layout_(layout), columns_(columns), position_(packed_positions(p.lengths, p.sizes.T)) {
    const auto [B, T, D, H] = p.sizes;
    const auto width = static_cast<std::ptrdiff_t>(columns);
    const auto b = static_cast<std::ptrdiff_t>(B), t = static_cast<std::ptrdiff_t>(T);
    std::size_t rows = B * T, gap = layout == Layout::with_gaps ? 3 : 0;
    if (layout == Layout::batch_first) batch_ = t * width, time_ = width;
    if (layout == Layout::time_first) batch_ = width, time_ = b * width;
    if (layout == Layout::with_gaps) batch_ = t * (width + 3), time_ = width + 3;
    if (layout == Layout::backwards) {
      batch_ = t * width, time_ = -width;
      origin_ = std::max<std::ptrdiff_t>(t - 1, 0) * width;
    }
    if (layout == Layout::packed) rows = steps(p);
    data_ = Exact<float>(rows == 0 ? 0 : rows * (columns + gap) - gap);
  }

  template <class T>
  Rows<T> rows() const { return {data_.get() + origin_, batch_, time_}; }
  bool same_bits(const Array& other) const { return data_.same_bits(other.data_); }

  // What lies there is `want`, zeros in the padding, and nothing between the rows was touched.
  void compare(const reference::Doubles& want, const std::string& what) const {
    std::vector<float> got(want.size());
    std::vector<bool> mine(data_.size());
    for_each([&](std::size_t from, std::size_t i, bool) { got[i] = data_[from], mine[from] = true; });
    check::close(got, want, what);
    for (std::size_t i = 0; i < mine.size(); ++i) {
      if (!mine[i]) check::that(std::isnan(data_[i]), what + ": written between its rows");
    }
  }

 private:
  // f(element here, element of (B, T, columns), whether it is within its row's length); packed, only if it is.
  template <class F>
  void for_each(F f) const {
    const auto [B, T, D, H] = p_->sizes;
    for (std::size_t b = 0; b < B; ++b) {
      for (std::size_t t = 0; t < T; ++t) {
        const bool alive = t < static_cast<std::size_t>(p_->lengths[b]), packed = layout_ == Layout::packed;
        if (packed && !alive) continue;
        const std::size_t here = packed ? position_[b * T + t] * columns_
                                        : static_cast<std::size_t>(origin_ + static_cast<std::ptrdiff_t>(b) * batch_ +
                                                                   static_cast<std::ptrdiff_t>(t) * time_);
        for (std::size_t k = 0; k < columns_; ++k) f(here + k, (b * T + t) * columns_ + k, alive);
      }
    }
  }

  const reference::Problem* p_ = nullptr;
  Layout layout_ = Layout::batch_first;
  std::size_t columns_ = 0;
  std::vector<std::size_t> position_;
  std::ptrdiff_t batch_ = 0, time_ = 0, origin_ = 0;
  Exact<float> data_;
};

// How to call: everything that changes no result.
struct Manner {
  Layout x, y, d_y, d_x;
  bool without_lengths, keeps, wants_d_x, wants_weights;
  std::size_t threads;
};

// Calls forward and, if it keeps what that needs, backward; holds all that came out.
class Call {
 public:
  Call(const RecurrentKernel& kernel, const reference::Problem& p, const Manner& how)
      : kernel_(kernel), p_(p), how_(how), packed_(how.x == Layout::packed) {
    const auto [B, T, D, H] = p.sizes;
    x_ = Array(how.x, p, D, p.x);
    y = Array(how.y, p, H);
    for (const auto* v : {&p.U, &p.W, &p.b_x, &p.b_h, &p.peephole, &p.h0, &p.c0, &p.d_h, &p.d_c}) {
      given_.push_back(v->empty() ? Exact<float>() : Exact<float>(*v));
    }
    keep_h_ = Array(Layout::packed, p, H, p.keep_h.empty() ? reference::Doubles(B * T * H) : p.keep_h);
    keep_c_ = Array(Layout::packed, p, H, p.keep_c.empty() ? reference::Doubles(B * T * H) : p.keep_c);
    lengths_ = Exact<std::int64_t>(p.lengths);
    h = Exact<float>(B * H);
    if (kernel.has_c) c = Exact<float>(B * H);
    forward();
    if (how.keeps) backward();
  }

  Array y, d_x;
  Exact<float> h, c, d_h0, d_c0, d_U, d_W, d_b_x, d_b_h, d_peephole;

  // Everything but the weights' gradients, which are sums over the batch.
  bool same_bits(const Call& other) const {
    return y.same_bits(other.y) && h.same_bits(other.h) && c.same_bits(other.c) && d_x.same_bits(other.d_x) &&
           d_h0.same_bits(other.d_h0) && d_c0.same_bits(other.d_c0);
  }

  void compare(const reference::Answer& want, const std::string& what) const {
    y.compare(want.y, what + " y");
    check::close(h, want.h, what + " h");
    if (kernel_.has_c) check::close(c, want.c, what + " c");
    if (!how_.keeps) return;
    if (how_.wants_d_x) d_x.compare(want.d_x, what + " d_x");
    check::close(d_h0, want.d_h0, what + " d_h0");
    if (kernel_.has_c) check::close(d_c0, want.d_c0, what + " d_c0");
    if (!how_.wants_weights) return;
    check::close(d_U, want.d_U, what + " d_U");
    check::close(d_W, want.d_W, what + " d_W");
    if (!p_.b_x.empty()) check::close(d_b_x, want.d_b_x, what + " d_b_x");
    if (!p_.b_h.empty()) check::close(d_b_h, want.d_b_h, what + " d_b_h");
    if (!p_.peephole.empty()) check::close(d_peephole, want.d_peephole, what + " d_peephole");
  }

 private:
  void fill(unrolled::Recurrence& a) const {
    a.sizes = p_.sizes;
    a.lengths = how_.without_lengths ? nullptr : lengths_.get();
    a.reverse = p_.reverse, a.packed = packed_;
    a.x = x_.rows<const float>();
    a.U = given_[0].get(), a.W = given_[1].get(), a.b_x = given_[2].get(), a.b_h = given_[3].get();
    a.peephole = given_[4].get(), a.h0 = given_[5].get(), a.c0 = given_[6].get();
    a.keep_h = p_.keep_h.empty() ? nullptr : keep_h_.rows<const float>().data;
    a.keep_c = p_.keep_c.empty() ? nullptr : keep_c_.rows<const float>().data;
    a.threads = how_.threads;
  }

  void forward() {
    unrolled::RecurrentForward a{};
    fill(a);
    a.y = y.rows<float>(), a.h = h.get(), a.c = c.get();
    const std::size_t rows = steps(p_), kept = kernel_.kept == 1 && p_.keep_h.empty() ? 0 : kernel_.kept;
    if (how_.keeps && kept > 0) gates_ = Exact<float>(rows * kept * p_.sizes.H);
    if (how_.keeps && kernel_.has_c) cells_ = Exact<float>(rows * p_.sizes.H);
    a.gates = gates_.get(), a.cells = cells_.get();
    kernel_.forward(a);
  }

  void backward() {
    const auto [B, T, D, H] = p_.sizes;
    const auto wanted = [&](std::size_t like) {
      return how_.wants_weights ? Exact<float>(given_[like].size()) : Exact<float>();
    };
    const Array d_y = p_.d_y.empty() ? Array() : Array(how_.d_y, p_, H, p_.d_y);
    d_U = wanted(0), d_W = wanted(1), d_h0 = Exact<float>(B * H);
    if (!p_.b_x.empty()) d_b_x = wanted(2);
    if (!p_.b_h.empty()) d_b_h = wanted(3);
    if (!p_.peephole.empty()) d_peephole = wanted(4);
    if (how_.wants_d_x) d_x = Array(how_.d_x, p_, D);
    if (kernel_.has_c) d_c0 = Exact<float>(B * H);
    unrolled::RecurrentBackward a{};
    fill(a);
    a.y = y.rows<const float>(), a.gates = gates_.get(), a.cells = cells_.get();
    a.d_y = d_y.rows<const float>(), a.d_h = given_[7].get(), a.d_c = given_[8].get();
    a.d_x = d_x.rows<float>();
    a.d_U = d_U.get(), a.d_W = d_W.get(), a.d_b_x = d_b_x.get(), a.d_b_h = d_b_h.get(), a.d_peephole = d_peephole.get();
    a.d_h0 = d_h0.get(), a.d_c0 = d_c0.get();
    kernel_.backward(a);
  }

  const RecurrentKernel& kernel_;
  const reference::Problem& p_;
  const Manner how_;
  const bool packed_;
  Array x_, keep_h_, keep_c_;
  std::vector<Exact<float>> given_;
  Exact<std::int64_t> lengths_;
  Exact<float> gates_, cells_;
};

}  // namespace call
