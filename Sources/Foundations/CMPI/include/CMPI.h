// Any MPI, loaded at run time: no mpi.h, nothing linked. One table of constants for each of the three binary interfaces that are in use
// (the standard one of MPI 5, Open MPI's, MPICH's), calls through pointers, and waiting that gives the processor away.
//
// A handle is a uintptr_t in all of them: an int in the MPICH family (in the low half of a register), a pointer in the others.
// A function that returns int returns 0, CMPI_PENDING, or an error code of the library (cmpi_error_text).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__clang__)
#pragma clang assume_nonnull begin
#else
#define _Nullable
#define _Nonnull
#endif

// CMPI_TRUNCATED: the message was longer than the place for it.
enum { CMPI_PENDING = -1, CMPI_MISSING = -2, CMPI_TRUNCATED = -3 };

typedef enum CMPIFamily { CMPIFamilyNone = 0, CMPIFamilyStandard, CMPIFamilyOpenMPI, CMPIFamilyMPICH } CMPIFamily;

// Order of `types`: int8, int16, int32, int64, uint8, uint16, uint32, uint64, float, double.
// Order of `operations`: sum, product, minimum, maximum, logical and, logical or, bitwise and, bitwise or, bitwise exclusive or.
enum { CMPI_TYPE_COUNT = 10, CMPI_OPERATION_COUNT = 9 };

typedef struct CMPIConstants {
    // doneRequest: of sends that were through when they were started, where a library tells; else 0.
    uintptr_t world, noCommunicator, noRequest, doneRequest, noType, noInfo, byte, errorsReturn;
    uintptr_t types[CMPI_TYPE_COUNT], operations[CMPI_OPERATION_COUNT];
    uintptr_t inPlace;
    int anySource, anyTag, noProcess, undefined;
    int tagBoundKey, sharedMemory;
    int threadLevels[4];  // single, funneled, serialized, multiple
    int statusSource, statusTag, statusError, statusSize;  // bytes
    int statusCount, statusCountHigh;  // where bytes are counted: 64 bits; or 32 bits and 31 above the lowest of 32 more; -1: not told
    int truncated, processFailed, processFailedPending, revoked;  // error classes; 0 where there is none
} CMPIConstants;

// MARK: Loading

// Loads the library (a path or a name), or with `onlyIfLoaded` takes it only if the process has it already. Returns false with the loader's
// words in `error` if that fails. Only one library is ever loaded.
bool cmpi_load(const char *path, bool onlyIfLoaded, char *error, size_t errorSize);
// The file that was loaded, or "".
const char *cmpi_path(void);
CMPIFamily cmpi_family(void);
const CMPIConstants *cmpi_constants(void);
// What the library says of itself; 0-terminated.
void cmpi_version_text(char *text, size_t size);
// Whether the library has the calls for going on after a process is lost.
bool cmpi_has_fault_tolerance(void);

// MARK: Opening and closing

bool cmpi_is_initialized(void);
bool cmpi_is_finalized(void);
// Level 0...3; the level that was granted in `granted`. Errors of the world are returned from then on.
int cmpi_initialize(int level, int *granted);
int cmpi_granted_level(void);
int cmpi_finalize(void);
void cmpi_abort(int code) __attribute__((noreturn));
// Error code into class; and into words.
int cmpi_error_class(int code);
void cmpi_error_text(int code, char *text, size_t size);

// While a guard is on, a process that does not take it off in time writes the message to standard error and exits with the code: what
// keeps calls that only exist in a blocking form from hanging for ever.
void cmpi_guard_begin(double seconds, const char *message, int exitCode);
void cmpi_guard_end(void);

// MARK: Communicators

int cmpi_rank(uintptr_t communicator, int *rank);
int cmpi_size(uintptr_t communicator, int *size);
// Communicators of the ranks on one node, and their own ranks there.
int cmpi_node(uintptr_t communicator, int *rank, int *size, uintptr_t *node);
// Starts to duplicate; complete when the request is (cmpi_wait_request).
int cmpi_start_duplicate(uintptr_t communicator, uintptr_t *duplicate, uintptr_t *request);
int cmpi_wait_request(uintptr_t *request, double seconds);
int cmpi_make_group(uintptr_t communicator, const int *ranks, int count, int tag, uintptr_t *made);
int cmpi_split(uintptr_t communicator, int colour, bool hasColour, int key, uintptr_t *made);
int cmpi_free(uintptr_t *communicator);
int cmpi_return_errors(uintptr_t communicator);
// The greatest tag.
int cmpi_tag_bound(void);
// A handle of Fortran's kind.
uintptr_t cmpi_from_fortran(int handle);

int cmpi_revoke(uintptr_t communicator);
int cmpi_shrink(uintptr_t communicator, uintptr_t *made);
// Ranks known to be lost, at most `capacity`; returns how many.
int cmpi_failed_ranks(uintptr_t communicator, int *ranks, int capacity);
// For each rank of `made`, its rank in `old`.
int cmpi_old_ranks(uintptr_t made, uintptr_t old, int *ranks, int count);

// MARK: Messages

typedef struct CMPIPort CMPIPort;
typedef struct CMPISlot CMPISlot;

typedef struct CMPIEnvelope {
    int64_t byteCount;
    int32_t rank, tag;
} CMPIEnvelope;

// Three communicators as one port (0: none, for a port that is to have rings and short messages alone); `crowded`: more ranks than processors, so waiting must not spin.
CMPIPort *cmpi_port_make(uintptr_t user, uintptr_t collective, uintptr_t control, bool crowded);
uintptr_t cmpi_port_communicator(const CMPIPort *port, int channel);
// Frees the port, when its last operation has ended; not its communicators.
void cmpi_port_free(CMPIPort *port);
// Rings through memory that all ranks of a port share: bytes for so many ranks, zero at first, which stay in place until the port is freed. Once
// one rank uses them all have to, before the first message. For one port of a process; `threadsMeet`: others may call MPI at the same time.
int64_t cmpi_rings_byte_count(int ranks);
void cmpi_port_use_rings(CMPIPort *port, void *memory, int rank, int ranks, bool threadsMeet);
// Messages of more bytes than this travel as one element of a made type; 2^31 - 1 unless set (by tests).
void cmpi_set_count_bound(int64_t bound);

// rank < 0 and tag < 0: any.
int cmpi_start_send(CMPIPort *port, int channel, const void *_Nullable bytes, int64_t count, int rank, int tag, CMPISlot *_Nullable *_Nonnull slot);
int cmpi_start_receive(CMPIPort *port, int channel, void *_Nullable bytes, int64_t count, int rank, int tag, CMPISlot *_Nullable *_Nonnull slot);
// 0: complete, the slot is gone. CMPI_PENDING: not yet. Otherwise an error; the slot is gone.
int cmpi_test(CMPIPort *port, CMPISlot *slot, CMPIEnvelope *envelope);
int cmpi_wait(CMPIPort *port, CMPISlot *slot, double seconds, CMPIEnvelope *envelope);
// Starting and waiting in one.
int cmpi_send(
    CMPIPort *port, int channel, const void *_Nullable bytes, int64_t count, int rank, int tag, double seconds,
    CMPISlot *_Nullable *_Nonnull slot);
int cmpi_receive(
    CMPIPort *port, int channel, void *_Nullable bytes, int64_t count, int rank, int tag, double seconds,
    CMPISlot *_Nullable *_Nonnull slot, CMPIEnvelope *envelope);
// Returns false if the operation could not be ended within a short time; then its memory must stay.
bool cmpi_cancel(CMPIPort *port, CMPISlot *slot);
// What a slot was made for.
int64_t cmpi_slot_count(const CMPISlot *slot);
int cmpi_probe(CMPIPort *port, int channel, int rank, int tag, CMPIEnvelope *envelope);
void cmpi_pause(CMPIPort *port, double seconds);

// MARK: The library's own collectives, on any communicator. Counts are of elements of `type`, a place in the
// table of CMPIConstants; less than 0: bytes.

int cmpi_barrier(uintptr_t communicator);
int cmpi_broadcast(uintptr_t communicator, void *_Nullable bytes, int64_t count, int type, int root);
int cmpi_gather(uintptr_t communicator, const void *_Nullable bytes, int64_t count, int type, void *_Nullable all, int root);
int cmpi_gather_counts(
    uintptr_t communicator, const void *_Nullable bytes, int64_t count, int type, void *_Nullable all, const int64_t *_Nullable counts, int ranks, int root);
int cmpi_all_gather(uintptr_t communicator, const void *_Nullable bytes, int64_t count, int type, void *_Nullable all);
int cmpi_scatter(uintptr_t communicator, const void *_Nullable all, void *_Nullable bytes, int64_t count, int type, int root);
// root < 0: all get the result. In place. `operation` is a place in its table.
int cmpi_reduce(uintptr_t communicator, void *_Nullable values, int64_t count, int type, int operation, int root);
int cmpi_all_to_all(uintptr_t communicator, const void *_Nullable bytes, int64_t count, int type, void *_Nullable all);

// MARK: Processors

// Which processors this thread may use, as a mask of `words` 64-bit words; returns how many. Where the
// system does not tell, all.
int cmpi_processors(uint64_t *mask, int words);

#if defined(__clang__)
#pragma clang assume_nonnull end
#endif
