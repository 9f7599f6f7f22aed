// SIMD operations that Swift cannot express or compiles badly. Everything is a static inline function, so it is compiled
// with the flags of the Swift module that imports it and inlines into Swift loops. Every operation has a portable form.
#ifndef TESSERA_CKERNELS_H
#define TESSERA_CKERNELS_H

#if defined(__linux__)
#include <malloc.h>
#endif
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

typedef int32_t ck_int4x32 __attribute__((ext_vector_type(4)));

/// Rounds to the nearest integers, ties to even; what does not fit becomes INT32_MIN.
CK_INLINE ck_int4x32 ck_round_4d(ck_double4 values) {
#if defined(__AVX__)
    return (ck_int4x32)_mm256_cvtpd_epi32((__m256d)values);
#else
    ck_int4x32 out;
    for (int i = 0; i < 4; i++) {
        double rounded = __builtin_rint(values[i]);
        out[i] = rounded >= -2147483648.0 && rounded < 2147483648.0 ? (int32_t)rounded : INT32_MIN;
    }
    return out;
#endif
}

#if defined(__AVX2__)
CK_INLINE void ck_load_records_8(const void *records, const int32_t *indices, __m256i *x, __m256i *y, __m256i *z, __m256i *w) {
    const __m128i *r = (const __m128i *)records;
#define CK_PAIR(a, b) _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128(r + indices[3 * (a)])), _mm_loadu_si128(r + indices[3 * (b)]), 1)
    __m256i r0 = CK_PAIR(0, 4), r1 = CK_PAIR(1, 5), r2 = CK_PAIR(2, 6), r3 = CK_PAIR(3, 7);
#undef CK_PAIR
    __m256i t0 = _mm256_unpacklo_epi32(r0, r1), t1 = _mm256_unpackhi_epi32(r0, r1);
    __m256i t2 = _mm256_unpacklo_epi32(r2, r3), t3 = _mm256_unpackhi_epi32(r2, r3);
    *x = _mm256_unpacklo_epi64(t0, t2);
    *y = _mm256_unpackhi_epi64(t0, t2);
    *z = _mm256_unpacklo_epi64(t1, t3);
    *w = _mm256_unpackhi_epi64(t1, t3);
}
#endif

/// Loads the 16-byte records `records[indices[0..<24]]`, three a triangle, and turns them into one vector of 8 a field: x, y, z and w
/// of the triangles' corners 0, then of corners 1, then of corners 2; 96 numbers at `fields`, 32-byte aligned.
CK_INLINE void ck_load_corners_8(const void *records, const int32_t *indices, int32_t *fields) {
#if defined(__AVX2__)
    __m256i *out = (__m256i *)fields;
    __m256i x, y, z, w;
    for (int corner = 0; corner < 3; corner++) {
        ck_load_records_8(records, indices + corner, &x, &y, &z, &w);
        _mm256_store_si256(out + 4 * corner, x);
        _mm256_store_si256(out + 4 * corner + 1, y);
        _mm256_store_si256(out + 4 * corner + 2, z);
        _mm256_store_si256(out + 4 * corner + 3, w);
    }
#else
    const int32_t *r = (const int32_t *)records;
    for (int i = 0; i < 24; i++)
        for (int field = 0; field < 4; field++)
            fields[8 * (4 * (i % 3) + field) + i / 3] = r[4 * (intptr_t)indices[i] + field];
#endif
}

/// Keeps the lesser of what 8 places hold and (high half, low half): places 0…3 at `first`, 4…7 at `second`, all signed 64-bit numbers.
/// Lanes of `skipped` are all ones where a place keeps what it has, else zero.
CK_INLINE void ck_keep_least_4x2(int64_t *first, int64_t *second, ck_int8x32 high, uint32_t low, ck_int8x32 skipped) {
#if defined(__AVX2__)
    __m256i none = (__m256i)skipped;
    __m256i h = _mm256_or_si256((__m256i)high, _mm256_srli_epi32(none, 1));
    __m256i l = _mm256_or_si256(_mm256_set1_epi32((int)low), none);
    __m256i a = _mm256_unpacklo_epi32(l, h), b = _mm256_unpackhi_epi32(l, h);
    __m256i upper = _mm256_permute2x128_si256(a, b, 0x20), lower = _mm256_permute2x128_si256(a, b, 0x31);
    __m256i held = _mm256_loadu_si256((const __m256i *)first);
    _mm256_storeu_si256((__m256i *)first, _mm256_blendv_epi8(held, upper, _mm256_cmpgt_epi64(held, upper)));
    held = _mm256_loadu_si256((const __m256i *)second);
    _mm256_storeu_si256((__m256i *)second, _mm256_blendv_epi8(held, lower, _mm256_cmpgt_epi64(held, lower)));
#else
    for (int i = 0; i < 8; i++) {
        if (skipped[i]) continue;
        int64_t *place = (i < 4 ? first : second - 4) + i;
        int64_t value = (int64_t)((uint64_t)(uint32_t)high[i] << 32 | low);
        if (value < *place) *place = value;
    }
#endif
}

/// Loads the vectors of three floats `vectors[indices[0..<24]]`, three a triangle, as `ck_load_corners_8` does; the fields w are
/// unspecified. `last` is the highest index.
CK_INLINE void ck_load_vectors_8(const float *vectors, const int32_t *indices, int32_t last, int32_t *fields) {
#if defined(__AVX2__)
    // Every vector but the last is followed by readable memory; the last is read three floats at a time.
    const __m128i lanes = _mm_setr_epi32(-1, -1, -1, 0);
    __m256i *out = (__m256i *)fields;
    for (int corner = 0; corner < 3; corner++) {
        __m128 v[8];
        for (int i = 0; i < 8; i++) {
            const int32_t index = indices[3 * i + corner];
            const float *source = vectors + 3 * (intptr_t)index;
            v[i] = index < last ? _mm_loadu_ps(source) : _mm_maskload_ps(source, lanes);
        }
        __m256 r0 = _mm256_set_m128(v[4], v[0]), r1 = _mm256_set_m128(v[5], v[1]);
        __m256 r2 = _mm256_set_m128(v[6], v[2]), r3 = _mm256_set_m128(v[7], v[3]);
        __m256i t0 = (__m256i)_mm256_unpacklo_ps(r0, r1), t1 = (__m256i)_mm256_unpackhi_ps(r0, r1);
        __m256i t2 = (__m256i)_mm256_unpacklo_ps(r2, r3), t3 = (__m256i)_mm256_unpackhi_ps(r2, r3);
        _mm256_store_si256(out + 4 * corner, _mm256_unpacklo_epi64(t0, t2));
        _mm256_store_si256(out + 4 * corner + 1, _mm256_unpackhi_epi64(t0, t2));
        _mm256_store_si256(out + 4 * corner + 2, _mm256_unpacklo_epi64(t1, t3));
    }
#else
    (void)last;
    for (int i = 0; i < 24; i++)
        for (int field = 0; field < 3; field++)
            memcpy(fields + 8 * (4 * (i % 3) + field) + i / 3, vectors + 3 * (intptr_t)indices[i] + field, 4);
#endif
}

/// Converts to the nearest floats.
CK_INLINE ck_float8 ck_to_float_8(ck_int8x32 values) { return __builtin_convertvector(values, ck_float8); }

/// Converts to integers towards zero; what does not fit is unspecified.
CK_INLINE ck_int8x32 ck_truncate_8f(ck_float8 values) { return __builtin_convertvector(values, ck_int8x32); }

/// Stores 8 points x y z, one after the other: 24 floats at `out`.
CK_INLINE void ck_store_triples_8f(float *out, ck_float8 x, ck_float8 y, ck_float8 z) {
#if defined(__AVX__)
    __m256 a = (__m256)x, b = (__m256)y, c = (__m256)z;
    __m256 xy = _mm256_shuffle_ps(a, b, _MM_SHUFFLE(2, 0, 2, 0));
    __m256 yz = _mm256_shuffle_ps(b, c, _MM_SHUFFLE(3, 1, 3, 1));
    __m256 zx = _mm256_shuffle_ps(c, a, _MM_SHUFFLE(3, 1, 2, 0));
    __m256 first = _mm256_shuffle_ps(xy, zx, _MM_SHUFFLE(2, 0, 2, 0));
    __m256 second = _mm256_shuffle_ps(yz, xy, _MM_SHUFFLE(3, 1, 2, 0));
    __m256 third = _mm256_shuffle_ps(zx, yz, _MM_SHUFFLE(3, 1, 3, 1));
    _mm256_storeu_ps(out, _mm256_permute2f128_ps(first, second, 0x20));
    _mm256_storeu_ps(out + 8, _mm256_permute2f128_ps(third, first, 0x30));
    _mm256_storeu_ps(out + 16, _mm256_permute2f128_ps(second, third, 0x31));
#else
    for (int i = 0; i < 8; i++) {
        out[3 * i] = x[i];
        out[3 * i + 1] = y[i];
        out[3 * i + 2] = z[i];
    }
#endif
}

/// The square root of each lane.
CK_INLINE ck_float8 ck_square_root_8f(ck_float8 a) {
#if defined(__AVX__)
    return (ck_float8)_mm256_sqrt_ps((__m256)a);
#else
    ck_float8 out;
    for (int i = 0; i < 8; i++) out[i] = __builtin_sqrtf(a[i]);
    return out;
#endif
}

/// Bit i is set where lane i lies in the closed range; NaN gives 0.
CK_INLINE uint32_t ck_within_8f(ck_float8 lanes, float low, float high) {
#if defined(__AVX__)
    __m256 v = (__m256)lanes;
    return (uint32_t)_mm256_movemask_ps(_mm256_and_ps(
        _mm256_cmp_ps(v, _mm256_set1_ps(low), _CMP_GE_OQ), _mm256_cmp_ps(v, _mm256_set1_ps(high), _CMP_LE_OQ)));
#else
    uint32_t bits = 0;
    for (int i = 0; i < 8; i++) bits |= (uint32_t)(lanes[i] >= low && lanes[i] <= high) << i;
    return bits;
#endif
}

/// Each lane, or zero where it is NaN.
CK_INLINE ck_float8 ck_zero_for_nan_8f(ck_float8 a) {
#if defined(__AVX__)
    return (ck_float8)_mm256_and_ps((__m256)a, _mm256_cmp_ps((__m256)a, (__m256)a, _CMP_ORD_Q));
#else
    ck_float8 out;
    for (int i = 0; i < 8; i++) out[i] = a[i] == a[i] ? a[i] : 0;
    return out;
#endif
}

/// Bit i is set where the i-th of 64 floats at `values` is at least `threshold`; NaN gives 0.
CK_INLINE uint64_t ck_at_least_64f(const float *values, float threshold) {
    uint64_t bits = 0;
    for (int i = 0; i < 8; i++) bits |= (uint64_t)ck_at_least_8f(values + 8 * i, threshold) << (8 * i);
    return bits;
}

/// Bit i is set where the i-th of 64 doubles at `values` is at least `threshold`; NaN gives 0.
CK_INLINE uint64_t ck_at_least_64d(const double *values, double threshold) {
    uint64_t bits = 0;
    for (int i = 0; i < 16; i++) bits |= (uint64_t)ck_at_least_4d(values + 4 * i, threshold) << (4 * i);
    return bits;
}

/// Not zero where two of 8 numbers are equal.
CK_INLINE int ck_has_repeat_8(const int32_t *values) {
#if defined(__AVX2__)
    __m256i v = _mm256_loadu_si256((const __m256i *)values);
    __m256i w = _mm256_permute2x128_si256(v, v, 1);
    __m256i same = _mm256_or_si256(
        _mm256_cmpeq_epi32(v, _mm256_shuffle_epi32(v, 0x39)), _mm256_cmpeq_epi32(v, _mm256_shuffle_epi32(v, 0x4e)));
    same = _mm256_or_si256(
        same, _mm256_or_si256(_mm256_cmpeq_epi32(v, w), _mm256_cmpeq_epi32(v, _mm256_shuffle_epi32(w, 0x39))));
    same = _mm256_or_si256(
        same, _mm256_or_si256(
                  _mm256_cmpeq_epi32(v, _mm256_shuffle_epi32(w, 0x4e)), _mm256_cmpeq_epi32(v, _mm256_shuffle_epi32(w, 0x93))));
    return !_mm256_testz_si256(same, same);
#else
    for (int i = 0; i < 8; i++) for (int j = 0; j < i; j++) if (values[i] == values[j]) return 1;
    return 0;
#endif
}

/// Not zero where two of 4 numbers are equal.
CK_INLINE int ck_has_repeat_4(const int32_t *values) {
#if defined(__AVX2__)
    __m128i v = _mm_loadu_si128((const __m128i *)values);
    __m128i same = _mm_or_si128(_mm_cmpeq_epi32(v, _mm_shuffle_epi32(v, 0x39)), _mm_cmpeq_epi32(v, _mm_shuffle_epi32(v, 0x4e)));
    return !_mm_testz_si128(same, same);
#else
    for (int i = 0; i < 4; i++) for (int j = 0; j < i; j++) if (values[i] == values[j]) return 1;
    return 0;
#endif
}

/// Asks the processor to bring the line at `address` near.
CK_INLINE void ck_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }

/// Asks the processor to bring the line at `address` near for writing.
CK_INLINE void ck_prefetch_write(const void *address) { __builtin_prefetch(address, 1, 3); }

/// The images of `count` points (x, y, z and one unused number each) under an affine map given by its four columns, three floats each.
CK_INLINE void ck_transform_points(ck_double4 a, ck_double4 b, ck_double4 c, ck_double4 origin, const double *points, long count, float *out) {
    typedef float float4 __attribute__((ext_vector_type(4)));
    for (long i = 0; i < count; i++) {
        const double *p = points + 4 * i;
        float4 image = __builtin_convertvector(a * p[0] + b * p[1] + c * p[2] + origin, float4);
        // The fourth number is overwritten by the next point; the last point writes three.
        memcpy(out + 3 * i, &image, i + 1 < count ? 16 : 12);
    }
}

/// Gives free heap memory back to the system, where the C library can.
CK_INLINE void ck_trim_heap(void) {
#if defined(__GLIBC__)
    malloc_trim(0);
#endif
}

#include "Compositing.h"

#endif
