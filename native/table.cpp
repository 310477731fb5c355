// The kernels of one instruction set. CMake compiles this file once for each, with that set's flags (see simd.h).
#include "attend.h"
#include "backward.h"
#include "cifg.h"
#include "cross_entropy.h"
#include "elementwise.h"
#include "gru.h"
#include "kernels.h"
#include "lstm.h"
#include "output.h"
#include "peephole.h"
#include "recurrence.h"
#include "rnn.h"
#include "rows.h"
#include "scan.h"
#include "scores.h"

#define TEXT_OF(name) #name
#define TEXT(name) TEXT_OF(name)

namespace unrolled::UNROLLED_ISA {

namespace {

template <class Cell>
constexpr RecurrentKernel recurrent() {
  using Weights = PackedWeights<Vector, Cell>;
  return {Cell::name,    Cell::gates,   Cell::kept,                  Cell::has_c,
          Weights::size, Weights::pack, Forward<Vector, Cell>::call, Backward<Vector, Cell>::call};
}

constexpr RecurrentKernel cells[] = {recurrent<Rnn>(),  recurrent<RnnRelu>(),  recurrent<Lstm>(), recurrent<Gru>(),
                                     recurrent<Cifg>(), recurrent<Peephole>(), {}};

}  // namespace

extern const Kernels table;
const Kernels table = {
    .instruction_set = TEXT(UNROLLED_ISA),
    .exp = elementwise<Vector, exp<Vector>>,
    .sigmoid = elementwise<Vector, sigmoid<Vector>>,
    .tanh = elementwise<Vector, tanh<Vector>>,
    .softmax = softmax<Vector>,
    .log_sum_exp = log_sum_exp<Vector>,
    .scores = scores<Vector>,
    .output = output<Vector>,
    .panel = OutputRun<Vector>::panel,
    .attend = attend<Vector>,
    .top = top<Vector>,
    .cross_entropy = cross_entropy<Vector>,
    .recurrent = cells,
    .scan_forward = scan_forward<Vector>,
    .scan_backward = scan_backward<Vector>,
};

}  // namespace unrolled::UNROLLED_ISA
