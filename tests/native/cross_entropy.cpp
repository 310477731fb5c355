// The output layer with its cross-entropy: against double precision, in buffers of exactly their size, on any threads.
#include <algorithm>

#include "check.h"
#include "kernels.h"
#include "test.h"

using check::Exact;
using check::Random;

namespace {

using Doubles = std::vector<double>;

struct Problem {
  std::size_t N, E, V;
  Doubles x, weights, bias;
  std::vector<std::int64_t> targets;
};

struct Answer {
  double loss = 0;
  Doubles d_x, d_weights, d_bias;
};

Answer right(const Problem& p) {
  const auto [N, E, V, x, weights, bias, targets] = p;
  Answer a{0, Doubles(N * E), Doubles(V * E), Doubles(V)};
  for (std::size_t n = 0; n < N; ++n) {
    Doubles scores = bias;
    for (std::size_t v = 0; v < V; ++v) {
      for (std::size_t e = 0; e < E; ++e) scores[v] += x[n * E + e] * weights[v * E + e];
    }
    const double largest = *std::max_element(scores.begin(), scores.end());
    const auto target = static_cast<std::size_t>(targets[n]);
    double sum = 0;
    for (double s : scores) sum += std::exp(s - largest);
    a.loss += largest + std::log(sum) - scores[target];
    for (std::size_t v = 0; v < V; ++v) {
      const double d = std::exp(scores[v] - largest) / sum - (v == target ? 1 : 0);
      a.d_bias[v] += d;
      for (std::size_t e = 0; e < E; ++e) {
        a.d_x[n * E + e] += d * weights[v * E + e];
        a.d_weights[v * E + e] += d * x[n * E + e];
      }
    }
  }
  return a;
}

struct Call {
  Call(const Problem& p, std::size_t threads, bool gradients) {
    const Exact<float> x(p.x), weights(p.weights), bias(p.bias);
    const Exact<std::int64_t> targets(p.targets);
    if (gradients) {
      d_x = Exact<float>(p.x.size()), d_weights = Exact<float>(p.weights.size()), d_bias = Exact<float>(p.V);
    }
    loss = unrolled::kernels().cross_entropy({p.N, p.E, p.V, x.get(), weights.get(), bias.get(), targets.get(),
                                              d_x.get(), d_weights.get(), d_bias.get(), threads});
  }
  bool same_bits(const Call& other) const {
    return loss == other.loss && d_x.same_bits(other.d_x) && d_weights.same_bits(other.d_weights) &&
           d_bias.same_bits(other.d_bias);
  }

  double loss;
  Exact<float> d_x, d_weights, d_bias;
};

}  // namespace

void test_cross_entropy(std::size_t effort) {
  Random random(3);
  // Shares by rows, by both, by columns; several blocks of rows; last vectors of every width; one input, none.
  const std::size_t sizes[][3] = {{0, 3, 4},   {1, 1, 1},    {3, 0, 6},      {5, 7, 33},
                                  {64, 33, 9}, {400, 5, 70}, {130, 17, 300}, {350, 9, 1100}};
  for (const auto& [N, E, V] : sizes) {
    Problem p{N, E, V, random.floats(N * E, 1), random.floats(V * E, 1), random.floats(V, 1), {}};
    for (std::size_t n = 0; n < N; ++n) p.targets.push_back(static_cast<std::int64_t>(random.below(V)));
    for (const double slope : {0.0, 100.0}) {  // rising scores move every row's shift again and again
      for (std::size_t v = 0; v < V; ++v) p.bias[v] += static_cast<float>(slope * static_cast<double>(v) / V);
      for (double& b : p.bias) b = static_cast<float>(b);
      const std::string what = std::to_string(N) + " x " + std::to_string(E) + " x " + std::to_string(V);
      const Answer want = right(p);
      const Call alone(p, 1, true);
      check::close(std::vector<double>{alone.loss}, {want.loss}, "cross-entropy's loss, " + what);
      check::close(alone.d_x, want.d_x, "cross-entropy's d_x, " + what);
      check::close(alone.d_weights, want.d_weights, "cross-entropy's d_weights, " + what);
      check::close(alone.d_bias, want.d_bias, "cross-entropy's d_bias, " + what);
      for (std::size_t threads = 2; threads <= 2 + effort; ++threads) {
        check::that(Call(p, threads, true).same_bits(alone), "cross-entropy's bits on several threads, " + what);
      }
      check::that(Call(p, 2, false).loss == alone.loss, "cross-entropy without gradients, " + what);
    }
  }
}
