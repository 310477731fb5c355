// Large pages for large results. A result of tens of megabytes is memory fresh from the system, and taking it up 4 KiB at a
// time can cost more than what is computed into it.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace unrolled {

// Asks the system for large pages in the `n` floats from `data` on, where that pays. A wish: nothing depends on it.
inline void prefer_large_pages(float* data, std::size_t n) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  constexpr std::size_t page = 4096, worth_it = std::size_t{16} << 20;
  if (data == nullptr || n * sizeof(float) < worth_it) return;
  const std::uintptr_t begin = (reinterpret_cast<std::uintptr_t>(data) + page - 1) / page * page;
  const std::uintptr_t end = reinterpret_cast<std::uintptr_t>(data + n) / page * page;
  madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
#endif
}

}  // namespace unrolled
