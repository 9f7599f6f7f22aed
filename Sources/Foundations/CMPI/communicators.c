// Opening and closing; communicators and groups; the guard.
#define _GNU_SOURCE
#include "calls.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

bool cmpi_is_initialized(void) {
    int flag = 0;
    return MPI(Initialized)(&flag) == 0 && flag != 0;
}

bool cmpi_is_finalized(void) {
    int flag = 0;
    return MPI(Finalized)(&flag) == 0 && flag != 0;
}

int cmpi_granted_level(void) {
    int level = 0, granted = 0;
    if (MPI(Query_thread)(&level) != 0) return 0;
    for (int i = 0; i < 4; i++) {
        if (cmpi_table.threadLevels[i] <= level) granted = i;
    }
    return granted;
}

int cmpi_initialize(int level, int *granted) {
    if (!cmpi_is_initialized()) {
        int code, given = 0;
        // Open MPI writes past the place of a message that is too long wherever one side reaches into the memory of the other.
        if (cmpi_family() == CMPIFamilyOpenMPI) {
            setenv("OMPI_MCA_btl_vader_single_copy_mechanism", "none", 0);  // Open MPI 4
            setenv("OMPI_MCA_smsc", "^cma,xpmem,knem", 0);                  // Open MPI 5
            setenv("OMPI_MCA_btl_tcp_flags", "send,inplace,need-ack,need-csum,hetero-rdma", 0);
        }
        if ((code = MPI(Init_thread)(NULL, NULL, cmpi_table.threadLevels[level], &given)) != 0) return code;
        cmpi_return_errors(cmpi_table.world);
    }
    *granted = cmpi_granted_level();
    return 0;
}

int cmpi_finalize(void) { return MPI(Finalize)(); }

void cmpi_abort(int code) {
    MPI(Abort)(cmpi_table.world, code);
    _exit(code);
}

int cmpi_error_class(int code) {
    int class = code;
    return MPI(Error_class)(code, &class) == 0 ? class : code;
}

void cmpi_error_text(int code, char *text, size_t size) {
    char words[4096] = "";
    int length = 0;
    if (MPI(Error_string)(code, words, &length) != 0) snprintf(words, sizeof words, "error %d", code);
    words[sizeof words - 1] = 0;
    snprintf(text, size, "%s", words);
}

// MARK: The guard

#if defined(__linux__)
#define guardClock CLOCK_MONOTONIC
#else
#define guardClock CLOCK_REALTIME
#endif
static pthread_mutex_t guardLock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t guardChange;
static bool guardRuns, guardOn;
static struct timespec guardEnd;
static char guardMessage[1024];
static int guardCode;

static void *guard(void *unused) {
    pthread_mutex_lock(&guardLock);
    for (;;) {
        if (!guardOn) {
            pthread_cond_wait(&guardChange, &guardLock);
        } else if (pthread_cond_timedwait(&guardChange, &guardLock, &guardEnd) == ETIMEDOUT && guardOn) {
            struct timespec now;
            clock_gettime(guardClock, &now);
            if (now.tv_sec < guardEnd.tv_sec || (now.tv_sec == guardEnd.tv_sec && now.tv_nsec < guardEnd.tv_nsec)) continue;
            ssize_t written = write(STDERR_FILENO, guardMessage, strlen(guardMessage));
            (void)written;
            _exit(guardCode);
        }
    }
    return unused;
}

void cmpi_guard_begin(double seconds, const char *message, int exitCode) {
    pthread_mutex_lock(&guardLock);
    if (!guardRuns) {
        pthread_condattr_t attributes;
        pthread_condattr_init(&attributes);
#if defined(__linux__)
        pthread_condattr_setclock(&attributes, guardClock);
#endif
        pthread_cond_init(&guardChange, &attributes);
        pthread_condattr_destroy(&attributes);
        pthread_t thread;
        guardRuns = pthread_create(&thread, NULL, guard, NULL) == 0;
        if (guardRuns) pthread_detach(thread);
    }
    clock_gettime(guardClock, &guardEnd);
    double whole = seconds > 1e8 ? 1e8 : seconds;
    guardEnd.tv_sec += (time_t)whole;
    guardEnd.tv_nsec += (long)((whole - (double)(time_t)whole) * 1e9);
    if (guardEnd.tv_nsec >= 1000000000) guardEnd.tv_sec++, guardEnd.tv_nsec -= 1000000000;
    snprintf(guardMessage, sizeof guardMessage, "%s\n", message);
    guardCode = exitCode;
    guardOn = true;
    if (guardRuns) pthread_cond_signal(&guardChange);
    pthread_mutex_unlock(&guardLock);
}

void cmpi_guard_end(void) {
    pthread_mutex_lock(&guardLock);
    guardOn = false;
    if (guardRuns) pthread_cond_signal(&guardChange);
    pthread_mutex_unlock(&guardLock);
}

// MARK: Communicators

int cmpi_rank(H communicator, int *rank) { return MPI(Comm_rank)(communicator, rank); }
int cmpi_size(H communicator, int *size) { return MPI(Comm_size)(communicator, size); }
int cmpi_return_errors(H communicator) { return MPI(Comm_set_errhandler)(communicator, cmpi_table.errorsReturn); }

int cmpi_node(H communicator, int *rank, int *size, H *node) {
    int code;
    *node = 0;
    if ((code = MPI(Comm_split_type)(communicator, cmpi_table.sharedMemory, 0, cmpi_table.noInfo, node)) != 0) return code;
    if ((code = MPI(Comm_rank)(*node, rank)) != 0) return code;
    return MPI(Comm_size)(*node, size);
}

int cmpi_start_duplicate(H communicator, H *duplicate, H *request) {
    *duplicate = 0, *request = 0;
    return MPI(Comm_idup)(communicator, duplicate, request);
}

int cmpi_wait_request(H *request, double seconds) {
    double start = cmpi_now(), now = start;
    for (;;) {
        CMPIStatus status;
        int done = 0, code = MPI(Test)(request, &done, &status);
        if (code != 0 || done) return code;
        now = cmpi_now();
        if (now - start >= seconds) return CMPI_PENDING;
        cmpi_back_off(now - start, now, start + seconds, true);
    }
}

int cmpi_make_group(H communicator, const int *ranks, int count, int tag, H *made) {
    H all = 0, some = 0;
    int code;
    *made = 0;
    if ((code = MPI(Comm_group)(communicator, &all)) != 0) return code;
    if ((code = MPI(Group_incl)(all, count, ranks, &some)) == 0) {
        code = MPI(Comm_create_group)(communicator, some, tag, made);
        MPI(Group_free)(&some);
    }
    MPI(Group_free)(&all);
    if (code == 0) code = cmpi_return_errors(*made);
    return code;
}

int cmpi_split(H communicator, int colour, bool hasColour, int key, H *made) {
    *made = 0;
    int code = MPI(Comm_split)(communicator, hasColour ? colour : cmpi_table.undefined, key, made);
    if (code == 0 && *made == cmpi_table.noCommunicator) *made = 0;
    return code;
}

int cmpi_free(H *communicator) { return MPI(Comm_free)(communicator); }

int cmpi_tag_bound(void) {
    int *bound = NULL, found = 0;
    if (MPI(Comm_get_attr)(cmpi_table.world, cmpi_table.tagBoundKey, &bound, &found) != 0 || !found || bound == NULL) return 32767;
    return *bound;
}

H cmpi_from_fortran(int handle) {
    // A library without a function for it (MPICH before 5) has the same handles in both languages.
    if (cmpi_family() == CMPIFamilyMPICH) return (H)(uint32_t)handle;
    if (MPI(Comm_f2c) != NULL) return ((H(*)(int))(void *)MPI(Comm_f2c))(handle);
    if (MPI(Comm_fromint) != NULL) return ((H(*)(int))(void *)MPI(Comm_fromint))(handle);
    return (H)(uint32_t)handle;
}

// MARK: After a failure

int cmpi_revoke(H communicator) { return MPI(Comm_revoke) != NULL ? MPI(Comm_revoke)(communicator) : CMPI_MISSING; }

int cmpi_shrink(H communicator, H *made) {
    *made = 0;
    if (MPI(Comm_shrink) == NULL) return CMPI_MISSING;
    int code = MPI(Comm_shrink)(communicator, made);
    return code == 0 ? cmpi_return_errors(*made) : code;
}

static int translate(H from, H to, int count, int *ranks) {
    int *places = malloc(sizeof(int) * (size_t)(count > 0 ? count : 1));
    if (places == NULL) return CMPI_MISSING;
    for (int i = 0; i < count; i++) places[i] = i;
    int code = MPI(Group_translate_ranks)(from, count, places, to, ranks);
    free(places);
    return code;
}

int cmpi_failed_ranks(H communicator, int *ranks, int capacity) {
    H failed = 0, all = 0;
    int count = 0, taken = 0;
    if (!cmpi_has_fault_tolerance() || MPI(Comm_get_failed)(communicator, &failed) != 0) return 0;
    if (MPI(Group_size)(failed, &count) == 0 && count > 0 && MPI(Comm_group)(communicator, &all) == 0) {
        int wanted = count < capacity ? count : capacity;
        if (translate(failed, all, wanted, ranks) == 0) taken = wanted;
        MPI(Group_free)(&all);
    }
    MPI(Group_free)(&failed);
    return taken;
}

int cmpi_old_ranks(H made, H old, int *ranks, int count) {
    H from = 0, to = 0;
    int code;
    if ((code = MPI(Comm_group)(made, &from)) != 0) return code;
    if ((code = MPI(Comm_group)(old, &to)) == 0) {
        code = translate(from, to, count, ranks);
        MPI(Group_free)(&to);
    }
    MPI(Group_free)(&from);
    return code;
}
