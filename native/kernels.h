// Every kernel, with the shape of every argument. All arrays are float32, C-contiguous, and belong to the caller.
//
// Letters: n elements, N rows, V columns. The kernels on elements and rows neither allocate nor throw nor start a thread.
// One element's (or one row's)
// result depends on its own values alone, never on where it lies in the array: on one instruction set it is the same
// bit for bit wherever it stands. A NaN stays a NaN. No result is denormal unless its input was.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace unrolled {

// Letters of the recurrences: B batch, T time, D inputs, H hidden, G gates (as many blocks of H rows in U and W), N the
// sum of the lengths. *Packed order* is that of torch's PackedSequence: rows sorted by length, longest first, equal ones
// as they came; all that live at time 0, then those at time 1, ... Without lengths it is (T, B). What is kept for the
// backward pass is in packed order by the time index of x, in both directions.
struct Sizes {
  std::size_t B, T, D, H;
};

// Rows of one array for each (batch, time): row (b, t) begins at data + b·batch + t·time; its elements are contiguous.
template <class T>
struct Rows {
  T* data = nullptr;
  std::ptrdiff_t batch = 0, time = 0;
};

struct Recurrence {
  Sizes sizes;
  const std::int64_t* lengths;  // (B), any order, each 0..T; or null: every row has T steps
  bool reverse;                 // each row from its own last step to its first
  bool packed;                  // x, y and their gradients are (N, ·) in packed order; lengths then are sorted
  Rows<const float> x;          // D floats a row
  const float* U;               // (G·H, D)
  const float* W;               // (G·H, H)
  const float* b_x;             // (G·H) or null
  const float* b_h;             // (G·H) or null; added to b_x but for gru's n gate, where it is inside the reset product
  const float* peephole;        // (3·H) for i, f, o; or null
  const float* h0;              // (B, H) or null: zeros
  const float* c0;              // (B, H) or null: zeros
  const float* keep_h;          // (N, H) or null. Zoneout: h = keep_h·h_before + (1 - keep_h)·h_new
  const float* keep_c;          // (N, H) or null, likewise
  std::size_t threads;          // at most
};

struct RecurrentForward : Recurrence {
  const float* weights;  // U, W, b_x and b_h as `pack` laid them out: the same bits, sooner; or null
  Rows<float> y;   // H floats a row; zero at and past a row's length
  float* h;        // (B, H) each row's state after its own last step
  float* c;        // (B, H), or null for cells without
  float* gates;    // (N, S·H) kept for backward, or null. S: gru 4 (r, z, n, W_n h + b_h), lstm and peephole 4 (activated),
                   // cifg 3, rnn 1 (h before zoneout: needed with keep_h alone)
  float* cells;    // (N, H) c after each step, or null
};

struct RecurrentBackward : Recurrence {
  Rows<const float> y;
  const float* gates;      // as kept by forward
  const float* cells;
  Rows<const float> d_y;   // data null: zeros
  const float* d_h;        // (B, H) or null: zeros
  const float* d_c;        // (B, H) or null: zeros
  Rows<float> d_x;         // zero in the padding; data null: not wanted
  float *d_U, *d_W, *d_b_x, *d_b_h, *d_peephole;  // each like its parameter, or null: not wanted
  float* d_h0;             // (B, H), never null
  float* d_c0;             // (B, H), or null for cells without
};

// One cell's kernel over whole sequences. Each element of a result is summed by one thread in one order, bias, x
// ascending, h ascending: one sequence gives the same bits in any batch, cut anywhere in time, with any threads. The
// gradients of the weights, sums over the batch, are exempt: their bits depend on how many threads came.
struct RecurrentKernel {
  const char* name;
  std::size_t gates;  // G
  std::size_t kept;   // S
  bool has_c;
  std::size_t (*packed)(const Sizes&);         // floats that `pack` writes; B and T do not matter
  void (*pack)(const Recurrence&, float* to);  // U, W and biases, as `forward` reads them fastest
  void (*forward)(const RecurrentForward&);
  void (*backward)(const RecurrentBackward&);
};

// The scan h[t] = a[t]·h[t-1] + b[t], unit by unit. Where the numbers are complex, P = 2: a row holds H real parts, then
// H imaginary ones; else P = 1.
struct Scan {
  std::size_t B, T, H;
  bool complex;
  const std::int64_t* lengths;  // (B), any order, each 0..T; or null: every row has T steps
  bool reverse;                 // each row from its own last step to its first
  Rows<const float> a;          // P·H floats a row; batch and time 0: the same ones everywhere
  const float* h0;              // (B, P·H)
  std::size_t threads;          // at most
};

struct ScanForward : Scan {
  Rows<const float> b;  // P·H floats a row
  Rows<float> y;        // P·H floats a row: h after each step; zero at and past a row's length
  float* h;             // (B, P·H) each row's state after its own last step
};

struct ScanBackward : Scan {
  Rows<const float> y;    // as forward gave it
  Rows<const float> d_y;  // data null: zeros
  const float* d_h;       // (B, P·H) or null: zeros
  Rows<float> d_a;        // zero in the padding; with time 0 one row for each of the batch, summed over its steps
  Rows<float> d_b;        // zero in the padding
  float* d_h0;            // (B, P·H)
};

struct CrossEntropy {
  std::size_t N, E, V;
  const float* x;               // (N, E)
  const float* weights;         // (V, E)
  const float* bias;            // (V)
  const std::int64_t* targets;  // (N), each 0..V-1
  float *d_x, *d_weights, *d_bias;  // the gradients of the sum, each like its argument, or null: not wanted
  std::size_t threads;          // at most
};

struct Scores {
  std::size_t B, E, V;
  const float* x;        // (B, E)
  const float* weights;  // (V, E)
  const float* bias;     // (V)
  float* y;              // (B, V)
  std::size_t threads;   // at most
};

// The output layer with weights packed once: `panel` columns at a time, zeros where there are fewer.
struct Output {
  std::size_t B, E, V, k;
  const float* x;       // (B, E)
  const float* panels;  // (⌈V / panel⌉, E, panel): weights (V, E), each panel turned
  const float* bias;    // (V)
  float* y;             // (B, V) scores, or null: the best are wanted
  std::int64_t* ids;    // (B, k) of the best, k at most V: largest first, of equals the lower first
  float* log_probabilities;  // (B, k) of these: the score less `total`; a NaN where a score is one
  float* total;              // (B) log(sum(exp(scores)))
  std::size_t threads;  // at most
};

// Attention of R rows, each to one of N sources of at most S steps.
struct Attend {
  std::size_t R, N, S, A, E;
  const float* query;          // (R, A)
  const std::int64_t* source;  // (R), each 0..N-1
  const std::int64_t* lengths; // (N), each 0..S
  const float* keys;           // (N, S, A)
  const float* values;         // (N, S, E)
  const float* v;              // (A): a score is v · tanh(query + key); or null: query · key
  float scale;                 // of each score
  float* context;              // (R, E)
  float* weights;              // (R, S), zero from a source's end on
  std::size_t threads;         // at most
};

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

  // y = x Wᵀ + b for few rows. Each score is summed in one order, whatever the rows beside it and the threads.
  void (*scores)(const Scores&);

  // The same by packed weights, for any rows, and the best of each. One row has the same bits in any batch and with any
  // threads. May throw std::bad_alloc, before anything is written.
  void (*output)(const Output&);
  std::size_t panel;  // columns

  // softmax(scores of a row with the steps of its source), and the sum of its values by these weights: a row has the same
  // bits in any batch and with any threads.
  void (*attend)(const Attend&);

  // The k best of a row x (V) and their shares exp(x[i]) / sum(exp(x)), as `softmax` gives them: largest first, of equals
  // the lower index first, no NaN, none of `hidden` (hidden_count). Gives how many there are, at most k; k should be small.
  // ids (k), shares (k).
  std::size_t (*top)(const float* x, std::size_t V, const std::int64_t* hidden, std::size_t hidden_count, std::size_t k,
                     std::int64_t* ids, float* shares);

  // The sum over rows of -log softmax(x Wᵀ + b)[target], and its gradients: the same bits with any number of threads. May
  // throw std::bad_alloc, before anything is written.
  double (*cross_entropy)(const CrossEntropy&);

  // The recurrent cells, ended by one whose name is null. They may throw std::bad_alloc, before anything is written.
  const RecurrentKernel* recurrent;

  // One unit's steps are fused in order of time by one thread: the same bits in any batch, cut anywhere in time, with any
  // threads, forward and backward; an a that is the same everywhere is exempt, as its gradient is a sum.
  void (*scan_forward)(const ScanForward&);
  void (*scan_backward)(const ScanBackward&);
};

// The kernels of the best instruction set this processor has, or of the one that the environment variable UNROLLED_ISA
// names; chosen at the first call. Throws std::runtime_error if that name is unknown or not available here.
const Kernels& kernels();

// The instruction sets compiled in and present on this processor, the best one first.
std::vector<const char*> available();

}  // namespace unrolled
