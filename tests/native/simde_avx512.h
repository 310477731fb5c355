// Included before everything else where SIMDe (Debian's libsimde-dev) stands in for AVX-512: its names in the place of
// the compiler's own, and the two masked moves that it lacks.
#pragma once

#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx512.h>

inline simde__m512 emulated_maskz_loadu_ps(simde__mmask16 mask, const void* from) {
  float lanes[16] = {};
  for (int i = 0; i < 16; ++i) {
    if (mask >> i & 1) lanes[i] = static_cast<const float*>(from)[i];
  }
  return simde_mm512_loadu_ps(lanes);
}

inline void emulated_mask_storeu_ps(void* to, simde__mmask16 mask, simde__m512 from) {
  float lanes[16];
  simde_mm512_storeu_ps(lanes, from);
  for (int i = 0; i < 16; ++i) {
    if (mask >> i & 1) static_cast<float*>(to)[i] = lanes[i];
  }
}

#define _mm512_maskz_loadu_ps emulated_maskz_loadu_ps
#define _mm512_mask_storeu_ps emulated_mask_storeu_ps
