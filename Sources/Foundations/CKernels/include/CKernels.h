// SIMD operations that Swift cannot express or compiles badly. Everything is a static inline function, so it is compiled
// with the flags of the Swift module that imports it and inlines into Swift loops. Every operation has a portable form.
#ifndef TESSERA_CKERNELS_H
#define TESSERA_CKERNELS_H

#include <stdint.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define CK_INLINE static inline __attribute__((always_inline))

typedef float ck_float8 __attribute__((ext_vector_type(8)));
typedef int32_t ck_int8x32 __attribute__((ext_vector_type(8)));
typedef double ck_double4 __attribute__((ext_vector_type(4)));

/// Whether this machine has the instructions that the program was compiled for.
CK_INLINE int ck_machine_matches_build(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
#if defined(__AVX512F__)
    if (!__builtin_cpu_supports("avx512f")) return 0;
#endif
#if defined(__AVX2__)
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !__builtin_cpu_supports("bmi2")) return 0;
#endif
#endif
    return 1;
}

/// Bit i is set where the i-th of 8 floats at `values` is at least `threshold`; NaN gives 0.
CK_INLINE uint32_t ck_at_least_8f(const float *values, float threshold) {
#if defined(__AVX__)
    return (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(_mm256_loadu_ps(values), _mm256_set1_ps(threshold), _CMP_GE_OQ));
#else
    uint32_t bits = 0;
    for (int i = 0; i < 8; i++) bits |= (uint32_t)(values[i] >= threshold) << i;
    return bits;
#endif
}

/// Bit i is set where the i-th of 4 doubles at `values` is at least `threshold`; NaN gives 0.
CK_INLINE uint32_t ck_at_least_4d(const double *values, double threshold) {
#if defined(__AVX__)
    return (uint32_t)_mm256_movemask_pd(_mm256_cmp_pd(_mm256_loadu_pd(values), _mm256_set1_pd(threshold), _CMP_GE_OQ));
#else
    uint32_t bits = 0;
    for (int i = 0; i < 4; i++) bits |= (uint32_t)(values[i] >= threshold) << i;
    return bits;
#endif
}

/// The sign bits of 8 32-bit lanes as an 8-bit mask, lane 0 lowest.
CK_INLINE uint32_t ck_sign_mask_8(ck_int8x32 lanes) {
#if defined(__AVX__)
    return (uint32_t)_mm256_movemask_ps((__m256)lanes);
#else
    uint32_t bits = 0;
    for (int i = 0; i < 8; i++) bits |= (uint32_t)(lanes[i] < 0) << i;
    return bits;
#endif
}

/// Loads `table[index]` for 8 indices.
CK_INLINE ck_float8 ck_gather_8f(const float *table, ck_int8x32 index) {
#if defined(__AVX2__)
    return (ck_float8)_mm256_i32gather_ps(table, (__m256i)index, 4);
#else
    ck_float8 out;
    for (int i = 0; i < 8; i++) out[i] = table[index[i]];
    return out;
#endif
}

/// The lesser of each lane; where a lane of `a` is NaN the lane of `b` is taken.
CK_INLINE ck_float8 ck_min_8f(ck_float8 a, ck_float8 b) {
#if defined(__AVX__)
    return (ck_float8)_mm256_min_ps((__m256)a, (__m256)b);
#else
    ck_float8 out;
    for (int i = 0; i < 8; i++) out[i] = a[i] < b[i] ? a[i] : b[i];
    return out;
#endif
}

/// The greater of each lane; where a lane of `a` is NaN the lane of `b` is taken.
CK_INLINE ck_float8 ck_max_8f(ck_float8 a, ck_float8 b) {
#if defined(__AVX__)
    return (ck_float8)_mm256_max_ps((__m256)a, (__m256)b);
#else
    ck_float8 out;
    for (int i = 0; i < 8; i++) out[i] = a[i] > b[i] ? a[i] : b[i];
    return out;
#endif
}

/// Bit i is the bit that index i of 8 names in `bits`, 32 to a word, lowest first.
CK_INLINE uint32_t ck_bits_8(const uint32_t *bits, const int32_t *indices) {
#if defined(__AVX2__)
    __m256i index = _mm256_loadu_si256((const __m256i *)indices);
    __m256i words = _mm256_i32gather_epi32((const int *)bits, _mm256_srli_epi32(index, 5), 4);
    __m256i shift = _mm256_andnot_si256(index, _mm256_set1_epi32(31));
    return (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_sllv_epi32(words, shift)));
#else
    uint32_t mask = 0;
    for (int i = 0; i < 8; i++) mask |= (bits[indices[i] >> 5] >> (indices[i] & 31) & 1) << i;
    return mask;
#endif
}

/// Bit i is set where the i-th of 8 words at `words` is not zero.
CK_INLINE uint32_t ck_nonzero_8u64(const uint64_t *words) {
#if defined(__AVX2__)
    __m256i zero = _mm256_setzero_si256();
    __m256i low = _mm256_cmpeq_epi64(_mm256_loadu_si256((const __m256i *)words), zero);
    __m256i high = _mm256_cmpeq_epi64(_mm256_loadu_si256((const __m256i *)(words + 4)), zero);
    uint32_t zeros = (uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(low))
        | (uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(high)) << 4;
    return zeros ^ 0xff;
#else
    uint32_t mask = 0;
    for (int i = 0; i < 8; i++) mask |= (uint32_t)(words[i] != 0) << i;
    return mask;
#endif
}

/// Asks the processor to bring the line at `address` near.
CK_INLINE void ck_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }

/// Asks the processor to bring the line at `address` near for writing.
CK_INLINE void ck_prefetch_write(const void *address) { __builtin_prefetch(address, 1, 3); }

#endif
