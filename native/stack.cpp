#include "stack.h"

#include <algorithm>
#include <new>

namespace unrolled {

namespace {

constexpr std::size_t most_numbers = std::size_t{1} << 20;  // that one layer's inputs or outputs take at a time

// One part of a block of steps: its arrays lie in one piece of memory, kept from call to call.
class Block {
 public:
  Block(const Stack& stack, const Reading& a, std::size_t steps) : stack_(stack), a_(a), widest_(stack.embedding), hidden_(0) {
    for (const Layer& layer : stack.layers) {
      widest_ = std::max(widest_, layer.H);
      hidden_ = std::max(hidden_, layer.H);
    }
    static thread_local std::vector<float> numbers;
    static thread_local std::vector<std::int64_t> lengths;
    numbers.resize(2 * a.B * steps * widest_ + 4 * a.B * hidden_);
    lengths.resize(a.B);
    float* next = numbers.data();
    x_ = next, y_ = next += a.B * steps * widest_, next += a.B * steps * widest_;
    for (float*& part : parts_) part = next, next += a.B * hidden_;
    lengths_ = lengths.data();
  }

  void read(std::size_t first, std::size_t T) {
    embed(first, T);
    const std::int64_t* lengths = a_.lengths == nullptr ? nullptr : lengths_;
    for (std::size_t b = 0; b < a_.B && lengths != nullptr; ++b) {
      lengths_[b] = std::clamp<std::int64_t>(a_.lengths[b] - static_cast<std::int64_t>(first), 0, static_cast<std::int64_t>(T));
    }
    std::size_t at = 0;
    for (const Layer& layer : stack_.layers) {
      step(layer, T, lengths, at);
      at += layer.H * (layer.kernel->has_c ? 2 : 1);
      std::swap(x_, y_);
    }
  }

 private:
  void embed(std::size_t first, std::size_t T) {
    const std::size_t E = stack_.embedding;
    float* to = x_;
    for (std::size_t b = 0; b < a_.B; ++b) {
      const std::size_t length = a_.lengths == nullptr ? a_.T : static_cast<std::size_t>(a_.lengths[b]);
      for (std::size_t t = first; t < first + T; ++t, to += E) {
        if (t >= length) continue;
        const std::size_t at = b * a_.T + t;
        std::copy_n(a_.ids == nullptr ? a_.vectors + at * E : stack_.words + static_cast<std::size_t>(a_.ids[at]) * E, E, to);
      }
    }
  }

  // x_ → y_; the layer's state, from `at` on in each row of `after`, moves on.
  void step(const Layer& layer, std::size_t T, const std::int64_t* lengths, std::size_t at) {
    const std::size_t H = layer.H, S = stack_.state();
    const bool has_c = layer.kernel->has_c;
    for (std::size_t b = 0; b < a_.B; ++b) {
      std::copy_n(a_.after + b * S + at, H, parts_[0] + b * H);
      if (has_c) std::copy_n(a_.after + b * S + at + H, H, parts_[1] + b * H);
    }
    RecurrentForward f{};
    f.sizes = {a_.B, T, layer.D, H};
    f.lengths = lengths;
    f.x = {x_, static_cast<std::ptrdiff_t>(T * layer.D), static_cast<std::ptrdiff_t>(layer.D)};
    f.U = layer.U, f.W = layer.W, f.b_x = layer.b_x, f.b_h = layer.b_h, f.peephole = layer.peephole;
    f.weights = layer.weights.get();
    f.h0 = parts_[0], f.c0 = has_c ? parts_[1] : nullptr;
    f.threads = a_.threads;
    f.y = {y_, static_cast<std::ptrdiff_t>(T * H), static_cast<std::ptrdiff_t>(H)};
    f.h = parts_[2], f.c = has_c ? parts_[3] : nullptr;
    layer.kernel->forward(f);
    for (std::size_t b = 0; b < a_.B; ++b) {
      std::copy_n(parts_[2] + b * H, H, a_.after + b * S + at);
      if (has_c) std::copy_n(parts_[3] + b * H, H, a_.after + b * S + at + H);
    }
  }

  const Stack& stack_;
  const Reading& a_;
  std::size_t widest_, hidden_;
  float *x_, *y_, *parts_[4];  // (B, T, width), and h0, c0, h, c (B, H)
  std::int64_t* lengths_;
};

}  // namespace

void Layer::pack() {
  constexpr std::align_val_t line{64};
  Recurrence a{};
  a.sizes = {1, 1, D, H};
  a.U = U, a.W = W, a.b_x = b_x, a.b_h = b_h;
  float* to = static_cast<float*>(::operator new(kernel->packed(a.sizes) * sizeof(float), line));
  weights.reset(to, [](const float* p) { ::operator delete(const_cast<float*>(p), line); });
  kernel->pack(a, to);
}

std::size_t Stack::state() const {
  std::size_t sum = 0;
  for (const Layer& layer : layers) sum += layer.H * (layer.kernel->has_c ? 2 : 1);
  return sum;
}

void read(const Stack& stack, const Reading& a) {
  const std::size_t S = stack.state(), last = stack.layers.back().H;
  std::size_t widest = stack.embedding;
  for (const Layer& layer : stack.layers) widest = std::max(widest, layer.H);
  const std::size_t steps = std::min(a.T, std::max<std::size_t>(1, most_numbers / std::max<std::size_t>(1, a.B * widest)));
  Block block(stack, a, steps);
  std::copy_n(a.before, a.B * S, a.after);
  for (std::size_t first = 0; first < a.T; first += steps) block.read(first, std::min(steps, a.T - first));
  const std::size_t at = S - last * (stack.layers.back().kernel->has_c ? 2 : 1);
  for (std::size_t b = 0; b < a.B; ++b) std::copy_n(a.after + b * S + at, last, a.features + b * last);
}

}  // namespace unrolled
