// The kernels of one instruction set. CMake compiles this file once for each, with that set's flags (see simd.h).
#include "elementwise.h"
#include "kernels.h"
#include "rows.h"

#define TEXT_OF(name) #name
#define TEXT(name) TEXT_OF(name)

namespace unrolled::UNROLLED_ISA {

extern const Kernels table;
const Kernels table = {
    .instruction_set = TEXT(UNROLLED_ISA),
    .exp = elementwise<Vector, exp<Vector>>,
    .sigmoid = elementwise<Vector, sigmoid<Vector>>,
    .tanh = elementwise<Vector, tanh<Vector>>,
    .softmax = softmax<Vector>,
    .log_sum_exp = log_sum_exp<Vector>,
};

}  // namespace unrolled::UNROLLED_ISA
