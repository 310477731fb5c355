// Forward over whole sequences. A few steps at a time, so that what the input gives waits in the cache: the products of
// all their inputs, many rows at once; then, step by step, that of the state, and the gates. A sum goes from one to the
// other as the float it is, so that cutting the work changes no bit.
//
// Two ways to share the work out. *By units*: each thread owns some hidden units for every row, so that its part of the
// weights stays in its own cache; the threads meet once a step. *By rows*: each thread owns some sequences and never
// meets another; every thread then reads all the weights, which is right where they are small or the rows many.
#pragma once

#include "few_rows.h"
#include "packed_weights.h"
#include "parallel.h"
#include "plan.h"
#include "unit.h"

namespace unrolled::UNROLLED_ISA {

struct Split {
  std::size_t threads;
  bool by_units;

  // `weights` floats are read at each step for each of `rows` rows, `steps` times; `apart` are those of which each thread
  // has gradients of its own when it has rows of its own.
  Split(std::size_t wanted, std::size_t rows, std::size_t steps, std::size_t weights, std::size_t apart = 0)
      : threads(1), by_units(false) {
    constexpr std::size_t worth_a_thread = 400'000, worth_a_barrier = 150'000, private_cache = 130'000;
    if (wanted < 2 || rows * steps * weights < worth_a_thread) return;
    // With 16 rows a thread has enough to do with the weights it reads, wherever they come from.
    const bool large = weights > private_cache, too_much = apart * wanted > 16'000'000;
    const bool enough_rows = !too_much && rows >= (large ? 16 : 4) * wanted;
    by_units = !enough_rows && rows * weights >= worth_a_barrier;
    if (by_units || enough_rows || (rows > 1 && !large)) threads = wanted;
  }
};

template <class V, class Cell>
class Forward {
  static constexpr std::size_t W = V::width;
  using Weights = PackedWeights<V, Cell>;
  static constexpr std::size_t most_groups = Weights::most_groups;
  static constexpr std::size_t least_rows = 96, pointers = 96;  // rows of a block; rows that one product is called with

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
        panels_(Weights::panels(a.sizes, split_.by_units ? split_.threads : 1)),
        weights_(a, panels_),
        given_(a.weights != nullptr && panels_.count == Weights::panels(a.sizes, 1).count),
        lying_(!given_ && few_rows(a.sizes.B * a.sizes.T, a.sizes.B, Cell::gates * a.sizes.H * (a.sizes.D + a.sizes.H),
                                   false)),
        plan_(arena, a),
        block_(std::max(split_.by_units ? a.sizes.B : (a.sizes.B + split_.threads - 1) / split_.threads + 8, least_rows)),
        most_(std::max(block_, a.sizes.B)),
        zeros_(arena.take<float>(a.sizes.H)),
        rows_(arena.take<Row>(most_ * split_.threads)),
        own_(arena.take<float>(given_ || lying_ ? 0 : Weights::size(a.sizes))),
        packed_(given_ ? a.weights : own_),
        sums_(arena.take<float>(most_ * panels_.vectors * Cell::sums * W * (split_.by_units ? 1 : split_.threads))) {
    if (zeros_ != nullptr) std::fill(zeros_, zeros_ + a.sizes.H, 0.0f);
  }

  std::size_t lanes(std::size_t vector) const { return std::min(W, a_.sizes.H - vector * W); }

  void run(std::size_t thread, Team& team) {
    const std::size_t threads = team.size();
    const bool by_units = split_.by_units && threads > 1;
    const std::size_t own = panels_.count * thread / threads, own_end = panels_.count * (thread + 1) / threads;
    const std::size_t first = by_units ? own : 0, last = by_units ? own_end : panels_.count;
    for (std::size_t p = own; p < own_end && !given_ && !lying_; ++p) weights_.pack(p, own_);
    const Share mine(thread, threads, a_), share = by_units ? Share(0, 1, a_) : mine;
    begin(mine);
    if (threads > 1) team.barrier().wait();
    Row* rows = rows_ + most_ * thread;
    float* sums = sums_ + (by_units ? 0 : thread * most_ * panels_.vectors * Cell::sums * W);
    for (std::size_t step = 0, next = 0; step < a_.sizes.T && plan_.alive(step) > 0;) {
      std::size_t count = 0;
      do count += find(rows + count, share, next++);
      while (next < a_.sizes.T && count + share.count(plan_.alive(next)) <= block_);
      for (std::size_t p = first; p < last; ++p) inputs(p, rows, count, sums);
      for (const Row* now = rows; step < next; ++step) {
        const std::size_t n = share.count(plan_.alive(step));
        for (std::size_t p = first; p < last; ++p) step_of(p, now, n, sums, now - rows);
        now += n;
        if (by_units) team.barrier().wait();
      }
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

  // A panel's sums of a block of rows lie together: (rows, sums, width).
  float* sums_of(std::size_t p, float* sums) const { return sums + panels_.begin(p) * most_ * Cell::sums * W; }

  // The share of the biases and of x in a panel's sums, for all rows of a block.
  void inputs(std::size_t p, const Row* rows, std::size_t count, float* sums) const {
    const std::size_t D = a_.sizes.D, S = panels_.size(p) * Cell::sums;
    const float* weights = packed_ + weights_.x(p);
    float own[most_groups * Cell::sums * W];
    if (lying_) {
      for (std::size_t g = 0; g < panels_.size(p); ++g) weights_.biases(panels_.begin(p) + g, own + g * Cell::sums * W);
      weights = own;
    }
    sums = sums_of(p, sums);
    for_each_block(count, lying_ ? lying_rows : pointers, [&](std::size_t first, std::size_t n) {
      const float* x[pointers];
      for (std::size_t r = 0; r < n; ++r) {
        x[r] = rows[first + r].x;
        std::copy_n(weights, S * W, sums + (first + r) * S * W);
      }
      lying_ ? multiply_own<typename Cell::Input>(p, sums + first * S * W, x, n, D, a_.U)
             : multiply_packed<typename Cell::Input>(p, sums + first * S * W, x, n, D, weights + S * W);
    });
  }

  // One panel of one step: what the state adds to the sums, which begin at row `from` of the block, and the gates.
  void step_of(std::size_t p, const Row* rows, std::size_t count, float* sums, std::size_t from) const {
    const std::size_t H = a_.sizes.H, vector = panels_.begin(p), groups = panels_.size(p), S = groups * Cell::sums;
    sums = sums_of(p, sums) + from * S * W;
    for_each_block(count, lying_ ? lying_rows : pointers, [&](std::size_t first, std::size_t n) {
      const float* h[pointers];
      float* at = sums + first * S * W;
      for (std::size_t r = 0; r < n; ++r) h[r] = rows[first + r].h;
      lying_ ? multiply_own<typename Cell::State>(p, at, h, n, H, a_.W)
             : multiply_packed<typename Cell::State>(p, at, h, n, H, packed_ + weights_.h(p));
      for (std::size_t r = 0; r < n; ++r) {
        for (std::size_t g = 0; g < groups; ++g, at += Cell::sums * W) {
          V sum[Cell::sums];
#pragma GCC unroll 4
          for (int s = 0; s < Cell::sums; ++s) sum[s] = V::load(at + s * W);
          Cell::template forward<V>(sum, unit(rows[first + r], vector + g));
        }
      }
    });
  }

  template <class Map>
  void multiply_packed(std::size_t p, float* sums, const float* const* rows, std::size_t count, std::size_t K,
                       const float* weights) const {
    if constexpr (Cell::sums == 1) {
      multiply<V>(panels_.size(p), sums, rows, count, K, weights);
    } else {
      multiply<V, Map, Cell::sums>(sums, rows, count, K, weights);
    }
  }

  // For at most lying_rows: the weights as they lie.
  template <class Map>
  void multiply_own(std::size_t p, float* sums, const float* const* rows, std::size_t count, std::size_t K,
                    const float* weights) const {
    float* to[most_groups * Cell::gates];
    const float* from[most_groups * Cell::gates];
    const std::size_t groups = panels_.size(p), first = panels_.begin(p), whole = lanes(first + groups - 1) == W ? groups : groups - 1;
    for (std::size_t i = 0; i < groups * Cell::gates; ++i) {
      const std::size_t group = i / Cell::gates, gate = i % Cell::gates;
      to[i] = sums + (group * Cell::sums + Map::index[gate]) * W;
      from[i] = weights + (gate * a_.sizes.H + (first + group) * W) * K;
    }
    const std::size_t apart = groups * Cell::sums * W, all = whole * Cell::gates;
    multiply_lying<V>(to, apart, rows, count, K, from, all, K, W);
    multiply_lying<V>(to + all, apart, rows, count, K, from + all, groups * Cell::gates - all, K, lanes(first + groups - 1));
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
  const Panels panels_;
  const Weights weights_;
  const bool given_, lying_;  // packed by the caller; read as they lie
  const Plan plan_;
  const std::size_t block_;  // rows, one at one step, whose sums wait at a time
  const std::size_t most_;   // that one thread may find at a step, should fewer threads come than were asked for
  float* zeros_;
  Row* rows_;
  float* own_;           // room for packed weights
  const float* packed_;  // that are read
  float* sums_;
};

}  // namespace unrolled::UNROLLED_ISA
