// Chooses the instruction set at run time. Compiled without special flags.
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "kernels.h"

namespace unrolled {

namespace plain { extern const Kernels table; }
#if defined(UNROLLED_HAS_AVX512)
namespace avx512 { extern const Kernels table; }
#endif
#if defined(UNROLLED_HAS_AVX2)
namespace avx2 { extern const Kernels table; }
#endif
#if defined(UNROLLED_HAS_NEON)
namespace neon { extern const Kernels table; }
#endif

namespace {

// The tables this processor can run, the best one first. The compiler's own check also asks the operating system
// whether it saves the wide registers.
std::vector<const Kernels*> runnable() {
  std::vector<const Kernels*> tables;
#if defined(UNROLLED_HAS_AVX512)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma")) {
    tables.push_back(&avx512::table);
  }
#endif
#if defined(UNROLLED_HAS_AVX2)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) tables.push_back(&avx2::table);
#endif
#if defined(UNROLLED_HAS_NEON)
  tables.push_back(&neon::table);  // every 64-bit ARM processor has it
#endif
  tables.push_back(&plain::table);
  return tables;
}

const Kernels& choose() {
  const std::vector<const Kernels*> tables = runnable();
  const char* forced = std::getenv("UNROLLED_ISA");
  if (forced == nullptr || *forced == '\0') return *tables.front();
  std::string names;
  for (const Kernels* table : tables) {
    if (std::string(forced) == table->instruction_set) return *table;
    names += (names.empty() ? "" : ", ") + std::string(table->instruction_set);
  }
  throw std::runtime_error("UNROLLED_ISA is \"" + std::string(forced) + "\", but this build can run only " + names +
                           " on this processor; set it to one of these, or unset it");
}

}  // namespace

const Kernels& kernels() {
  static const Kernels& chosen = choose();
  return chosen;
}

std::vector<const char*> available() {
  std::vector<const char*> names;
  for (const Kernels* table : runnable()) names.push_back(table->instruction_set);
  return names;
}

}  // namespace unrolled
