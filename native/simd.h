// One vector type per instruction set, all with the same few operations, so that a kernel is written once.
//
// CMake compiles table.cpp once per instruction set, with UNROLLED_ISA naming the namespace and UNROLLED_AVX512,
// UNROLLED_AVX2, UNROLLED_NEON or UNROLLED_PLAIN choosing the type. Everything compiled with special flags lives in
// that namespace: the linker can then never take an AVX-512 copy of an inline function for a processor without it.
//
// `fma(a, b, c)` is a·b + c (one rounding where the hardware has it), `ldexp(p, t)` adds the integer in t's lowest
// bits to p's exponent, and `max(a, b)` is b where either is NaN. `load(p, n)` and `store(p, n)` touch the first n
// elements alone, 0 <= n <= width; the other lanes load as zero. `load_columns` turns `quad` columns of `width` rows:
// columns[k] is element k of row(0), row(1), ...
//
// `tile_sums` is how many accumulators fit the registers beside what is multiplied; 2, 3 and 4 divide it.
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
  static constexpr std::size_t tile_sums = 24;
  __m512 v;

  Vector(__m512 value) : v(value) {}
  Vector(float value) : v(_mm512_set1_ps(value)) {}
  Vector() = default;
  static Vector load(const float* p) { return _mm512_loadu_ps(p); }
  void store(float* p) const { _mm512_storeu_ps(p, v); }
  static Vector load(const float* p, std::size_t n) { return _mm512_maskz_loadu_ps(first(n), p); }
  void store(float* p, std::size_t n) const { _mm512_mask_storeu_ps(p, first(n), v); }
  static __mmask16 first(std::size_t n) { return static_cast<__mmask16>((1u << n) - 1u); }

  friend Vector operator+(Vector a, Vector b) { return _mm512_add_ps(a.v, b.v); }
  friend Vector operator-(Vector a, Vector b) { return _mm512_sub_ps(a.v, b.v); }
  friend Vector operator*(Vector a, Vector b) { return _mm512_mul_ps(a.v, b.v); }
  friend Vector operator/(Vector a, Vector b) { return _mm512_div_ps(a.v, b.v); }
  friend Mask operator<(Vector a, Vector b) { return _mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ); }
  friend Mask operator<=(Vector a, Vector b) { return _mm512_cmp_ps_mask(a.v, b.v, _CMP_LE_OQ); }

  static Vector fma(Vector a, Vector b, Vector c) { return _mm512_fmadd_ps(a.v, b.v, c.v); }
  static Vector max(Vector a, Vector b) { return _mm512_max_ps(a.v, b.v); }
  static bool any(Mask m) { return m != 0; }
  static Vector select(Mask m, Vector yes, Vector no) { return _mm512_mask_blend_ps(m, no.v, yes.v); }
  static Vector absolute(Vector a) { return _mm512_andnot_ps(_mm512_set1_ps(-0.0f), a.v); }
  static Vector copysign(Vector size, Vector sign) {  // size >= 0
    return _mm512_or_ps(size.v, _mm512_and_ps(_mm512_set1_ps(-0.0f), sign.v));
  }
  static constexpr std::size_t quad = 4;
  template <class Row>
  static inline __attribute__((always_inline)) void load_columns(Row row, Vector (&columns)[4]) {
    turn(four_rows(row, 0, 0), four_rows(row, 1, 0), four_rows(row, 2, 0), four_rows(row, 3, 0), columns);
  }
  // All of four lines before the next four: 16 may be more than one set of the cache holds.
  template <class Row, class F>
  static inline __attribute__((always_inline)) void load_line(Row row, F f) {
    __m512 part[4][4];
#pragma GCC unroll 4
    for (std::size_t r = 0; r < 4; ++r) {
#pragma GCC unroll 4
      for (std::size_t q = 0; q < 4; ++q) part[q][r] = four_rows(row, r, 4 * q);
    }
#pragma GCC unroll 4
    for (std::size_t q = 0; q < 4; ++q) {
      Vector columns[4];
      turn(part[q][0], part[q][1], part[q][2], part[q][3], columns);
      f(4 * q, columns);
    }
  }
  // Four elements of the rows r, r + 4, r + 8 and r + 12, from `at` on.
  template <class Row>
  static inline __attribute__((always_inline)) __m512 four_rows(Row row, std::size_t r, std::size_t at) {
    __m512 v = _mm512_castps128_ps512(_mm_loadu_ps(row(r) + at));
    v = _mm512_mask_broadcast_f32x4(v, 0x00f0, _mm_loadu_ps(row(r + 4) + at));
    v = _mm512_mask_broadcast_f32x4(v, 0x0f00, _mm_loadu_ps(row(r + 8) + at));
    return _mm512_mask_broadcast_f32x4(v, 0xf000, _mm_loadu_ps(row(r + 12) + at));
  }
  static inline __attribute__((always_inline)) void turn(__m512 a, __m512 b, __m512 c, __m512 d, Vector (&columns)[4]) {
    const __m512 low = _mm512_unpacklo_ps(a, b), low2 = _mm512_unpacklo_ps(c, d);
    const __m512 high = _mm512_unpackhi_ps(a, b), high2 = _mm512_unpackhi_ps(c, d);
    columns[0] = _mm512_shuffle_ps(low, low2, 0x44);
    columns[1] = _mm512_shuffle_ps(low, low2, 0xee);
    columns[2] = _mm512_shuffle_ps(high, high2, 0x44);
    columns[3] = _mm512_shuffle_ps(high, high2, 0xee);
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
  static constexpr std::size_t tile_sums = 12;
  __m256 v;

  Vector(__m256 value) : v(value) {}
  Vector(float value) : v(_mm256_set1_ps(value)) {}
  Vector() = default;
  static Vector load(const float* p) { return _mm256_loadu_ps(p); }
  void store(float* p) const { _mm256_storeu_ps(p, v); }
  static Vector load(const float* p, std::size_t n) { return _mm256_maskload_ps(p, first(n)); }
  void store(float* p, std::size_t n) const { _mm256_maskstore_ps(p, first(n), v); }
  static __m256i first(std::size_t n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }

  friend Vector operator+(Vector a, Vector b) { return _mm256_add_ps(a.v, b.v); }
  friend Vector operator-(Vector a, Vector b) { return _mm256_sub_ps(a.v, b.v); }
  friend Vector operator*(Vector a, Vector b) { return _mm256_mul_ps(a.v, b.v); }
  friend Vector operator/(Vector a, Vector b) { return _mm256_div_ps(a.v, b.v); }
  friend Mask operator<(Vector a, Vector b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_LT_OQ)}; }
  friend Mask operator<=(Vector a, Vector b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_LE_OQ)}; }

  static Vector fma(Vector a, Vector b, Vector c) { return _mm256_fmadd_ps(a.v, b.v, c.v); }
  static Vector max(Vector a, Vector b) { return _mm256_max_ps(a.v, b.v); }
  static bool any(Mask m) { return _mm256_movemask_ps(m.m) != 0; }
  static Vector select(Mask m, Vector yes, Vector no) { return _mm256_blendv_ps(no.v, yes.v, m.m); }
  static Vector absolute(Vector a) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a.v); }
  static Vector copysign(Vector size, Vector sign) {  // size >= 0
    return _mm256_or_ps(size.v, _mm256_and_ps(_mm256_set1_ps(-0.0f), sign.v));
  }
  static constexpr std::size_t quad = 4;
  template <class Row>
  static inline __attribute__((always_inline)) void load_columns(Row row, Vector (&columns)[4]) {
    const auto two_rows = [&](std::size_t r) __attribute__((always_inline)) {
      return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(row(r))), _mm_loadu_ps(row(r + 4)), 1);
    };
    const __m256 a = two_rows(0), b = two_rows(1), c = two_rows(2), d = two_rows(3);
    const __m256 low = _mm256_unpacklo_ps(a, b), low2 = _mm256_unpacklo_ps(c, d);
    const __m256 high = _mm256_unpackhi_ps(a, b), high2 = _mm256_unpackhi_ps(c, d);
    columns[0] = _mm256_shuffle_ps(low, low2, 0x44);
    columns[1] = _mm256_shuffle_ps(low, low2, 0xee);
    columns[2] = _mm256_shuffle_ps(high, high2, 0x44);
    columns[3] = _mm256_shuffle_ps(high, high2, 0xee);
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
  static constexpr std::size_t tile_sums = 24;
  float32x4_t v;

  Vector(float32x4_t value) : v(value) {}
  Vector(float value) : v(vdupq_n_f32(value)) {}
  Vector() = default;
  static Vector load(const float* p) { return vld1q_f32(p); }
  void store(float* p) const { vst1q_f32(p, v); }
  static Vector load(const float* p, std::size_t n) {
    float lanes[4] = {};
    for (std::size_t i = 0; i < n && i < 4; ++i) lanes[i] = p[i];
    return load(lanes);
  }
  void store(float* p, std::size_t n) const {
    float lanes[4];
    store(lanes);
    for (std::size_t i = 0; i < n && i < 4; ++i) p[i] = lanes[i];
  }

  friend Vector operator+(Vector a, Vector b) { return vaddq_f32(a.v, b.v); }
  friend Vector operator-(Vector a, Vector b) { return vsubq_f32(a.v, b.v); }
  friend Vector operator*(Vector a, Vector b) { return vmulq_f32(a.v, b.v); }
  friend Vector operator/(Vector a, Vector b) { return vdivq_f32(a.v, b.v); }
  friend Mask operator<(Vector a, Vector b) { return {vcltq_f32(a.v, b.v)}; }
  friend Mask operator<=(Vector a, Vector b) { return {vcleq_f32(a.v, b.v)}; }

  static Vector fma(Vector a, Vector b, Vector c) { return vfmaq_f32(c.v, a.v, b.v); }
  // A comparison, as vmaxq_f32 makes NaN of a number and a NaN.
  static Vector max(Vector a, Vector b) { return select({vcgtq_f32(a.v, b.v)}, a, b); }
  static bool any(Mask m) { return vmaxvq_u32(m.m) != 0; }
  static Vector select(Mask m, Vector yes, Vector no) { return vbslq_f32(m.m, yes.v, no.v); }
  static Vector absolute(Vector a) { return vabsq_f32(a.v); }
  static Vector copysign(Vector size, Vector sign) { return vbslq_f32(vdupq_n_u32(0x80000000u), sign.v, size.v); }
  static constexpr std::size_t quad = 4;
  template <class Row>
  static inline __attribute__((always_inline)) void load_columns(Row row, Vector (&columns)[4]) {
    const float32x4x2_t even = vzipq_f32(vld1q_f32(row(0)), vld1q_f32(row(2)));
    const float32x4x2_t odd = vzipq_f32(vld1q_f32(row(1)), vld1q_f32(row(3)));
    const float32x4x2_t low = vzipq_f32(even.val[0], odd.val[0]), high = vzipq_f32(even.val[1], odd.val[1]);
    columns[0] = low.val[0];
    columns[1] = low.val[1];
    columns[2] = high.val[0];
    columns[3] = high.val[1];
  }
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
  static constexpr std::size_t tile_sums = 12;
  float v;

  Vector(float value) : v(value) {}
  Vector() = default;
  static Vector load(const float* p) { return *p; }
  void store(float* p) const { *p = v; }
  static Vector load(const float* p, std::size_t n) { return n == 0 ? 0.0f : *p; }
  void store(float* p, std::size_t n) const {
    if (n != 0) *p = v;
  }

  friend Vector operator+(Vector a, Vector b) { return a.v + b.v; }
  friend Vector operator-(Vector a, Vector b) { return a.v - b.v; }
  friend Vector operator*(Vector a, Vector b) { return a.v * b.v; }
  friend Vector operator/(Vector a, Vector b) { return a.v / b.v; }
  friend Mask operator<(Vector a, Vector b) { return a.v < b.v; }
  friend Mask operator<=(Vector a, Vector b) { return a.v <= b.v; }

  static Vector fma(Vector a, Vector b, Vector c) { return a.v * b.v + c.v; }  // std::fma would be a library call
  static Vector max(Vector a, Vector b) { return a.v > b.v ? a.v : b.v; }
  static bool any(Mask m) { return m; }
  static Vector select(Mask m, Vector yes, Vector no) { return m ? yes.v : no.v; }
  static Vector absolute(Vector a) { return from_bits(bits(a) & 0x7fffffffu); }
  static constexpr std::size_t quad = 1;
  template <class Row>
  static void load_columns(Row row, Vector (&columns)[1]) {
    columns[0] = *row(0);
  }
  static Vector copysign(Vector size, Vector sign) { return from_bits(bits(size) | (bits(sign) & 0x80000000u)); }
  static Vector ldexp(Vector p, Vector t) { return from_bits(bits(p) + (bits(t) << 23)); }

 private:
  static std::uint32_t bits(Vector a) { return std::bit_cast<std::uint32_t>(a.v); }
  static Vector from_bits(std::uint32_t b) { return std::bit_cast<float>(b); }
};

#endif

}  // namespace unrolled::UNROLLED_ISA
