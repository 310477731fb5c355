// Forward over whole sequences: the time loop and, in it, tile by tile, product and gates in one go.
//
// Two ways to share the work out. *By units*: each thread owns some hidden units for every row, so that its part of the
// weights stays in its own cache; the threads meet once a step. *By rows*: each thread owns some sequences and never
// meets another; every thread then reads all the weights, which is right where they are small.
#pragma once

#include "packing.h"
#include "parallel.h"
#include "plan.h"
#include "unit.h"

namespace unrolled::UNROLLED_ISA {

struct Split {
  std::size_t threads;
  bool by_units;

  // `weights` floats are read at each step for each of `rows` rows, `steps` times.
  Split(std::size_t wanted, std::size_t rows, std::size_t steps, std::size_t weights) : threads(1), by_units(false) {
    constexpr std::size_t worth_a_thread = 400'000, worth_a_barrier = 150'000, private_cache = 200'000;
    if (wanted < 2 || rows * steps * weights < worth_a_thread) return;
    const bool enough_rows = rows >= 4 * wanted;
    by_units = rows * weights >= worth_a_barrier && (weights > private_cache || !enough_rows);
    if (by_units || enough_rows || (rows > 1 && weights <= private_cache)) threads = wanted;
  }
};

template <class V, class Cell>
class Forward {
  static constexpr std::size_t W = V::width;
  static constexpr int most_groups = Cell::sums == 1 ? 4 : 1;

  // One row at one step.
  struct Row {
    const float *x, *h;
    float* y;
    std::size_t b, position;
  };

 public:
  static void call(const RecurrentForward& a) {
    Arena measure(nullptr);
    const Forward counted(a, measure);
    Arena arena(scratch().take(measure.used()));
    Forward forward(a, arena);
    parallel(forward.split_.threads, [&](std::size_t thread, Team& team) { forward.run(thread, team); });
  }

 private:
  Forward(const RecurrentForward& a, Arena& arena)
      : a_(a),
        split_(a.threads, a.sizes.B, a.sizes.T, Cell::gates * a.sizes.H * (a.sizes.D + a.sizes.H)),
        lying_(a.sizes.B * a.sizes.T <= lying_rows),
        panels_((a.sizes.H + W - 1) / W, lying_ ? 1 : most_groups, split_.by_units ? split_.threads : 1),
        plan_(arena, a),
        zeros_(arena.take<float>(a.sizes.H)),
        rows_(arena.take<Row>(a.sizes.B * split_.threads)),
        packed_(arena.take<float>(lying_ ? 0 : panels_.vectors * vector_size())) {
    if (zeros_ != nullptr) std::fill(zeros_, zeros_ + a.sizes.H, 0.0f);
  }

  // Floats of a panel for each of its vectors: bias, weights of x, weights of h.
  std::size_t vector_size() const { return (Cell::sums + (a_.sizes.D + a_.sizes.H) * Cell::gates) * W; }
  std::size_t lanes(std::size_t vector) const { return std::min(W, a_.sizes.H - vector * W); }

  void run(std::size_t thread, Team& team) {
    const std::size_t threads = team.size(), first = panels_.count * thread / threads;
    const std::size_t last = panels_.count * (thread + 1) / threads;
    if (!lying_) {
      for (std::size_t p = first; p < last; ++p) pack(p);
    }
    const bool by_units = split_.by_units && threads > 1;
    const Share mine(thread, threads, a_), share = by_units ? Share(0, 1, a_) : mine;
    begin(mine);
    if (threads > 1) team.barrier().wait();
    Row* rows = rows_ + a_.sizes.B * thread;
    for (std::size_t step = 0; step < a_.sizes.T && plan_.alive(step) > 0; ++step) {
      const std::size_t count = find(rows, share, step);
      for (std::size_t p = by_units ? first : 0; p < (by_units ? last : panels_.count); ++p) panel(p, rows, count);
      if (by_units) team.barrier().wait();
    }
    end(mine);
  }

  // c starts from c0.
  void begin(Share share) {
    const std::size_t H = a_.sizes.H;
    if (!Cell::has_c) return;
    for (std::size_t i = 0; i < share.count(a_.sizes.B); ++i) {
      const std::size_t b = share.row(i);
      std::copy_n(a_.c0 == nullptr ? zeros_ : a_.c0 + b * H, H, a_.c + b * H);
    }
  }

  // The last h of each row, and zeros where it had no step.
  void end(Share share) {
    const auto [B, T, D, H] = a_.sizes;
    for (std::size_t i = 0; i < share.count(B); ++i) {
      const std::size_t r = share.row(i), b = plan_.order[r], steps = plan_.length[r];
      const float* last = steps == 0 ? before(b) : plan_.row(a_.y, a_.packed, H, r, plan_.time(r, steps - 1));
      std::copy_n(last, H, a_.h + b * H);
      for (std::size_t t = steps; t < T && !a_.packed; ++t) std::fill_n(plan_.row(a_.y, false, H, r, t), H, 0.0f);
    }
  }

  const float* before(std::size_t b) const { return a_.h0 == nullptr ? zeros_ : a_.h0 + b * a_.sizes.H; }

  std::size_t find(Row* rows, Share share, std::size_t step) const {
    const auto [B, T, D, H] = a_.sizes;
    const std::size_t count = share.count(plan_.alive(step));
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t r = share.row(i), time = plan_.time(r, step), b = plan_.order[r];
      rows[i] = {plan_.row(a_.x, a_.packed, D, r, time),
                 step == 0 ? before(b) : plan_.row(a_.y, a_.packed, H, r, plan_.time(r, step - 1)),
                 plan_.row(a_.y, a_.packed, H, r, time), b, plan_.position(r, time)};
    }
    return count;
  }

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

  void pack(std::size_t p) {
    const auto [B, T, D, H] = a_.sizes;
    const std::size_t groups = panels_.size(p), columns = groups * Cell::gates;
    float* x_part = packed_ + panels_.begin(p) * vector_size() + groups * Cell::sums * W;
    for (std::size_t group = 0; group < groups; ++group) {
      const std::size_t vector = panels_.begin(p) + group, n = lanes(vector);
      biases(vector, packed_ + panels_.begin(p) * vector_size() + group * Cell::sums * W);
      for (int g = 0; g < Cell::gates; ++g) {
        const std::size_t row = g * H + vector * W, s = group * Cell::gates + g;
        pack_rows<V>(a_.U + row * D, D, n, D, x_part, s, columns);
        pack_rows<V>(a_.W + row * H, H, n, H, x_part + D * columns * W, s, columns);
      }
    }
  }

  // One panel for all rows: sums from the biases on, then the gates.
  void panel(std::size_t p, const Row* rows, std::size_t count) const {
    constexpr std::size_t chunk = V::tile_rows * 16;
    const std::size_t first = panels_.begin(p), groups = panels_.size(p), S = groups * Cell::sums;
    alignas(64) float sums[chunk * std::max<std::size_t>(most_groups, Cell::sums) * W];
    for (std::size_t from = 0; from < count; from += chunk) {
      const std::size_t n = std::min(chunk, count - from);
      lying_ ? sum_lying(sums, first, rows, n) : sum(sums, p, rows + from, n);
      for (std::size_t r = 0; r < n; ++r) {
        for (std::size_t g = 0; g < groups; ++g) {
          const float* at = sums + (r * S + g * Cell::sums) * W;
          V sum[Cell::sums];
#pragma GCC unroll 4
          for (int s = 0; s < Cell::sums; ++s) sum[s] = V::load(at + s * W);
          Cell::template forward<V>(sum, unit(rows[from + r], first + g));
        }
      }
    }
  }

  void sum(float* sums, std::size_t p, const Row* rows, std::size_t count) const {
    const auto [B, T, D, H] = a_.sizes;
    const std::size_t groups = panels_.size(p), S = groups * Cell::sums, columns = groups * Cell::gates * W;
    const float* weights = packed_ + panels_.begin(p) * vector_size();
    const float *x[V::tile_rows * 16], *h[V::tile_rows * 16];
    for (std::size_t r = 0; r < count; ++r) {
      x[r] = rows[r].x;
      h[r] = rows[r].h;
      std::copy_n(weights, S * W, sums + r * S * W);
    }
    weights += S * W;
    if constexpr (Cell::sums == 1) {
      multiply<V>(groups, sums, x, count, D, weights);
      multiply<V>(groups, sums, h, count, H, weights + D * columns);
    } else {
      multiply<V, typename Cell::Input, Cell::sums>(sums, x, count, D, weights);
      multiply<V, typename Cell::State, Cell::sums>(sums, h, count, H, weights + D * columns);
    }
  }

  // For few rows in all, at most lying_rows: the weights as they lie.
  void sum_lying(float* sums, std::size_t vector, const Row* rows, std::size_t count) const {
    const auto [B, T, D, H] = a_.sizes;
    const std::size_t S = Cell::sums;
    const float *x[lying_rows], *h[lying_rows];
    biases(vector, sums);
    for (std::size_t r = 0; r < count; ++r) {
      x[r] = rows[r].x;
      h[r] = rows[r].h;
      if (r > 0) std::copy_n(sums, S * W, sums + r * S * W);
    }
    for (std::size_t g = 0; g < Cell::gates; ++g) {
      const std::size_t row = g * H + vector * W;
      multiply_lying<V>(sums + Cell::Input::index[g] * W, S * W, x, count, D, a_.U + row * D, D, lanes(vector));
      multiply_lying<V>(sums + Cell::State::index[g] * W, S * W, h, count, H, a_.W + row * H, H, lanes(vector));
    }
  }

  ForwardUnit<V> unit(const Row& row, std::size_t vector) const {
    const std::size_t H = a_.sizes.H, j = vector * W, at = row.position * H + j;
    const auto part = [&](auto* base, std::size_t offset) { return base == nullptr ? nullptr : base + offset; };
    return {{lanes(vector)}, H, row.h + j, part(a_.keep_h, at), part(a_.keep_c, at), part(a_.peephole, j),
            part(a_.c, row.b * H + j), row.y + j, part(a_.gates, row.position * Cell::kept * H + j),
            part(a_.cells, at)};
  }

  const RecurrentForward& a_;
  const Split split_;
  const bool lying_;
  const Panels panels_;
  const Plan plan_;
  float* zeros_;
  Row* rows_;
  float* packed_;
};

}  // namespace unrolled::UNROLLED_ISA
