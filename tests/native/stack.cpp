// Word vectors and a stack of layers in one call: the same bits as the layers' kernels one after the other, in any batch,
// with any lengths, cut anywhere.
#include "stack.h"

#include <algorithm>

#include "check.h"
#include "test.h"

using check::Exact;
using check::Random;

namespace {

struct Weights {
  Exact<float> U, W, b_x, b_h, peephole;
};

struct Model {
  std::size_t V = 11, E, H[2];
  Exact<float> words;
  Weights weights[2];
  unrolled::Stack stack;

  Model(const unrolled::RecurrentKernel& kernel, Random& random)
      : E(1 + random.below(20)), H{1 + random.below(20), 1 + random.below(20)}, words(random.floats(V * E, 1)) {
    stack.embedding = E;
    stack.words = words.get();
    for (std::size_t i = 0; i < 2; ++i) {
      const std::size_t D = i == 0 ? E : H[0], G = kernel.gates;
      Weights& w = weights[i];
      w = {Exact<float>(random.floats(G * H[i] * D, 0.5f)), Exact<float>(random.floats(G * H[i] * H[i], 0.5f)),
           Exact<float>(random.floats(G * H[i], 0.5f)), Exact<float>(random.floats(G * H[i], 0.5f)),
           Exact<float>(random.floats(3 * H[i], 0.5f))};
      stack.layers.push_back({&kernel, D, H[i], w.U.get(), w.W.get(), w.b_x.get(), w.b_h.get(), w.peephole.get()});
      if (random.below(2) == 0) stack.layers.back().pack();
    }
  }
};

// One row by the kernels themselves; state (S) moves on.
void by_layers(const Model& m, const std::int64_t* ids, std::size_t T, float* state) {
  Exact<float> x(T * m.E);
  for (std::size_t t = 0; t < T; ++t) std::copy_n(m.words.get() + ids[t] * m.E, m.E, x.get() + t * m.E);
  for (const unrolled::Layer& layer : m.stack.layers) {
    const std::size_t H = layer.H, parts = layer.kernel->has_c ? 2 : 1;
    Exact<float> y(T * H), after(2 * H);
    unrolled::RecurrentForward f{};
    f.sizes = {1, T, layer.D, H};
    f.x = {x.get(), 0, static_cast<std::ptrdiff_t>(layer.D)}, f.y = {y.get(), 0, static_cast<std::ptrdiff_t>(H)};
    f.U = layer.U, f.W = layer.W, f.b_x = layer.b_x, f.b_h = layer.b_h, f.peephole = layer.peephole;
    f.h0 = state, f.c0 = parts == 2 ? state + H : nullptr;
    f.h = after.get(), f.c = parts == 2 ? after.get() + H : nullptr;
    f.threads = 1;
    layer.kernel->forward(f);
    std::copy_n(after.get(), parts * H, state);
    state += parts * H;
    x = std::move(y);
  }
}

void one(const unrolled::RecurrentKernel& kernel, Random& random) {
  const Model m(kernel, random);
  const std::size_t B = random.below(12), T = random.below(9), S = m.stack.state(), last = m.H[1];
  Exact<std::int64_t> ids(B * T, -1), lengths(B, 0);
  for (std::size_t b = 0; b < B; ++b) {
    lengths[b] = static_cast<std::int64_t>(random.below(T + 1));
    for (std::int64_t t = 0; t < lengths[b]; ++t) ids[b * T + static_cast<std::size_t>(t)] = static_cast<std::int64_t>(random.below(m.V));
  }
  const Exact<float> before(random.floats(B * S, 1)), after(B * S), features(B * last), want(B * S);
  unrolled::read(m.stack, {B, T, ids.get(), lengths.get(), before.get(), after.get(), features.get(), 1 + random.below(2)});
  std::copy_n(before.get(), B * S, want.get());
  bool shown = true;
  for (std::size_t b = 0; b < B; ++b) {
    for (std::int64_t t = 0; t < lengths[b]; ++t) by_layers(m, ids.get() + b * T + t, 1, want.get() + b * S);
    const std::size_t at = b * S + S - last * (kernel.has_c ? 2 : 1);
    shown &= std::equal(features.get() + b * last, features.get() + (b + 1) * last, want.get() + at);
  }
  check::that(after.same_bits(want) && shown, std::string("a stack of ") + kernel.name + " " + std::to_string(B) + "x" + std::to_string(T));
}

}  // namespace

void test_stack(std::size_t effort) {
  Random random(6);
  for (const unrolled::RecurrentKernel* kernel = unrolled::kernels().recurrent; kernel->name != nullptr; ++kernel) {
    for (std::size_t trial = 0; trial < 8 * effort; ++trial) one(*kernel, random);
  }
}
