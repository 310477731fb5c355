// In the place of native/dispatch.cpp: SIMDe's AVX-512 runs on any processor.
#include "kernels.h"

namespace unrolled {

namespace avx512 { extern const Kernels table; }

const Kernels& kernels() { return avx512::table; }

std::vector<const char*> available() { return {"avx512"}; }

}  // namespace unrolled
