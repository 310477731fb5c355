// exp, sigmoid, tanh, softmax and log-sum-exp: against double precision, in place too, for rows of every length.
#include <algorithm>

#include "check.h"
#include "kernels.h"
#include "test.h"

using check::Exact;
using check::Random;

namespace {

struct Function {
  const char* name;
  void (*const unrolled::Kernels::*kernel)(const float*, float*, std::size_t);
  double (*exact)(double);
};

const Function functions[] = {
    {"exp", &unrolled::Kernels::exp, [](double x) { return std::exp(x); }},
    {"sigmoid", &unrolled::Kernels::sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }},
    {"tanh", &unrolled::Kernels::tanh, [](double x) { return std::tanh(x); }},
};

constexpr double smallest = std::numeric_limits<float>::min(), largest = std::numeric_limits<float>::max();

// Within 3 units of the last place, a NaN for a NaN; past either end of float32, infinity or less than the smallest.
bool right(double got, double want) {
  if (std::isnan(want)) return std::isnan(got);
  if (want > largest) return got > largest;
  if (std::fabs(want) < smallest) return std::fabs(got) <= smallest;
  return std::fabs(got - want) <= 3 * std::ldexp(1.0, std::ilogb(want) - 23);
}

float from_bits(std::uint32_t bits) {
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

}  // namespace

void test_elementwise() {
  Random random(1);
  for (const Function& f : functions) {
    const auto kernel = unrolled::kernels().*f.kernel;
    for (std::size_t n : {0, 1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 33, 100, 4099}) {
      Exact<float> x(n), y(n);
      for (std::size_t i = 0; i < n; ++i) x[i] = i % 3 == 0 ? from_bits(random.bits()) : random.uniform(100);
      kernel(x.get(), y.get(), n);
      bool all = true;
      for (std::size_t i = 0; i < n; ++i) all &= right(y[i], f.exact(x[i]));
      check::that(all, std::string(f.name) + " of " + std::to_string(n));
      kernel(x.get(), x.get(), n);
      check::that(x.same_bits(y) || std::any_of(y.get(), y.get() + n, [](float v) { return std::isnan(v); }),
                  std::string(f.name) + " in place");
    }
  }
}

void test_rows() {
  Random random(2);
  for (std::size_t N : {0, 1, 3}) {
    for (std::size_t V : {0, 1, 2, 3, 5, 7, 8, 9, 16, 17, 33, 1000}) {
      const std::vector<double> rows = random.floats(N * V, 30);
      std::vector<double> shares(N * V), logs(N);
      for (std::size_t r = 0; r < N; ++r) {
        double sum = 0;
        for (std::size_t i = 0; i < V; ++i) sum += std::exp(rows[r * V + i]);
        for (std::size_t i = 0; i < V; ++i) shares[r * V + i] = std::exp(rows[r * V + i]) / sum;
        logs[r] = std::log(sum);
      }
      const std::string size = std::to_string(N) + " rows of " + std::to_string(V);
      const Exact<float> x(rows), y(N * V), log(N);
      unrolled::kernels().softmax(x.get(), y.get(), N, V);
      unrolled::kernels().log_sum_exp(x.get(), log.get(), N, V);
      check::close(y, shares, "softmax of " + size);
      for (std::size_t r = 0; r < N && V == 0; ++r) check::that(log[r] == -INFINITY, "log_sum_exp of " + size);
      if (V > 0) check::close(log, logs, "log_sum_exp of " + size);
      unrolled::kernels().softmax(x.get(), x.get(), N, V);
      check::that(x.same_bits(y), "softmax in place of " + size);
    }
  }
}
