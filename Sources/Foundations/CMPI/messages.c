// Messages: starting, testing and waiting, with slots of a free list so that nothing is allocated for a message.
#define _GNU_SOURCE
#include "port.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { slotsInBlock = 64 };

struct Block {
    Block *next;
    CMPISlot slots[slotsInBlock];
};

static int64_t countBound = INT32_MAX;

void cmpi_set_count_bound(int64_t bound) { countBound = bound > 0 && bound < INT32_MAX ? bound : INT32_MAX; }

double cmpi_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

void cmpi_back_off(double waited, double now, double until, bool crowded) {
    if (!crowded && waited < 100e-6) return;
    // On a crowded machine whoever only yields still looks busy, and keeps the processor that others would move to.
    if (waited < (crowded ? 100e-6 : 2e-3)) {
        sched_yield();
        return;
    }
    double rest = waited / (crowded ? 8 : 16);
    if (rest > 500e-6) rest = 500e-6;
    if (rest > until - now) rest = until - now;
    if (rest <= 0) return;
    struct timespec time = {0, (long)(rest * 1e9)};
    nanosleep(&time, NULL);
}

// MARK: Ports and slots

CMPIPort *cmpi_port_make(H user, H collective, H control, bool crowded) {
    CMPIPort *port = calloc(1, sizeof *port);
    if (port == NULL) abort();
    port->communicators[0] = user, port->communicators[1] = collective, port->communicators[2] = control;
    port->crowded = crowded;
    port->spins = crowded ? 4 : 1000;
    return port;
}

H cmpi_port_communicator(const CMPIPort *port, int channel) { return port->communicators[channel]; }

static void release(CMPIPort *port) {
    for (Block *block = port->blocks; block != NULL;) {
        Block *next = block->next;
        free(block);
        block = next;
    }
    free(port);
}

void cmpi_port_free(CMPIPort *port) {
    cmpi_rings_free(port);
    // The library may still write into the slot of an operation that has not ended: the last one to end frees the port.
    port->closed = true;
    if (port->live == 0) release(port);
}

CMPISlot *cmpi_take_slot(CMPIPort *port) {
    if (port->unused == NULL) {
        Block *block = malloc(sizeof *block);
        if (block == NULL) abort();
        block->next = port->blocks;
        port->blocks = block;
        for (int i = 0; i < slotsInBlock; i++) {
            block->slots[i].next = port->unused;
            port->unused = &block->slots[i];
        }
    }
    CMPISlot *slot = port->unused;
    port->unused = slot->next;
    port->live++;
    memset(slot, 0, sizeof *slot);
    return slot;
}

void cmpi_give_slot(CMPIPort *port, CMPISlot *slot) {
    slot->next = port->unused;
    port->unused = slot;
    if (--port->live == 0 && port->closed) release(port);
}

int64_t cmpi_slot_count(const CMPISlot *slot) { return slot->count; }

static int many_type(int64_t count, H element, int64_t size, int *elements, H *type, bool *made);

int cmpi_bytes_type(int64_t count, int *elements, H *type, bool *made) {
    *made = false;
    if (__builtin_expect(count <= countBound, 1)) {
        *elements = (int)count;
        *type = cmpi_table.byte;
        return 0;
    }
    return many_type(count, cmpi_table.byte, 1, elements, type, made);
}

int cmpi_elements_type(int64_t count, int scalar, int *elements, H *type, bool *made) {
    static const int sizes[CMPI_TYPE_COUNT] = {1, 2, 4, 8, 1, 2, 4, 8, 4, 8};
    if (scalar < 0) return cmpi_bytes_type(count, elements, type, made);
    *made = false;
    if (count <= countBound) {
        *elements = (int)count;
        *type = cmpi_table.types[scalar];
        return 0;
    }
    return many_type(count, cmpi_table.types[scalar], sizes[scalar], elements, type, made);
}

static int many_type(int64_t count, H element, int64_t size, int *elements, H *type, bool *made) {
    int64_t unit = countBound < (1 << 30) ? countBound : (1 << 30), whole = count / unit, rest = count % unit;
    H parts[2] = {0, 0}, chunk = 0;
    int lengths[2] = {1, 1}, code;
    Aint places[2] = {0, (Aint)(whole * unit * size)};
    if (whole > INT32_MAX) return CMPI_MISSING;
    *type = 0;
    if ((code = MPI(Type_contiguous)((int)unit, element, &chunk)) != 0) return code;
    code = MPI(Type_contiguous)((int)whole, chunk, &parts[0]);
    MPI(Type_free)(&chunk);
    if (code != 0) return code;
    if (rest > 0) {
        if ((code = MPI(Type_contiguous)((int)rest, element, &parts[1])) == 0) {
            // Handles in an array lie as the library lays them out.
            int narrow[2] = {(int)parts[0], (int)parts[1]};
            const void *handles = cmpi_family() == CMPIFamilyMPICH ? (const void *)narrow : (const void *)parts;
            code = MPI(Type_create_struct)(2, lengths, places, handles, type);
            MPI(Type_free)(&parts[1]);
        }
        MPI(Type_free)(&parts[0]);
        if (code != 0) return code;
    } else {
        *type = parts[0];
    }
    if ((code = MPI(Type_commit)(type)) != 0) return code;
    *elements = 1;
    *made = true;
    return 0;
}

// MARK: Starting

int cmpi_isend(H communicator, const void *bytes, int64_t count, int rank, int tag, H *request) {
    int elements, code;
    H type;
    bool made;
    if ((code = cmpi_bytes_type(count, &elements, &type, &made)) != 0) return code;
    code = MPI(Isend)(bytes, elements, type, rank, tag, communicator, request);
    if (made) MPI(Type_free)(&type);
    return code;
}

int cmpi_irecv(H communicator, void *bytes, int64_t count, int rank, int tag, H *request) {
    int elements, code;
    H type;
    bool made;
    if ((code = cmpi_bytes_type(count, &elements, &type, &made)) != 0) return code;
    code = MPI(Irecv)(bytes, elements, type, rank, tag, communicator, request);
    if (made) MPI(Type_free)(&type);
    return code;
}

// A slot for what the library carries.
static CMPISlot *new_slot(CMPIPort *port, H request, int64_t count, int rank, int tag, bool isReceive) {
    CMPISlot *slot = cmpi_take_slot(port);
    slot->request = request, slot->count = count, slot->rank = rank, slot->tag = tag, slot->isReceive = isReceive;
    return slot;
}

int cmpi_start_send(CMPIPort *port, int channel, const void *bytes, int64_t count, int rank, int tag, CMPISlot **slot) {
    if (cmpi_has_rings(port, channel)) {
        cmpi_hold();
        int code = cmpi_rings_start_send(port, channel, bytes, count, rank, tag, slot);
        cmpi_release();
        return code;
    }
    *slot = new_slot(port, 0, count, rank, tag, false);
    int code = cmpi_isend(port->communicators[channel], bytes, count, rank, tag, &(*slot)->request);
    if (code != 0) cmpi_give_slot(port, *slot);
    return code;
}

int cmpi_start_receive(CMPIPort *port, int channel, void *bytes, int64_t count, int rank, int tag, CMPISlot **slot) {
    if (cmpi_has_rings(port, channel)) {
        cmpi_hold();
        cmpi_rings_start_receive(port, channel, bytes, count, rank, tag, slot);
        cmpi_release();
        return 0;
    }
    CMPISlot *s = *slot = new_slot(port, 0, count, rank < 0 ? cmpi_table.anySource : rank, tag < 0 ? cmpi_table.anyTag : tag, true);
    int code = cmpi_irecv(port->communicators[channel], bytes, count, s->rank, s->tag, &s->request);
    if (code != 0) cmpi_give_slot(port, s);
    return code;
}

// MARK: Ending

// Of messages received as bytes, whatever type they were made of.
static inline int64_t bytes_in(const CMPIStatus *status) {
    const char *bytes = (const char *)status;
    if (cmpi_table.statusCountHigh >= 0) {
        uint32_t low, high;
        memcpy(&low, bytes + cmpi_table.statusCount, sizeof low);
        memcpy(&high, bytes + cmpi_table.statusCountHigh, sizeof high);
        return (int64_t)((uint64_t)(high >> 1) << 32 | low);
    }
    int64_t count = 0;
    if (cmpi_table.statusCount >= 0) {
        memcpy(&count, bytes + cmpi_table.statusCount, sizeof count);
        return count;
    }
    return MPI(Get_elements_x)(status, cmpi_table.byte, &count) == 0 && count >= 0 ? count : 0;
}

static void read_status(const CMPIStatus *status, CMPIEnvelope *envelope) {
    memcpy(&envelope->rank, (const char *)status + cmpi_table.statusSource, sizeof(int));
    memcpy(&envelope->tag, (const char *)status + cmpi_table.statusTag, sizeof(int));
    envelope->byteCount = bytes_in(status);
}

// Ends an operation that the library keeps although it reports an error, so that the slot can be used again.
static bool end(CMPISlot *slot) {
    if (slot->request == 0 || slot->request == cmpi_table.noRequest) return true;
    MPI(Cancel)(&slot->request);
    double start = cmpi_now();
    for (;;) {
        CMPIStatus status;
        int done = 0, code = MPI(Test)(&slot->request, &done, &status);
        if (done || (code != 0 && slot->request == cmpi_table.noRequest)) return true;
        double now = cmpi_now();
        if (now - start > 0.2) return false;
        cmpi_back_off(now - start, now, start + 0.2, true);
    }
}

static int failed(CMPIPort *port, CMPISlot *slot, int code) {
    if (end(slot)) cmpi_give_slot(port, slot);
    return code;
}

static inline void say_what(const CMPISlot *slot, CMPIEnvelope *envelope) {
    envelope->rank = slot->rank, envelope->tag = slot->tag, envelope->byteCount = slot->isReceive ? slot->found : slot->count;
}

// While rings are held.
static inline int test(CMPIPort *port, CMPISlot *slot, CMPIEnvelope *envelope) {
    CMPIStatus status;
    int done = 0, code;
    if (slot->stage != atLibrary) {
        if (slot->stage != isOver) cmpi_rings_look(port);
        if (slot->stage == isOver) {
            say_what(slot, envelope);
            code = slot->code;
            port->idleSince = 0;
            cmpi_give_slot(port, slot);
            return code;
        }
        if (slot->stage != atLibrary) return CMPI_PENDING;
    }
    code = MPI(Test)(&slot->request, &done, &status);
    if (__builtin_expect(code != 0, 0)) {
        envelope->byteCount = slot->found;
        return failed(port, slot, code);
    }
    if (!done) {
        // Those who send to this rank wait where their rings are full.
        if (port->rings != NULL && (++port->tests & 15) == 0) cmpi_rings_look(port);
        return CMPI_PENDING;
    }
    if (slot->isReceive && !slot->isFound) {
        read_status(&status, envelope);
    } else {
        say_what(slot, envelope);
    }
    port->idleSince = 0;
    cmpi_give_slot(port, slot);  // last: it may free the port
    return 0;
}

static int wait_for(CMPIPort *port, CMPISlot *slot, double seconds, CMPIEnvelope *envelope) {
    int code = test(port, slot, envelope);
    if (code != CMPI_PENDING || seconds <= 0) return code;
    if (slot->since == 0) {
        for (int i = 0; i < port->spins; i++) {
            // A test makes the library progress, which is pause enough.
            if ((code = test(port, slot, envelope)) != CMPI_PENDING) return code;
        }
    }
    double now = cmpi_now(), until = now + seconds;
    if (slot->since == 0) slot->since = now;
    for (;;) {
        cmpi_back_off(now - slot->since, now, until, port->crowded);
        cmpi_rings_look_elsewhere(port);
        for (int i = 0; i < 4; i++) {
            if ((code = test(port, slot, envelope)) != CMPI_PENDING) return code;
            // Libraries yield in their tests.
            if (port->crowded && slot->stage != atLibrary) sched_yield();
        }
        if (slot->stage != atLibrary && now - slot->since > 1e-3 && (code = cmpi_rings_failure(port, slot->channel, slot->rank)) != 0) {
            cmpi_rings_forget(port, slot);
            envelope->byteCount = 0;
            return failed(port, slot, code);
        }
        now = cmpi_now();
        if (now >= until) return CMPI_PENDING;
    }
}

int cmpi_test(CMPIPort *port, CMPISlot *slot, CMPIEnvelope *envelope) {
    bool holds = port->rings != NULL;
    if (holds) cmpi_hold();
    int code = test(port, slot, envelope);
    if (holds) cmpi_release();
    return code;
}

int cmpi_wait(CMPIPort *port, CMPISlot *slot, double seconds, CMPIEnvelope *envelope) {
    bool holds = port->rings != NULL;
    if (holds) cmpi_hold();
    int code = wait_for(port, slot, seconds, envelope);
    if (holds) cmpi_release();
    return code;
}

// Most messages are through at once: those need no slot.

static int send_by_rings(
    CMPIPort *port, int channel, const void *bytes, int64_t count, int rank, int tag, double seconds, CMPISlot **slot) {
    CMPIEnvelope envelope;
    cmpi_hold();
    int code = cmpi_rings_send(port, channel, bytes, count, rank, tag);
    if (__builtin_expect(code == CMPI_PENDING, 0)) {
        code = cmpi_rings_start_send(port, channel, bytes, count, rank, tag, slot);
        if (code == 0) code = wait_for(port, *slot, seconds, &envelope);
    }
    port->idleSince = 0;
    cmpi_release();
    return code;
}

static int receive_by_rings(
    CMPIPort *port, int channel, void *bytes, int64_t count, int rank, int tag, double seconds, CMPISlot **slot, CMPIEnvelope *envelope) {
    cmpi_hold();
    int code = cmpi_rings_receive(port, channel, bytes, count, rank, tag, envelope);
    if (__builtin_expect(code == CMPI_PENDING, 0)) {
        cmpi_rings_start_receive(port, channel, bytes, count, rank, tag, slot);
        code = wait_for(port, *slot, seconds, envelope);
    }
    port->idleSince = 0;
    cmpi_release();
    return code;
}

int cmpi_send(
    CMPIPort *port, int channel, const void *bytes, int64_t count, int rank, int tag, double seconds, CMPISlot **slot) {
    CMPIEnvelope envelope;
    int code, done = 0;
    if (cmpi_has_rings(port, channel)) return send_by_rings(port, channel, bytes, count, rank, tag, seconds, slot);
    if (__builtin_expect(count > countBound, 0)) {
        code = cmpi_start_send(port, channel, bytes, count, rank, tag, slot);
        return code == 0 ? cmpi_wait(port, *slot, seconds, &envelope) : code;
    }
    H request = 0;
    code = MPI(Isend)(bytes, (int)count, cmpi_table.byte, rank, tag, port->communicators[channel], &request);
    if (__builtin_expect(code != 0, 0)) return code;
    port->idleSince = 0;
    if (cmpi_table.doneRequest != 0 && request == cmpi_table.doneRequest) return 0;
    CMPIStatus status;
    code = MPI(Test)(&request, &done, &status);
    if (__builtin_expect(code == 0 && done, 1)) return 0;
    *slot = new_slot(port, request, count, rank, tag, false);
    if (code != 0) return failed(port, *slot, code);
    return cmpi_wait(port, *slot, seconds, &envelope);
}

int cmpi_receive(
    CMPIPort *port, int channel, void *bytes, int64_t count, int rank, int tag, double seconds, CMPISlot **slot, CMPIEnvelope *envelope) {
    int code, done = 0;
    if (cmpi_has_rings(port, channel)) return receive_by_rings(port, channel, bytes, count, rank, tag, seconds, slot, envelope);
    if (__builtin_expect(count > countBound, 0)) {
        code = cmpi_start_receive(port, channel, bytes, count, rank, tag, slot);
        return code == 0 ? cmpi_wait(port, *slot, seconds, envelope) : code;
    }
    int source = rank < 0 ? cmpi_table.anySource : rank, label = tag < 0 ? cmpi_table.anyTag : tag;
    H request = 0;
    code = MPI(Irecv)(bytes, (int)count, cmpi_table.byte, source, label, port->communicators[channel], &request);
    if (__builtin_expect(code != 0, 0)) return code;
    CMPIStatus status;
    for (int i = 0; i < port->spins; i++) {
        code = MPI(Test)(&request, &done, &status);
        if (__builtin_expect(code != 0, 0)) break;
        if (done) {
            read_status(&status, envelope);
            port->idleSince = 0;
            return 0;
        }
    }
    *slot = new_slot(port, request, count, source, label, true);
    if (code != 0) return failed(port, *slot, code);
    (*slot)->since = cmpi_now();
    return cmpi_wait(port, *slot, seconds, envelope);
}

bool cmpi_cancel(CMPIPort *port, CMPISlot *slot) {
    if (slot->stage != atLibrary && port->rings != NULL) {
        cmpi_hold();
        cmpi_rings_forget(port, slot);
        cmpi_release();
    }
    bool ended = end(slot);
    if (ended) cmpi_give_slot(port, slot);
    return ended;
}

int cmpi_probe(CMPIPort *port, int channel, int rank, int tag, CMPIEnvelope *envelope) {
    CMPIStatus status;
    int found = 0, code;
    if (cmpi_has_rings(port, channel)) {
        cmpi_hold();
        code = cmpi_rings_probe(port, channel, rank, tag, envelope);
        if (code != CMPI_PENDING) port->idleSince = 0;
        cmpi_release();
        return code;
    }
    code = MPI(Iprobe)(
        rank < 0 ? cmpi_table.anySource : rank, tag < 0 ? cmpi_table.anyTag : tag, port->communicators[channel], &found, &status);
    if (code != 0) return code;
    if (!found) return CMPI_PENDING;
    read_status(&status, envelope);
    port->idleSince = 0;
    return 0;
}

void cmpi_pause(CMPIPort *port, double seconds) {
    double now = cmpi_now();
    if (port->idleSince == 0) port->idleSince = now;
    cmpi_back_off(now - port->idleSince, now, now + seconds, port->crowded);
    cmpi_rings_look_elsewhere(NULL);
}
