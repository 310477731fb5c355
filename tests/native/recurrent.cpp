// Every recurrent kernel, forward and backward, over random shapes and options, against the reference.
#include <algorithm>

#include "call.h"
#include "test.h"

using call::Call;
using call::Layout;
using call::Manner;
using check::Random;
using reference::Problem;
using unrolled::RecurrentKernel;
using unrolled::Sizes;

namespace {

constexpr std::size_t edges[] = {0, 1, 2, 3, 5, 7, 8, 9, 16, 17, 33};

Problem problem(const RecurrentKernel& kernel, Sizes sizes, Random& random) {
  const auto [B, T, D, H] = sizes;
  const std::size_t GH = kernel.gates * H;
  const auto maybe = [&](std::size_t n, float bound) {
    return random.coin() ? random.floats(n, bound) : reference::Doubles();
  };
  const float bound = 1 / std::sqrt(static_cast<float>(H) + 1);
  Problem p{kernel.name, kernel.gates, sizes, std::vector<std::int64_t>(B, static_cast<std::int64_t>(T)), random.coin(),
            random.floats(B * T * D, 1), random.floats(GH * D, bound), random.floats(GH * H, bound), maybe(GH, 1),
            maybe(GH, 1), {}, maybe(B * H, 1), {}, {}, {}, maybe(B * T * H, 1), maybe(B * H, 1), {}};
  if (p.cell == "peephole") p.peephole = random.floats(3 * H, 1);
  if (kernel.has_c) p.c0 = maybe(B * H, 1), p.d_c = maybe(B * H, 1);
  const std::size_t raggedness = random.below(4);  // whole, any, any, all empty
  for (std::int64_t& length : p.lengths) {
    if (raggedness == 1 || raggedness == 2) length = static_cast<std::int64_t>(random.below(T + 1));
    if (raggedness == 3 && random.below(4) == 0) length = 0;
  }
  if (random.below(3) == 0) {
    p.keep_h = random.floats(B * T * H, 0.5f);
    if (kernel.has_c && random.coin()) p.keep_c = random.floats(B * T * H, 0.5f);
  }
  return p;
}

Manner manner(Problem& p, Random& random) {
  const auto layout = [&] { return static_cast<Layout>(random.below(4)); };
  Manner how{layout(), layout(), layout(), layout(), false, random.below(4) > 0, random.below(4) > 0,
             random.below(4) > 0, 1 + random.below(3)};
  if (random.below(4) == 0) {
    std::sort(p.lengths.rbegin(), p.lengths.rend());
    how.x = how.y = how.d_y = how.d_x = Layout::packed;
  }
  const auto whole = [&](std::int64_t length) { return length == static_cast<std::int64_t>(p.sizes.T); };
  how.without_lengths = std::all_of(p.lengths.begin(), p.lengths.end(), whole) && random.coin();
  return how;
}

std::string name(const Problem& p, const Manner& how, std::uint64_t seed) {
  std::string text = p.cell + ", case " + std::to_string(seed) + ", B T D H";
  for (std::size_t size : {p.sizes.B, p.sizes.T, p.sizes.D, p.sizes.H}) text += " " + std::to_string(size);
  return text + ", " + std::to_string(how.threads) + " threads:";
}

void random_shapes(const RecurrentKernel& kernel, std::uint64_t cases) {
  for (std::uint64_t seed = 0; seed < cases; ++seed) {
    Random random(seed);
    const auto edge = [&] { return edges[random.below(std::size(edges))]; };
    const Sizes sizes{edge(), edge(), edge(), edge()};
    Problem p = problem(kernel, sizes, random);
    const Manner how = manner(p, random);
    Call(kernel, p, how).compare(reference::Solver(p).answer(), name(p, how, seed));
  }
}

// Large enough that threads are worth their while, shared by units or by rows; the number of threads changes no bit.
void large_shapes(const RecurrentKernel& kernel, std::uint64_t cases) {
  const Sizes shapes[] = {{4, 6, 40, 120}, {2, 4, 100, 150}, {16, 5, 20, 64},
                          {33, 9, 33, 70}, {5, 3, 90, 320},  {1, 6, 30, 350}};
  for (std::uint64_t seed = 0; seed < cases; ++seed) {
    Random random(seed + 1000);
    Problem p = problem(kernel, shapes[seed % std::size(shapes)], random);
    Manner how = manner(p, random);
    how.threads = 1;
    const Call alone(kernel, p, how);
    alone.compare(reference::Solver(p).answer(), name(p, how, seed));
    for (how.threads = 2; how.threads <= 5; how.threads += 1 + random.below(2)) {
      const Call shared(kernel, p, how);
      check::that(shared.same_bits(alone), name(p, how, seed) + " other bits than with one");
      if (how.threads == 2) shared.compare(reference::Solver(p).answer(), name(p, how, seed));
    }
  }
}

// Row b of a problem from step `from` on, `steps` of them, started from a state.
Problem piece(const Problem& p, std::size_t b, std::size_t from, std::size_t steps, const reference::Doubles& h,
              const reference::Doubles& c) {
  const auto [B, T, D, H] = p.sizes;
  Problem part = p;
  part.sizes = {1, steps, D, H};
  part.lengths = {static_cast<std::int64_t>(steps)};
  const auto first = p.x.begin() + static_cast<std::ptrdiff_t>((b * T + from) * D);
  part.x = {first, first + static_cast<std::ptrdiff_t>(steps * D)};
  part.h0 = h, part.c0 = c;
  part.keep_h = part.keep_c = part.d_y = part.d_h = part.d_c = {};
  return part;
}

// A row alone, in pieces of 1, 2, 3, ... steps, gives the bits that it gives whole among others.
void pieces(const RecurrentKernel& kernel, std::uint64_t cases) {
  const Sizes shapes[] = {{9, 12, 7, 33}, {3, 17, 16, 5}, {1, 12, 9, 17},
                          {33, 7, 3, 70}, {2, 4, 1, 130}, {12, 9, 65, 16}};
  const Layout plain = Layout::batch_first;
  for (std::uint64_t seed = 0; seed < cases; ++seed) {
    Random random(seed + 2000);
    const Sizes sizes = shapes[seed % std::size(shapes)];
    const std::size_t B = sizes.B, T = sizes.T, H = sizes.H;
    Problem p = problem(kernel, sizes, random);
    p.reverse = false, p.keep_h = p.keep_c = p.d_y = p.d_h = p.d_c = {};
    p.lengths.assign(B, static_cast<std::int64_t>(T));
    const Call whole(kernel, p, {plain, plain, plain, plain, random.coin(), false, false, false, 2});
    const float* y = whole.y.rows<const float>().data;
    for (std::size_t b = 0; b < B; ++b) {
      const auto start = [&, b](const reference::Doubles& all) {
        const auto first = all.begin() + static_cast<std::ptrdiff_t>(b * H);
        return all.empty() ? all : reference::Doubles(first, first + static_cast<std::ptrdiff_t>(H));
      };
      reference::Doubles h = start(p.h0), c = start(p.c0);
      bool same = true;
      for (std::size_t from = 0, steps = 1; from < T; from += steps, steps = std::min(steps + 1, T - from)) {
        const Problem part = piece(p, b, from, steps, h, c);
        const Call some(kernel, part, {plain, plain, plain, plain, random.coin(), false, false, false, 1});
        same &= std::memcmp(some.y.rows<const float>().data, y + (b * T + from) * H, steps * H * sizeof(float)) == 0;
        h.assign(some.h.get(), some.h.get() + H);
        if (kernel.has_c) c.assign(some.c.get(), some.c.get() + H);
      }
      check::that(same, p.cell + " row " + std::to_string(b) + ", case " + std::to_string(seed) + ": bits in pieces");
    }
  }
}

}  // namespace

void test_recurrent(std::size_t effort) {
  for (const RecurrentKernel* kernel = unrolled::kernels().recurrent; kernel->name != nullptr; ++kernel) {
    random_shapes(*kernel, 100 * effort);
    pieces(*kernel, 6 * effort);
  }
}

void test_shared_work(std::size_t effort) {
  for (const RecurrentKernel* kernel = unrolled::kernels().recurrent; kernel->name != nullptr; ++kernel) {
    large_shapes(*kernel, 6 * effort);
  }
}
