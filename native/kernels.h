// Every kernel, with the shape of every argument. All arrays are float32, C-contiguous, and belong to the caller.
//
// Letters: n elements, N rows, V columns. No kernel allocates, throws or starts a thread. One element's (or one row's)
// result depends on its own values alone, never on where it lies in the array: on one instruction set it is the same
// bit for bit wherever it stands. A NaN stays a NaN. No result is denormal unless its input was.
#pragma once

#include <cstddef>
#include <vector>

namespace unrolled {

struct Kernels {
  const char* instruction_set;

  // y[i] = exp(x[i]). Above 88.7228 infinity, below -87.3365 (where float32 turns denormal) zero.
  // x (n), y (n); y may be x.
  void (*exp)(const float* x, float* y, std::size_t n);

  // y[i] = 1 / (1 + exp(-x[i])). Below -87.3365 zero.  x (n), y (n); y may be x.
  void (*sigmoid)(const float* x, float* y, std::size_t n);

  // y[i] = tanh(x[i]), odd to the bit.  x (n), y (n); y may be x.
  void (*tanh)(const float* x, float* y, std::size_t n);

  // y[r, :] = exp(x[r, :]) / sum(exp(x[r, :])), safe for any finite row.  x (N, V), y (N, V); y may be x.
  void (*softmax)(const float* x, float* y, std::size_t N, std::size_t V);

  // y[r] = log(sum(exp(x[r, :]))); -inf where the row is empty or all -inf.  x (N, V), y (N).
  void (*log_sum_exp)(const float* x, float* y, std::size_t N, std::size_t V);
};

// The kernels of the best instruction set this processor has, or of the one that the environment variable UNROLLED_ISA
// names; chosen at the first call. Throws std::runtime_error if that name is unknown or not available here.
const Kernels& kernels();

// The instruction sets compiled in and present on this processor, the best one first.
std::vector<const char*> available();

}  // namespace unrolled
