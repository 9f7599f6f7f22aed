// The library's own collectives, for communicators whose other ranks are foreign programs. Counts that an int cannot say travel as one
// element of a made type, which matches plain bytes on the other side.
#define _GNU_SOURCE
#include "calls.h"

#include <stdlib.h>
#include <string.h>

int cmpi_barrier(H communicator) { return MPI(Barrier)(communicator); }

#define WITH_TYPE(count, scalar, call)                                                 \
    int elements, code;                                                        \
    H type;                                                                    \
    bool made;                                                                 \
    if ((code = cmpi_elements_type(count, scalar, &elements, &type, &made)) != 0) return code; \
    code = call;                                                               \
    if (made) MPI(Type_free)(&type);                                           \
    return code

int cmpi_broadcast(H communicator, void *bytes, int64_t count, int scalar, int root) {
    WITH_TYPE(count, scalar, MPI(Bcast)(bytes, elements, type, root, communicator));
}

int cmpi_gather(H communicator, const void *bytes, int64_t count, int scalar, void *all, int root) {
    WITH_TYPE(count, scalar, MPI(Gather)(bytes, elements, type, all, elements, type, root, communicator));
}

int cmpi_all_gather(H communicator, const void *bytes, int64_t count, int scalar, void *all) {
    WITH_TYPE(count, scalar, MPI(Allgather)(bytes, elements, type, all, elements, type, communicator));
}

int cmpi_scatter(H communicator, const void *all, void *bytes, int64_t count, int scalar, int root) {
    WITH_TYPE(count, scalar, MPI(Scatter)(all, elements, type, bytes, elements, type, root, communicator));
}

int cmpi_all_to_all(H communicator, const void *bytes, int64_t count, int scalar, void *all) {
    WITH_TYPE(count, scalar, MPI(Alltoall)(bytes, elements, type, all, elements, type, communicator));
}

int cmpi_gather_counts(H communicator, const void *bytes, int64_t count, int scalar, void *all, const int64_t *counts, int ranks, int root) {
    int rank = 0, code;
    if ((code = MPI(Comm_rank)(communicator, &rank)) != 0) return code;
    int elements;
    H type;
    bool made;
    if ((code = cmpi_elements_type(count, scalar, &elements, &type, &made)) != 0) return code;
    H element = scalar < 0 ? cmpi_table.byte : cmpi_table.types[scalar];
    if (rank != root) {
        code = MPI(Gatherv)(bytes, elements, type, NULL, NULL, NULL, element, root, communicator);
    } else {
        int64_t total = 0;
        Count *large = malloc(sizeof(Count) * (size_t)ranks * 2);
        int *small = malloc(sizeof(int) * (size_t)ranks * 2);
        if (large == NULL || small == NULL) abort();
        Aint *places = (Aint *)(large + ranks);
        for (int i = 0; i < ranks; i++) {
            large[i] = counts[i];
            places[i] = (Aint)total;
            small[i] = (int)counts[i];
            small[ranks + i] = (int)total;
            total += counts[i];
        }
        if (total <= INT32_MAX) {
            code = MPI(Gatherv)(bytes, elements, type, all, small, small + ranks, element, root, communicator);
        } else if (MPI(Gatherv_c) != NULL) {
            code = MPI(Gatherv_c)(bytes, (Count)elements, type, all, large, places, element, root, communicator);
        } else {
            code = CMPI_MISSING;
        }
        free(small);
        free(large);
    }
    if (made) MPI(Type_free)(&type);
    return code;
}

int cmpi_reduce(H communicator, void *values, int64_t count, int type, int operation, int root) {
    H element = cmpi_table.types[type], how = cmpi_table.operations[operation];
    void *inPlace = (void *)cmpi_table.inPlace;
    int rank = 0, code;
    if (root < 0) {
        if (count <= INT32_MAX) return MPI(Allreduce)(inPlace, values, (int)count, element, how, communicator);
        if (MPI(Allreduce_c) != NULL) return MPI(Allreduce_c)(inPlace, values, count, element, how, communicator);
        return CMPI_MISSING;
    }
    if ((code = MPI(Comm_rank)(communicator, &rank)) != 0) return code;
    const void *from = rank == root ? inPlace : values;
    void *into = rank == root ? values : NULL;
    if (count <= INT32_MAX) return MPI(Reduce)(from, into, (int)count, element, how, root, communicator);
    if (MPI(Reduce_c) != NULL) return MPI(Reduce_c)(from, into, count, element, how, root, communicator);
    return CMPI_MISSING;
}
