// Backward over whole sequences: the time loop in reverse.
//
// At each step a tile takes the gradients that the step after left before its activations, multiplies them with W, adds
// what reaches h directly, and, while that is in the first cache, goes back through the gates. The gradients of x and of the
// weights are products over all steps at the end.
#pragma once

#include "recurrence.h"
#include "weight_gradients.h"

namespace unrolled::UNROLLED_ISA {

template <class V, class Cell>
class Backward {
  static constexpr std::size_t W = V::width;
  static constexpr std::size_t most_groups = 4, chunk = 144;  // rows between a product and its gates

  // One row at one step; `after` are the gradients that the step after it left, null at a row's last step.
  struct Row {
    const float *after, *d_y, *h_before, *c_before, *y;
    std::size_t b, position;
  };

 public:
  static void call(const RecurrentBackward& a) {
    Arena measure(nullptr);
    const Backward counted(a, measure);
    Arena arena(scratch().take(measure.used()));
    Backward backward(a, arena);
    parallel(backward.split_.threads, [&](std::size_t thread, Team& team) { backward.run(thread, team); });
  }

 private:
  Backward(const RecurrentBackward& a, Arena& arena)
      : a_(a),
        positions_(positions(a)),
        split_(a.threads, a.sizes.B, a.sizes.T, Cell::gates * a.sizes.H * a.sizes.H,
               Cell::gates * a.sizes.H * (a.sizes.D + a.sizes.H)),
        lying_(few_rows(positions_, a.sizes.B, Cell::gates * a.sizes.H * (a.sizes.D + a.sizes.H), true)),
        panels_((a.sizes.H + W - 1) / W, most_groups, split_.by_units ? split_.threads : 1),
        x_panels_((a.sizes.D + W - 1) / W, most_groups, 1),
        plan_(arena, a),
        zeros_(arena.take<float>(a.sizes.H)),
        rows_(arena.take<Row>(a.sizes.B * split_.threads)),
        packed_(arena.take<float>(lying_ ? 0 : panels_.vectors * K() * W)),
        x_packed_(arena.take<float>(lying_ || a.d_x.data == nullptr ? 0 : x_panels_.vectors * K() * W)),
        d_gates_(arena.take<float>(positions_ * d_gates_row())),
        terms_(arena.take<Term>(positions_)),
        weights_(a, arena, split_.threads, split_.by_units) {
    if (zeros_ != nullptr) std::fill(zeros_, zeros_ + a.sizes.H, 0.0f);
  }

  // N, the sum of the lengths.
  static std::size_t positions(const Recurrence& a) {
    if (a.lengths == nullptr) return a.sizes.B * a.sizes.T;
    return static_cast<std::size_t>(std::accumulate(a.lengths, a.lengths + a.sizes.B, std::int64_t{0}));
  }
  std::size_t K() const { return Cell::gates * a_.sizes.H; }
  std::size_t d_gates_row() const { return Cell::gradients * a_.sizes.H; }

  void run(std::size_t thread, Team& team) {
    const std::size_t threads = team.size(), own = panels_.count * thread / threads;
    const std::size_t own_end = panels_.count * (thread + 1) / threads;
    const bool by_units = split_.by_units && threads > 1;
    const std::size_t first = by_units ? own : 0, last = by_units ? own_end : panels_.count;
    const Share mine(thread, threads, a_), share = by_units ? Share(0, 1, a_) : mine;
    for (std::size_t p = own; p < own_end && !lying_; ++p) pack(p);
    for (std::size_t p = thread; a_.d_x.data != nullptr && p < x_panels_.count && !lying_; p += threads) pack_inputs(p);
    begin(mine);
    if (threads > 1) team.barrier().wait();
    Row* rows = rows_ + a_.sizes.B * thread;
    for (std::size_t steps = a_.sizes.T; steps-- > 0;) {
      const std::size_t count = find(rows, share, steps);
      if (count == 0) continue;
      const std::size_t moving = share.count(steps + 1 < a_.sizes.T ? plan_.alive(steps + 1) : 0);
      if (lying_) state_rows(rows, moving, first, last);
      for (std::size_t p = first; p < last; ++p) {
        panel(p, rows, 0, moving, true);
        panel(p, rows, moving, count, true);
      }
      if (by_units) team.barrier().wait();
    }
    const std::size_t count = last_products(rows, share);
    if (lying_) state_rows(rows, count, first, last);
    for (std::size_t p = first; p < last && !lying_; ++p) panel(p, rows, 0, count, false);
    if (threads > 1) team.barrier().wait();
    const std::size_t before = inputs(mine);
    if (by_units) team.barrier().wait();
    by_units ? weights_.sum(terms_, plan_.offset[a_.sizes.T], thread, threads)
             : weights_.sum(terms_ + before, mine.total(plan_), thread, threads);
    if (threads > 1) team.barrier().wait();
    weights_.add(thread, threads);
  }

  // The state's gradients start from those of the final state.
  void begin(Share share) {
    const std::size_t H = a_.sizes.H;
    for (std::size_t i = 0; i < share.count(a_.sizes.B); ++i) {
      const std::size_t b = share.row(i);
      std::copy_n(a_.d_h == nullptr ? zeros_ : a_.d_h + b * H, H, a_.d_h0 + b * H);
      if (Cell::has_c) std::copy_n(a_.d_c == nullptr ? zeros_ : a_.d_c + b * H, H, a_.d_c0 + b * H);
    }
  }

  std::size_t find(Row* rows, Share share, std::size_t step) const {
    const auto [B, T, D, H] = a_.sizes;
    const std::size_t count = share.count(plan_.alive(step));
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t r = share.row(i), time = plan_.time(r, step), b = plan_.order[r];
      const std::size_t position = plan_.position(r, time);
      const auto [h, c] = before(r, step);
      const float* after = nullptr;
      if (step + 1 < plan_.length[r]) after = gradients(plan_.position(r, plan_.time(r, step + 1)));
      const float* d_y = a_.d_y.data == nullptr ? zeros_ : plan_.row(a_.d_y, a_.packed, H, r, time);
      rows[i] = {after, d_y, h, c, plan_.row(a_.y, a_.packed, H, r, time), b, position};
    }
    return count;
  }

  // The state that a step began with.
  std::pair<const float*, const float*> before(std::size_t r, std::size_t step) const {
    const std::size_t H = a_.sizes.H, b = plan_.order[r];
    if (step == 0) return {a_.h0 == nullptr ? zeros_ : a_.h0 + b * H, a_.c0 == nullptr ? zeros_ : a_.c0 + b * H};
    const std::size_t time = plan_.time(r, step - 1);
    const float* c = Cell::has_c ? a_.cells + plan_.position(r, time) * H : zeros_;
    return {plan_.row(a_.y, a_.packed, H, r, time), c};
  }

  // Every row that had a step, for the product that reaches h0.
  std::size_t last_products(Row* rows, Share share) const {
    const std::size_t count = a_.sizes.T == 0 ? 0 : share.count(plan_.alive(0));
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t r = share.row(i);
      rows[i] = {gradients(plan_.position(r, plan_.time(r, 0))), nullptr, nullptr, nullptr, nullptr, plan_.order[r], 0};
    }
    return count;
  }

  // What meets W of the gradients at a packed position.
  const float* gradients(std::size_t position) const {
    return d_gates_ + position * d_gates_row() + Cell::state_gradient * a_.sizes.H;
  }

  void pack(std::size_t p) {
    const std::size_t H = a_.sizes.H, groups = panels_.size(p);
    for (std::size_t group = 0; group < groups; ++group) {
      const std::size_t j = (panels_.begin(p) + group) * W;
      pack_columns<V>(a_.W + j, H, H - j, K(), packed_ + panels_.begin(p) * K() * W, group, groups);
    }
  }

  // U's gates in the order in which their gradients lie.
  void pack_inputs(std::size_t p) {
    const std::size_t H = a_.sizes.H, D = a_.sizes.D, groups = x_panels_.size(p);
    for (std::size_t group = 0; group < groups; ++group) {
      const std::size_t j = (x_panels_.begin(p) + group) * W;
      for (std::size_t g = 0; g < Cell::gates; ++g) {
        float* panel = x_packed_ + x_panels_.begin(p) * K() * W + g * H * groups * W;
        const std::size_t gate = (g + Cell::input_turn) % Cell::gates;
        pack_columns<V>(a_.U + gate * H * D + j, D, D - j, H, panel, group, groups);
      }
    }
  }

  // What W gives of the gradients of the step after to the columns of some panels, for few rows.
  void state_rows(const Row* rows, std::size_t count, std::size_t first, std::size_t last) const {
    if (first == last) return;  // no units at all, or fewer panels than threads
    const std::size_t H = a_.sizes.H, begin = panels_.begin(first) * W, end = std::min(panels_.begin(last) * W, H);
    float* to[most_lying];
    const float* after[most_lying];
    for (std::size_t r = 0; r < count; ++r) to[r] = a_.d_h0 + rows[r].b * H + begin, after[r] = rows[r].after;
    multiply_columns<V>(to, after, count, K(), a_.W + begin, H, end - begin);
  }

  // One panel for the rows from `from` to `to`: of all or of none of them there are gradients from the step after.
  void panel(std::size_t p, const Row* rows, std::size_t from, std::size_t to, bool gates) const {
    const std::size_t H = a_.sizes.H, vector = panels_.begin(p), groups = panels_.size(p);
    alignas(64) float sums[chunk * most_groups * W];
    const float* after[chunk];
    for (; from < to; from += chunk) {
      const std::size_t n = std::min(chunk, to - from);
      for (std::size_t r = 0; r < n; ++r) {
        const Row& row = rows[from + r];
        after[r] = row.after;
        for (std::size_t g = 0; g < groups; ++g) {
          lanes(vector + g).load(a_.d_h0 + row.b * H + (vector + g) * W).store(sums + (r * groups + g) * W);
        }
      }
      if (after[0] != nullptr && !lying_) multiply<V>(groups, sums, after, n, K(), packed_ + vector * K() * W);
      for (std::size_t r = 0; r < n; ++r) {
        for (std::size_t g = 0; g < groups; ++g) {
          finish(V::load(sums + (r * groups + g) * W), rows[from + r], vector + g, gates);
        }
      }
    }
  }

  Lanes<V> lanes(std::size_t vector) const { return {std::min(W, a_.sizes.H - vector * W)}; }

  UNROLLED_INLINE void finish(V d_h, const Row& row, std::size_t vector, bool gates) const {
    const std::size_t H = a_.sizes.H, j = vector * W, at = row.position * H + j;
    const Lanes<V> some = lanes(vector);
    if (!gates) return some.store(a_.d_h0 + row.b * H + j, d_h);
    const auto part = [&](auto* base, std::size_t offset) { return base == nullptr ? nullptr : base + offset; };
    const BackwardUnit<V> unit{some, H, row.h_before + j, row.c_before + j, part(a_.keep_h, at), part(a_.keep_c, at),
                               part(a_.peephole, j), part(a_.gates, row.position * Cell::kept * H + j), row.y + j,
                               d_gates_ + row.position * d_gates_row() + j, a_.d_h0 + row.b * H + j,
                               part(a_.d_c0, row.b * H + j)};
    Cell::template backward<V>(d_h + some.load(row.d_y + j), unit);
  }

  // For a share of all positions: the terms of the weights' gradients, and the gradient of x, zero in the padding. Returns
  // how many terms lie before these.
  std::size_t inputs(Share share) {
    const auto [B, T, D, H] = a_.sizes;
    const float* from[chunk];
    float* to[chunk];
    std::size_t count = 0, first = 0;
    for (std::size_t other = 0; other < share.thread; ++other) first += Share(other, share.threads, a_).total(plan_);
    Term* term = terms_ + first;
    const auto flush = [&] {
      if (lying_) x_rows(from, to, count);
      for (std::size_t p = 0; p < x_panels_.count && !lying_; ++p) x_panel(p, from, to, count);
      count = 0;
    };
    for (std::size_t t = 0; t < T; ++t) {
      for (std::size_t i = 0; i < share.count(plan_.alive(t)); ++i) {
        const std::size_t r = share.row(i), position = plan_.position(r, t);
        const auto [h, c] = before(r, plan_.reverse ? plan_.length[r] - 1 - t : t);
        const float* d_gates = d_gates_ + position * d_gates_row();
        const float* kept = a_.gates == nullptr ? nullptr : a_.gates + position * Cell::kept * H;
        *term++ = {d_gates, plan_.row(a_.x, a_.packed, D, r, t), h, c, kept};
        if (a_.d_x.data == nullptr) continue;
        from[count] = d_gates;
        to[count++] = plan_.row(a_.d_x, a_.packed, D, r, t);
        if (count == chunk) flush();
      }
    }
    flush();
    for (std::size_t i = 0; i < share.count(B) && a_.d_x.data != nullptr && !a_.packed; ++i) {
      const std::size_t r = share.row(i);
      for (std::size_t t = plan_.length[r]; t < T; ++t) std::fill_n(plan_.row(a_.d_x, false, D, r, t), D, 0.0f);
    }
    return first;
  }

  void x_rows(const float** from, float* const* to, std::size_t count) const {
    const std::size_t H = a_.sizes.H, D = a_.sizes.D;
    for (std::size_t r = 0; r < count; ++r) std::fill_n(to[r], D, 0.0f);
    for (std::size_t g = 0; g < Cell::gates; ++g) {
      const std::size_t gate = (g + Cell::input_turn) % Cell::gates;
      multiply_columns<V>(to, from, count, H, a_.U + gate * H * D, D, D);
      for (std::size_t r = 0; r < count; ++r) from[r] += H;
    }
  }

  void x_panel(std::size_t p, const float* const* from, float* const* to, std::size_t count) const {
    const std::size_t vector = x_panels_.begin(p), groups = x_panels_.size(p);
    alignas(64) float sums[chunk * most_groups * W];
    std::fill_n(sums, count * groups * W, 0.0f);
    multiply<V>(groups, sums, from, count, K(), x_packed_ + vector * K() * W);
    for (std::size_t r = 0; r < count; ++r) {
      for (std::size_t g = 0; g < groups; ++g) {
        const std::size_t j = (vector + g) * W;
        Lanes<V>{std::min(W, a_.sizes.D - j)}.store(to[r] + j, V::load(sums + (r * groups + g) * W));
      }
    }
  }

  const RecurrentBackward& a_;
  const std::size_t positions_;
  const Split split_;
  const bool lying_;  // few rows: the weights are read as they lie
  const Panels panels_, x_panels_;
  const Plan plan_;
  float* zeros_;
  Row* rows_;
  float *packed_, *x_packed_, *d_gates_;
  Term* terms_;
  const WeightGradients<V, Cell> weights_;
};

}  // namespace unrolled::UNROLLED_ISA
