// Kernels of compositing: which samples of a row hold something, and the nearer of two rows.
#ifndef TESSERA_COMPOSITING_H
#define TESSERA_COMPOSITING_H

#include <stdint.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

/// Bit i is set where the i-th of `count` (at most 64) depths is less than `limit`.
CK_INLINE uint64_t ck_nearer_mask_64(const int32_t *depths, int32_t limit, int32_t count) {
    uint64_t bits = 0;
    int32_t i = 0;
#if defined(__AVX2__)
    __m256i bound = _mm256_set1_epi32(limit);
    for (; i + 8 <= count; i += 8) {
        __m256i d = _mm256_loadu_si256((const __m256i *)(depths + i));
        uint64_t some = (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(bound, d)));
        bits |= some << i;
    }
#endif
    for (; i < count; i++) bits |= (uint64_t)(depths[i] < limit) << i;
    return bits;
}

/// Keeps the nearer of each sample, those held where both are equally near; lists the places of the latter, those of `empty` depth aside.
///
/// Returns how many places were listed.
CK_INLINE int32_t ck_keep_nearer(
    int32_t *depths, uint32_t *colors, const int32_t *new_depths, const uint32_t *new_colors, int32_t count, int32_t empty, int32_t *tied
) {
    int32_t ties = 0;
    int32_t i = 0;
#if defined(__AVX2__)
    __m256i nothing = _mm256_set1_epi32(empty);
    for (; i + 8 <= count; i += 8) {
        __m256i held = _mm256_loadu_si256((const __m256i *)(depths + i));
        __m256i fresh = _mm256_loadu_si256((const __m256i *)(new_depths + i));
        __m256i nearer = _mm256_cmpgt_epi32(held, fresh);
        __m256i equal = _mm256_andnot_si256(_mm256_cmpeq_epi32(held, nothing), _mm256_cmpeq_epi32(held, fresh));
        __m256i held_colors = _mm256_loadu_si256((const __m256i *)(colors + i));
        __m256i fresh_colors = _mm256_loadu_si256((const __m256i *)(new_colors + i));
        _mm256_storeu_si256((__m256i *)(depths + i), _mm256_blendv_epi8(held, fresh, nearer));
        _mm256_storeu_si256((__m256i *)(colors + i), _mm256_blendv_epi8(held_colors, fresh_colors, nearer));
        uint32_t bits = (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(equal));
        while (__builtin_expect(bits != 0, 0)) {
            tied[ties++] = i + __builtin_ctz(bits);
            bits &= bits - 1;
        }
    }
#endif
    for (; i < count; i++) {
        if (new_depths[i] < depths[i]) {
            depths[i] = new_depths[i];
            colors[i] = new_colors[i];
        } else if (new_depths[i] == depths[i] && depths[i] != empty) {
            tied[ties++] = i;
        }
    }
    return ties;
}

#endif
