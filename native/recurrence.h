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

// The sums of `groups` vectors of units side by side in one tile.
template <class Map, int groups, int sums>
struct SideBySide;
template <int... at, int groups, int sums>
struct SideBySide<Sums<at...>, groups, sums> {
  template <int... i>
  static auto of(std::integer_sequence<int, i...>) -> Sums<(i / sizeof...(at) * sums + Sums<at...>::index[i % sizeof...(at)])...>;
  using type = decltype(of(std::make_integer_sequence<int, groups * static_cast<int>(sizeof...(at))>{}));
};

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
        lying_(a.sizes.B * a.sizes.T <= 8),
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

  void panel(std::size_t p, const Row* rows, std::size_t count) const {
    [&]<int... G>(std::integer_sequence<int, G...>) {
      ((static_cast<int>(panels_.size(p)) == G + 1 ? (blocks<G + 1>(p, rows, count), true) : false) || ...);
    }(std::make_integer_sequence<int, most_groups>{});
  }

  template <int groups>
  void blocks(std::size_t p, const Row* rows, std::size_t count) const {
    for_each_block<V::tile_rows>(count, [&]<int R>(std::size_t first) { tile<groups, R>(p, rows + first); });
  }

  template <int groups, int R>
  void tile(std::size_t p, const Row* rows) const {
    using Input = typename SideBySide<typename Cell::Input, groups, Cell::sums>::type;
    using State = typename SideBySide<typename Cell::State, groups, Cell::sums>::type;
    V sum[R][groups * Cell::sums];
    const float *x[R], *h[R];
    for (int r = 0; r < R; ++r) {
      x[r] = rows[r].x;
      h[r] = rows[r].h;
    }
    if (lying_) {
      float bias[groups * Cell::sums * W];
      for (int group = 0; group < groups; ++group) biases(panels_.begin(p) + group, bias + group * Cell::sums * W);
      set<groups>(sum, bias);
      lying<Input>(sum, x, p, a_.U, a_.sizes.D);
      lying<State>(sum, h, p, a_.W, a_.sizes.H);
    } else {
      const float* weights = packed_ + panels_.begin(p) * vector_size();
      set<groups>(sum, weights);
      weights += groups * Cell::sums * W;
      accumulate<V, Input>(sum, x, a_.sizes.D, weights);
      accumulate<V, State>(sum, h, a_.sizes.H, weights + a_.sizes.D * Input::count * W);
    }
    for (int r = 0; r < R; ++r) {
      for (int group = 0; group < groups; ++group) {
        Cell::template forward<V>(sum[r] + group * Cell::sums, unit(rows[r], panels_.begin(p) + group));
      }
    }
  }

  template <int groups, int R>
  static UNROLLED_INLINE void set(V (&sum)[R][groups * Cell::sums], const float* bias) {
    for (int r = 0; r < R; ++r) {
      for (int s = 0; s < groups * Cell::sums; ++s) sum[r][s] = V::load(bias + s * W);
    }
  }

  template <class Map, int R, int S>
  UNROLLED_INLINE void lying(V (&sum)[R][S], const float* const (&rows)[R], std::size_t p, const float* weights,
                             std::size_t K) const {
    const float* columns[Map::count];
    const std::size_t vector = panels_.begin(p);
    for (int s = 0; s < Map::count; ++s) {
      columns[s] = weights + (s % Cell::gates * a_.sizes.H + (vector + s / Cell::gates) * W) * K;
    }
    accumulate_lying<V, Map>(sum, rows, K, columns, K, lanes(vector + panels_.size(p) - 1));
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
