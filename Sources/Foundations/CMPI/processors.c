// Which processors a process may use.
#define _GNU_SOURCE
#include "CMPI.h"

#include <sched.h>
#include <string.h>
#include <unistd.h>

int cmpi_processors(uint64_t *mask, int words) {
    memset(mask, 0, sizeof(uint64_t) * (size_t)words);
#if defined(__linux__)
    if (sched_getaffinity(0, sizeof(uint64_t) * (size_t)words, (cpu_set_t *)mask) == 0) {
        int count = 0;
        for (int i = 0; i < words; i++) count += __builtin_popcountll(mask[i]);
        return count;
    }
#endif
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    int count = online < 1 ? 1 : online > 64 * words ? 64 * words : (int)online;
    for (int i = 0; i < count; i++) mask[i / 64] |= (uint64_t)1 << (i % 64);
    return count;
}
