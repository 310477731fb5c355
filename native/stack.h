// A stack of recurrent layers over word vectors, as in a frozen language model, or over any vectors, as in a decoder: one call
// from ids or vectors to features. The kernels of the instruction set at hand do the work.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "kernels.h"

namespace unrolled {

struct Layer {
  const RecurrentKernel* kernel;
  std::size_t D, H;
  const float *U, *W, *b_x, *b_h, *peephole;      // as in Recurrence
  std::shared_ptr<const float> weights = nullptr;  // as in RecurrentForward, or none

  // Copies U, W and biases to `weights`: a single step takes half the time. May throw std::bad_alloc.
  void pack();
};

struct Stack {
  std::size_t embedding;     // numbers in a vector that it reads, D of the first layer
  const float* words;        // (V, embedding), or null: it reads vectors
  std::vector<Layer> layers;  // at least one

  // S, the numbers in the state of one stream: each layer's h, then its c where it has one, the first layer first.
  std::size_t state() const;
};

struct Reading {
  std::size_t B, T;
  const std::int64_t* ids;      // (B, T), each a row of words; past a row's length anything; or null
  const float* vectors;         // (B, T, embedding), read where there are no ids
  const std::int64_t* lengths;  // (B), each 0..T; or null: all are T
  const float* before;          // (B, S)
  float* after;                 // (B, S), not `before`
  float* features;              // (B, H of the last layer): the last layer's h after each row's last step
  std::size_t threads;          // at most
};

// Reads each row's ids from its state on: the same bits in any batch, cut anywhere. May throw std::bad_alloc.
void read(const Stack& stack, const Reading& a);

}  // namespace unrolled
