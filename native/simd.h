// One vector type per instruction set, all with the same few operations, so that a kernel is written once.
//
// CMake compiles table.cpp once per instruction set, with UNROLLED_ISA naming the namespace and UNROLLED_AVX512,
// UNROLLED_AVX2, UNROLLED_NEON or UNROLLED_PLAIN choosing the type. Everything compiled with special flags lives in
// that namespace: the linker can then never take an AVX-512 copy of an inline function for a processor without it.
//
// `fma(a, b, c)` is a·b + c (one rounding where the hardware has it), `ldexp(p, t)` adds the integer in t's lowest
// bits to p's exponent, and `max(a, b)` is b where either is NaN.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#if defined(UNROLLED_AVX512) || defined(UNROLLED_AVX2)
#include <immintrin.h>
#elif defined(UNROLLED_NEON)
#include <arm_neon.h>
#endif

namespace unrolled::UNROLLED_ISA {

#if defined(UNROLLED_AVX512)

struct Vector {
  using Mask = __mmask16;
  static constexpr std::size_t width = 16;
  __m512 v;

  Vector(__m512 value) : v(value) {}
  Vector(float value) : v(_mm512_set1_ps(value)) {}
  static Vector load(const float* p) { return _mm512_loadu_ps(p); }
  void store(float* p) const { _mm512_storeu_ps(p, v); }

  friend Vector operator+(Vector a, Vector b) { return _mm512_add_ps(a.v, b.v); }
  friend Vector operator-(Vector a, Vector b) { return _mm512_sub_ps(a.v, b.v); }
  friend Vector operator*(Vector a, Vector b) { return _mm512_mul_ps(a.v, b.v); }
  friend Vector operator/(Vector a, Vector b) { return _mm512_div_ps(a.v, b.v); }
  friend Mask operator<(Vector a, Vector b) { return _mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ); }
  friend Mask operator<=(Vector a, Vector b) { return _mm512_cmp_ps_mask(a.v, b.v, _CMP_LE_OQ); }

  static Vector fma(Vector a, Vector b, Vector c) { return _mm512_fmadd_ps(a.v, b.v, c.v); }
  static Vector max(Vector a, Vector b) { return _mm512_max_ps(a.v, b.v); }
  static Vector select(Mask m, Vector yes, Vector no) { return _mm512_mask_blend_ps(m, no.v, yes.v); }
  static Vector absolute(Vector a) { return _mm512_andnot_ps(_mm512_set1_ps(-0.0f), a.v); }
  static Vector copysign(Vector size, Vector sign) {  // size >= 0
    return _mm512_or_ps(size.v, _mm512_and_ps(_mm512_set1_ps(-0.0f), sign.v));
  }
  static Vector ldexp(Vector p, Vector t) {
    const __m512i shift = _mm512_slli_epi32(_mm512_castps_si512(t.v), 23);
    return _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(p.v), shift));
  }
};

#elif defined(UNROLLED_AVX2)

struct Vector {
  struct Mask {
    __m256 m;
  };
  static constexpr std::size_t width = 8;
  __m256 v;

  Vector(__m256 value) : v(value) {}
  Vector(float value) : v(_mm256_set1_ps(value)) {}
  static Vector load(const float* p) { return _mm256_loadu_ps(p); }
  void store(float* p) const { _mm256_storeu_ps(p, v); }

  friend Vector operator+(Vector a, Vector b) { return _mm256_add_ps(a.v, b.v); }
  friend Vector operator-(Vector a, Vector b) { return _mm256_sub_ps(a.v, b.v); }
  friend Vector operator*(Vector a, Vector b) { return _mm256_mul_ps(a.v, b.v); }
  friend Vector operator/(Vector a, Vector b) { return _mm256_div_ps(a.v, b.v); }
  friend Mask operator<(Vector a, Vector b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_LT_OQ)}; }
  friend Mask operator<=(Vector a, Vector b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_LE_OQ)}; }

  static Vector fma(Vector a, Vector b, Vector c) { return _mm256_fmadd_ps(a.v, b.v, c.v); }
  static Vector max(Vector a, Vector b) { return _mm256_max_ps(a.v, b.v); }
  static Vector select(Mask m, Vector yes, Vector no) { return _mm256_blendv_ps(no.v, yes.v, m.m); }
  static Vector absolute(Vector a) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a.v); }
  static Vector copysign(Vector size, Vector sign) {  // size >= 0
    return _mm256_or_ps(size.v, _mm256_and_ps(_mm256_set1_ps(-0.0f), sign.v));
  }
  static Vector ldexp(Vector p, Vector t) {
    const __m256i shift = _mm256_slli_epi32(_mm256_castps_si256(t.v), 23);
    return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(p.v), shift));
  }
};

#elif defined(UNROLLED_NEON)

struct Vector {
  struct Mask {
    uint32x4_t m;
  };
  static constexpr std::size_t width = 4;
  float32x4_t v;

  Vector(float32x4_t value) : v(value) {}
  Vector(float value) : v(vdupq_n_f32(value)) {}
  static Vector load(const float* p) { return vld1q_f32(p); }
  void store(float* p) const { vst1q_f32(p, v); }

  friend Vector operator+(Vector a, Vector b) { return vaddq_f32(a.v, b.v); }
  friend Vector operator-(Vector a, Vector b) { return vsubq_f32(a.v, b.v); }
  friend Vector operator*(Vector a, Vector b) { return vmulq_f32(a.v, b.v); }
  friend Vector operator/(Vector a, Vector b) { return vdivq_f32(a.v, b.v); }
  friend Mask operator<(Vector a, Vector b) { return {vcltq_f32(a.v, b.v)}; }
  friend Mask operator<=(Vector a, Vector b) { return {vcleq_f32(a.v, b.v)}; }

  static Vector fma(Vector a, Vector b, Vector c) { return vfmaq_f32(c.v, a.v, b.v); }
  // A comparison, as vmaxq_f32 makes NaN of a number and a NaN.
  static Vector max(Vector a, Vector b) { return select({vcgtq_f32(a.v, b.v)}, a, b); }
  static Vector select(Mask m, Vector yes, Vector no) { return vbslq_f32(m.m, yes.v, no.v); }
  static Vector absolute(Vector a) { return vabsq_f32(a.v); }
  static Vector copysign(Vector size, Vector sign) { return vbslq_f32(vdupq_n_u32(0x80000000u), sign.v, size.v); }
  static Vector ldexp(Vector p, Vector t) {
    const uint32x4_t shift = vshlq_n_u32(vreinterpretq_u32_f32(t.v), 23);
    return vreinterpretq_f32_u32(vaddq_u32(vreinterpretq_u32_f32(p.v), shift));
  }
};

#elif defined(UNROLLED_PLAIN)

// One element: a compiler turns the loops around it into whatever vectors its target always has.
struct Vector {
  using Mask = bool;
  static constexpr std::size_t width = 1;
  float v;

  Vector(float value) : v(value) {}
  static Vector load(const float* p) { return *p; }
  void store(float* p) const { *p = v; }

  friend Vector operator+(Vector a, Vector b) { return a.v + b.v; }
  friend Vector operator-(Vector a, Vector b) { return a.v - b.v; }
  friend Vector operator*(Vector a, Vector b) { return a.v * b.v; }
  friend Vector operator/(Vector a, Vector b) { return a.v / b.v; }
  friend Mask operator<(Vector a, Vector b) { return a.v < b.v; }
  friend Mask operator<=(Vector a, Vector b) { return a.v <= b.v; }

  static Vector fma(Vector a, Vector b, Vector c) { return a.v * b.v + c.v; }  // std::fma would be a library call
  static Vector max(Vector a, Vector b) { return a.v > b.v ? a.v : b.v; }
  static Vector select(Mask m, Vector yes, Vector no) { return m ? yes.v : no.v; }
  static Vector absolute(Vector a) { return from_bits(bits(a) & 0x7fffffffu); }
  static Vector copysign(Vector size, Vector sign) { return from_bits(bits(size) | (bits(sign) & 0x80000000u)); }
  static Vector ldexp(Vector p, Vector t) { return from_bits(bits(p) + (bits(t) << 23)); }

 private:
  static std::uint32_t bits(Vector a) { return std::bit_cast<std::uint32_t>(a.v); }
  static Vector from_bits(std::uint32_t b) { return std::bit_cast<float>(b); }
};

#endif

}  // namespace unrolled::UNROLLED_ISA
