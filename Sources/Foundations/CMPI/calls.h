// The functions of MPI that are used, with handles as uintptr_t; the third argument of CALL says whether a library may lack it.
#pragma once

#include "CMPI.h"

typedef uintptr_t H;
typedef intptr_t Aint;
typedef int64_t Count;

#define CMPI_CALLS(CALL)                                                                                        \
    CALL(Initialized, (int *), true)                                                                            \
    CALL(Finalized, (int *), true)                                                                              \
    CALL(Init_thread, (int *, char ***, int, int *), true)                                                      \
    CALL(Query_thread, (int *), true)                                                                           \
    CALL(Finalize, (void), true)                                                                                \
    CALL(Abort, (H, int), true)                                                                                 \
    CALL(Get_library_version, (char *, int *), true)                                                            \
    CALL(Error_class, (int, int *), true)                                                                       \
    CALL(Error_string, (int, char *, int *), true)                                                              \
    CALL(Comm_rank, (H, int *), true)                                                                           \
    CALL(Comm_size, (H, int *), true)                                                                           \
    CALL(Comm_idup, (H, H *, H *), true)                                                                        \
    CALL(Comm_free, (H *), true)                                                                                \
    CALL(Comm_group, (H, H *), true)                                                                            \
    CALL(Comm_create_group, (H, H, int, H *), true)                                                             \
    CALL(Comm_split, (H, int, int, H *), true)                                                                  \
    CALL(Comm_split_type, (H, int, int, H, H *), true)                                                          \
    CALL(Comm_get_attr, (H, int, void *, int *), true)                                                          \
    CALL(Comm_set_errhandler, (H, H), true)                                                                     \
    CALL(Comm_f2c, (int), false)                                                                                \
    CALL(Comm_fromint, (int), false)                                                                            \
    CALL(Group_incl, (H, int, const int *, H *), true)                                                          \
    CALL(Group_size, (H, int *), true)                                                                          \
    CALL(Group_translate_ranks, (H, int, const int *, H, int *), true)                                          \
    CALL(Group_free, (H *), true)                                                                               \
    CALL(Type_contiguous, (int, H, H *), true)                                                                  \
    CALL(Type_create_struct, (int, const int *, const Aint *, const void *, H *), true)                          \
    CALL(Type_commit, (H *), true)                                                                              \
    CALL(Type_free, (H *), true)                                                                                \
    CALL(Isend, (const void *, int, H, int, int, H, H *), true)                                                 \
    CALL(Irecv, (void *, int, H, int, int, H, H *), true)                                                       \
    CALL(Iprobe, (int, int, H, int *, void *), true)                                                            \
    CALL(Test, (H *, int *, void *), true)                                                                      \
    CALL(Cancel, (H *), true)                                                                                   \
    CALL(Get_elements_x, (const void *, H, Count *), true)                                                      \
    CALL(Barrier, (H), true)                                                                                    \
    CALL(Bcast, (void *, int, H, int, H), true)                                                                 \
    CALL(Gather, (const void *, int, H, void *, int, H, int, H), true)                                          \
    CALL(Gatherv, (const void *, int, H, void *, const int *, const int *, H, int, H), true)                    \
    CALL(Gatherv_c, (const void *, Count, H, void *, const Count *, const Aint *, H, int, H), false)            \
    CALL(Allgather, (const void *, int, H, void *, int, H, H), true)                                            \
    CALL(Scatter, (const void *, int, H, void *, int, H, int, H), true)                                         \
    CALL(Reduce, (const void *, void *, int, H, H, int, H), true)                                               \
    CALL(Allreduce, (const void *, void *, int, H, H, H), true)                                                 \
    CALL(Reduce_c, (const void *, void *, Count, H, H, int, H), false)                                          \
    CALL(Allreduce_c, (const void *, void *, Count, H, H, H), false)                                            \
    CALL(Alltoall, (const void *, int, H, void *, int, H, H), true)

#define CMPI_EXTENSIONS(CALL)                                                                                   \
    CALL(Comm_revoke, (H), false)                                                                               \
    CALL(Comm_shrink, (H, H *), false)                                                                          \
    CALL(Comm_get_failed, (H, H *), false)                                                                      \
    CALL(Comm_ack_failed, (H, int, int *), false)

// Comm_f2c and Comm_fromint return handles: called through a cast.
typedef struct CMPICalls {
#define CMPI_MEMBER(name, arguments, needed) int(*name) arguments;
    CMPI_CALLS(CMPI_MEMBER)
    CMPI_EXTENSIONS(CMPI_MEMBER)
#undef CMPI_MEMBER
} CMPICalls;

extern CMPICalls cmpi_calls;
extern CMPIConstants cmpi_table;

#define MPI(name) cmpi_calls.name

// Statuses of all libraries fit.
typedef union CMPIStatus {
    int words[16];
    Count aligned;
} CMPIStatus;

// A type of `count` bytes, made where the count is above what an int (or the bound set) can say; `*made` says whether to free it.
int cmpi_bytes_type(int64_t count, int *elements, H *type, bool *made);
// The same for elements of a type: its place in the table, or less than 0 for bytes.
int cmpi_elements_type(int64_t count, int scalar, int *elements, H *type, bool *made);
double cmpi_now(void);
// Waits a little, the longer the longer one has waited; never beyond `until`.
void cmpi_back_off(double waited, double now, double until, bool crowded);
