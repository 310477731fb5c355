// The output layer of few rows and the best of a row: against double precision and a plain sort; a row of its own, and
// threads, give the same bits.
#include <algorithm>
#include <numeric>

#include "check.h"
#include "kernels.h"
#include "test.h"

using check::Exact;
using check::Random;

namespace {

void scores(std::size_t B, std::size_t E, std::size_t V, Random& random) {
  const std::vector<double> x = random.floats(B * E, 1), weights = random.floats(V * E, 1), bias = random.floats(V, 1);
  std::vector<double> want(B * V);
  for (std::size_t i = 0; i < B * V; ++i) {
    want[i] = bias[i % V];
    for (std::size_t e = 0; e < E; ++e) want[i] += x[i / V * E + e] * weights[i % V * E + e];
  }
  const Exact<float> rows(x), matrix(weights), constant(bias), y(B * V), again(B * V);
  const std::string size = std::to_string(B) + "x" + std::to_string(E) + "x" + std::to_string(V);
  unrolled::kernels().scores({B, E, V, rows.get(), matrix.get(), constant.get(), y.get(), 1});
  check::close(y, want, "scores " + size);
  unrolled::kernels().scores({B, E, V, rows.get(), matrix.get(), constant.get(), again.get(), 2});
  check::that(again.same_bits(y), "scores by two threads " + size);
  for (std::size_t b = 0; b < B; ++b) {
    const Exact<float> row(std::vector<float>(rows.get() + b * E, rows.get() + (b + 1) * E)), one(V);
    unrolled::kernels().scores({1, E, V, row.get(), matrix.get(), constant.get(), one.get(), 1});
    check::that(std::equal(one.get(), one.get() + V, y.get() + b * V), "scores of a row alone " + size);
  }
}

// Few different values, so that many are equal; some NaNs and infinities.
void top(std::size_t V, std::size_t k, Random& random) {
  Exact<float> x(V);
  for (std::size_t i = 0; i < V; ++i) x[i] = static_cast<float>(random.below(V / 2 + 1)) / 8;
  const bool odd = random.coin() && V > 3;
  if (odd) x[random.below(V)] = check::nan, x[random.below(V)] = -INFINITY;
  const Exact<std::int64_t> hidden(std::vector<std::int64_t>{0, 2});
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < V; ++i) {
    if (i != 0 && i != 2 && x[i] == x[i]) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return x[a] > x[b]; });
  order.resize(std::min(order.size(), k));
  const Exact<std::int64_t> ids(k, -1);
  const Exact<float> shares(k), all(V);
  const std::size_t found = unrolled::kernels().top(x.get(), V, hidden.get(), 2, k, ids.get(), shares.get());
  unrolled::kernels().softmax(x.get(), all.get(), 1, V);
  bool right = found == order.size();
  for (std::size_t i = 0; i < found && right; ++i) {
    right &= static_cast<std::size_t>(ids[i]) == order[i];
    right &= std::memcmp(&shares[i], &all[order[i]], sizeof(float)) == 0 || shares[i] != shares[i];
  }
  check::that(right, "the best " + std::to_string(k) + " of " + std::to_string(V));
}

}  // namespace

void test_scores(std::size_t effort) {
  Random random(5);
  for (std::size_t B : {0, 1, 2, 3, 4, 7}) {
    for (std::size_t E : {0, 1, 7, 8, 19, 33}) {
      for (std::size_t V : {0, 1, 3, 8, 9, 31}) scores(B, E, V, random);
    }
  }
  scores(5, 203, 1009, random);  // enough for two threads
  for (std::size_t trial = 0; trial < 40 * effort; ++trial) top(random.below(200), random.below(9), random);
}
