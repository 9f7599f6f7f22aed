// Compares the tables of constants that are compiled into CMPI with a real mpi.h, and the handles that CMPI found with those of the header.
// Built and run by Tests/MPITests with the compiler wrapper of each MPI:
//   mpicc.mpich -ISources/Foundations/CMPI/include Tests/MPI/constants.c Sources/Foundations/CMPI/*.c -o constants && ./constants libmpich.so.12
#include <mpi.h>
#include <stddef.h>
#include <stdio.h>

#include "CMPI.h"

static int wrong, count;

static void compare(const char *name, unsigned long long found, unsigned long long expected) {
    count++;
    if (found == expected) return;
    wrong++;
    printf("%s: the table has %#llx, mpi.h has %#llx\n", name, found, expected);
}

// Handles are ints in MPICH and pointers elsewhere; an int fills the low half.
#define HANDLE(field, constant)                                                                                         \
    compare(#constant, (unsigned long long)table->field,                                                                \
            sizeof(constant) == sizeof(int) ? (unsigned)(uintptr_t)(constant) : (unsigned long long)(uintptr_t)(constant))
#define NUMBER(field, constant) compare(#constant, (unsigned long long)(long long)table->field, (unsigned long long)(long long)(constant))

int main(int argc, char **argv) {
    char error[1024];
    if (argc < 2 || !cmpi_load(argv[1], false, error, sizeof error)) {
        printf("cannot load %s: %s\n", argc < 2 ? "nothing" : argv[1], error);
        return 1;
    }
    const CMPIConstants *table = cmpi_constants();
    HANDLE(world, MPI_COMM_WORLD);
    HANDLE(noCommunicator, MPI_COMM_NULL);
    HANDLE(noRequest, MPI_REQUEST_NULL);
    HANDLE(noType, MPI_DATATYPE_NULL);
    HANDLE(noInfo, MPI_INFO_NULL);
    HANDLE(byte, MPI_BYTE);
    HANDLE(errorsReturn, MPI_ERRORS_RETURN);
    HANDLE(types[0], MPI_INT8_T);
    HANDLE(types[1], MPI_INT16_T);
    HANDLE(types[2], MPI_INT32_T);
    HANDLE(types[3], MPI_INT64_T);
    HANDLE(types[4], MPI_UINT8_T);
    HANDLE(types[5], MPI_UINT16_T);
    HANDLE(types[6], MPI_UINT32_T);
    HANDLE(types[7], MPI_UINT64_T);
    HANDLE(types[8], MPI_FLOAT);
    HANDLE(types[9], MPI_DOUBLE);
    HANDLE(operations[0], MPI_SUM);
    HANDLE(operations[1], MPI_PROD);
    HANDLE(operations[2], MPI_MIN);
    HANDLE(operations[3], MPI_MAX);
    HANDLE(operations[4], MPI_LAND);
    HANDLE(operations[5], MPI_LOR);
    HANDLE(operations[6], MPI_BAND);
    HANDLE(operations[7], MPI_BOR);
    HANDLE(operations[8], MPI_BXOR);
    compare("MPI_IN_PLACE", table->inPlace, (unsigned long long)(uintptr_t)MPI_IN_PLACE);
    NUMBER(anySource, MPI_ANY_SOURCE);
    NUMBER(anyTag, MPI_ANY_TAG);
    NUMBER(noProcess, MPI_PROC_NULL);
    NUMBER(undefined, MPI_UNDEFINED);
    NUMBER(tagBoundKey, MPI_TAG_UB);
    NUMBER(sharedMemory, MPI_COMM_TYPE_SHARED);
    NUMBER(threadLevels[0], MPI_THREAD_SINGLE);
    NUMBER(threadLevels[1], MPI_THREAD_FUNNELED);
    NUMBER(threadLevels[2], MPI_THREAD_SERIALIZED);
    NUMBER(threadLevels[3], MPI_THREAD_MULTIPLE);
    NUMBER(statusSource, offsetof(MPI_Status, MPI_SOURCE));
    NUMBER(statusTag, offsetof(MPI_Status, MPI_TAG));
    NUMBER(statusError, offsetof(MPI_Status, MPI_ERROR));
    NUMBER(statusSize, sizeof(MPI_Status));
#if defined(OPEN_MPI)
    NUMBER(statusCount, offsetof(MPI_Status, _ucount));
    compare("sizeof(_ucount)", sizeof(((MPI_Status *)0)->_ucount), sizeof(int64_t));
    NUMBER(statusCountHigh, -1);
#elif defined(MPICH_VERSION)
    NUMBER(statusCount, offsetof(MPI_Status, count_lo));
    NUMBER(statusCountHigh, offsetof(MPI_Status, count_hi_and_cancelled));
#endif
    NUMBER(truncated, MPI_ERR_TRUNCATE);
#if defined(MPI_ERR_PROC_FAILED)
    NUMBER(processFailed, MPI_ERR_PROC_FAILED);
    NUMBER(processFailedPending, MPI_ERR_PROC_FAILED_PENDING);
    NUMBER(revoked, MPI_ERR_REVOKED);
#elif defined(MPIX_ERR_PROC_FAILED)
    NUMBER(processFailed, MPIX_ERR_PROC_FAILED);
    NUMBER(processFailedPending, MPIX_ERR_PROC_FAILED_PENDING);
    NUMBER(revoked, MPIX_ERR_REVOKED);
#endif
    // What a status buffer of ours must hold, and what arrays of handles look like.
    compare("sizeof(MPI_Status) fits", sizeof(MPI_Status) <= 64, 1);
    compare("sizeof(MPI_Comm)", cmpi_family() == CMPIFamilyMPICH ? sizeof(int) : sizeof(void *), sizeof(MPI_Comm));
    compare("sizeof(MPI_Aint)", sizeof(intptr_t), sizeof(MPI_Aint));
    compare("sizeof(MPI_Count)", sizeof(int64_t), sizeof(MPI_Count));
    compare("MPI_MAX_ERROR_STRING fits", MPI_MAX_ERROR_STRING <= 4096, 1);
    compare("MPI_MAX_LIBRARY_VERSION_STRING fits", MPI_MAX_LIBRARY_VERSION_STRING <= 16384, 1);
    printf("%d constants of %s, %d wrong\n", count, cmpi_path(), wrong);
    return wrong == 0 ? 0 : 1;
}
