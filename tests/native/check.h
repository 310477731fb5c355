// Counting and telling failures; random numbers; buffers of exactly their size, so that a sanitizer sees any overrun.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace check {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();

inline int checks = 0, failures = 0;

inline void that(bool holds, const std::string& what) {
  ++checks;
  if (holds) return;
  if (++failures <= 20) std::printf("FAILED: %s\n", what.c_str());
}

// The same numbers on every machine (xorshift64*).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15u + 1) {}

  std::uint32_t bits() {
    state_ ^= state_ >> 12, state_ ^= state_ << 25, state_ ^= state_ >> 27;
    return static_cast<std::uint32_t>(state_ * 0x2545f4914f6cdd1du >> 32);
  }
  std::size_t below(std::size_t n) { return bits() % n; }
  bool coin() { return below(2) == 0; }
  float uniform(float bound) { return bound * (static_cast<float>(bits()) * 0x1p-31f - 1.0f); }
  std::vector<double> floats(std::size_t n, float bound) {  // each of them a float32
    std::vector<double> all(n);
    for (double& x : all) x = uniform(bound);
    return all;
  }

 private:
  std::uint64_t state_;
};

// n elements on the heap and not one byte more; made by default, a null pointer.
template <class T>
class Exact {
 public:
  Exact() = default;
  explicit Exact(std::size_t n, T fill = nan) : size_(n), data_(new T[n]) {
    for (std::size_t i = 0; i < n; ++i) data_[i] = fill;
  }
  template <class From>
  explicit Exact(const std::vector<From>& from) : size_(from.size()), data_(new T[from.size()]) {
    for (std::size_t i = 0; i < size_; ++i) data_[i] = static_cast<T>(from[i]);
  }
  T* get() const { return data_.get(); }
  std::size_t size() const { return size_; }
  T& operator[](std::size_t i) const { return data_[i]; }
  bool same_bits(const Exact& other) const {
    return size_ == other.size_ && (size_ == 0 || std::memcmp(get(), other.get(), size_ * sizeof(T)) == 0);
  }

 private:
  std::size_t size_ = 0;
  std::unique_ptr<T[]> data_;
};

// |got - want| against the largest of `want`, or 1. A NaN is never close.
template <class Got>
void close(const Got& got, const std::vector<double>& want, const std::string& what) {
  double scale = 1, worst = 0;
  for (double w : want) scale = std::fmax(scale, std::fabs(w));
  for (std::size_t i = 0; i < want.size(); ++i) {
    const double apart = std::fabs(static_cast<double>(got[i]) - want[i]);
    if (!(apart <= worst)) worst = apart;
  }
  that(worst <= 1e-5 * scale, what + " is off by " + std::to_string(worst) + " of " + std::to_string(scale));
}

}  // namespace check
