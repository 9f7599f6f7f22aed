// Short messages between the processes of one machine, through memory that they share; and the order of all messages between them.
//
// From each process to each other one there is a ring of lines of 64 bytes, with one writer and one reader. Whatever is sent to a process
// puts a record into its ring: tag, length, and the bytes themselves if they are few, else the label under which the library brings them.
// So the reader matches messages and receives in the order of the records, and the library has nothing to match but labels.
//
// A record is whole when its first word is its place + 1, counted in lines since the ring was made. Lines that the reader has done with hold
// 0 there, or the place of a line before: neither is ever taken for a record that is still to come.
#define _GNU_SOURCE
#include "port.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    lineBytes = 64,
    linesInRing = 256,
    recordLimit = 4032,  // bytes of a message that fits a record; a quarter of a ring
    linesGivenBack = 64,
    labels = 32768,  // what every library takes as a tag
};

typedef struct Record {
    _Atomic uint64_t turn;
    int64_t count;
    int32_t tag;
    uint16_t label;
    unsigned char channel;
    bool isAtLibrary;
} Record;

typedef struct Ring {
    _Alignas(128) _Atomic uint64_t taken;  // lines that the reader has given back
    _Alignas(128) unsigned char lines[linesInRing * lineBytes];
} Ring;

typedef struct Outbound {
    Ring *ring;
    uint64_t written, taken;
    CMPISlot *first, *last;  // sends that wait for room
    uint16_t labels[2];
} Outbound;

typedef struct Inbound {
    Ring *ring;
    uint64_t read, told;
} Inbound;

// One that nobody has asked for yet.
typedef struct Message {
    struct Message *next;
    Record record;
    int rank;
    unsigned char bytes[];
} Message;

struct Rings {
    int rank, size, spins;
    unsigned looks;
    int queued;
    Outbound *outbound;
    Inbound *inbound;
    Message *firstMessage[2], *lastMessage[2];
    CMPISlot *firstPosted[2], *lastPosted[2];
};

// The port that has rings, for those who wait elsewhere.
static CMPIPort *portWithRings;
static bool needsHolding;
static atomic_flag isHeld = ATOMIC_FLAG_INIT;

void cmpi_hold(void) {
    if (!needsHolding) return;
    while (atomic_flag_test_and_set_explicit(&isHeld, memory_order_acquire)) {}
}

void cmpi_release(void) {
    if (needsHolding) atomic_flag_clear_explicit(&isHeld, memory_order_release);
}

void cmpi_rings_look_elsewhere(const CMPIPort *port) {
    if (portWithRings == NULL || portWithRings == port) return;
    if (needsHolding && atomic_flag_test_and_set_explicit(&isHeld, memory_order_acquire)) return;
    if (portWithRings != NULL) cmpi_rings_look(portWithRings);
    cmpi_release();
}

// MARK: Making

int64_t cmpi_rings_byte_count(int ranks) { return (int64_t)sizeof(Ring) * ranks * ranks; }

void cmpi_port_use_rings(CMPIPort *port, void *memory, int rank, int ranks, bool threadsMeet) {
    Rings *rings = calloc(1, sizeof *rings);
    if (rings == NULL) abort();
    rings->rank = rank, rings->size = ranks, rings->spins = port->crowded ? 100 : 20000;
    rings->outbound = calloc((size_t)ranks, sizeof *rings->outbound);
    rings->inbound = calloc((size_t)ranks, sizeof *rings->inbound);
    if (rings->outbound == NULL || rings->inbound == NULL) abort();
    Ring *all = memory;
    for (int other = 0; other < ranks; other++) {
        rings->outbound[other].ring = &all[rank * ranks + other];
        rings->inbound[other].ring = &all[other * ranks + rank];
    }
    port->rings = rings;
    needsHolding = threadsMeet;
    portWithRings = port;
}

void cmpi_rings_free(CMPIPort *port) {
    Rings *rings = port->rings;
    if (rings == NULL) return;
    cmpi_hold();
    if (portWithRings == port) portWithRings = NULL;
    port->rings = NULL;
    cmpi_release();
    for (int channel = 0; channel < 2; channel++) {
        for (Message *message = rings->firstMessage[channel]; message != NULL;) {
            Message *next = message->next;
            free(message);
            message = next;
        }
    }
    free(rings->outbound);
    free(rings->inbound);
    free(rings);
}

// MARK: Writing

static inline Record *record_at(Ring *ring, uint64_t line) { return (Record *)(ring->lines + line % linesInRing * lineBytes); }

static inline uint64_t lines_of(int64_t inlineCount) { return (sizeof(Record) + (uint64_t)inlineCount + lineBytes - 1) / lineBytes; }

// False where there is no room.
static inline bool write_record(Outbound *to, const void *bytes, int64_t count, int tag, int channel, bool isAtLibrary, uint16_t label) {
    int64_t inlineCount = isAtLibrary ? 0 : count;
    uint64_t lines = lines_of(inlineCount);
    if (to->written + lines - to->taken > linesInRing) {
        to->taken = atomic_load_explicit(&to->ring->taken, memory_order_acquire);
        if (to->written + lines - to->taken > linesInRing) return false;
    }
    Record *record = record_at(to->ring, to->written);
    record->count = count, record->tag = tag, record->label = label, record->channel = (unsigned char)channel, record->isAtLibrary = isAtLibrary;
    if (inlineCount > 0) {
        unsigned char *place = (unsigned char *)(record + 1);
        size_t room = (size_t)(to->ring->lines + sizeof to->ring->lines - place), size = (size_t)inlineCount;
        if (size <= room) {
            memcpy(place, bytes, size);
        } else {
            memcpy(place, bytes, room);
            memcpy(to->ring->lines, (const unsigned char *)bytes + room, size - room);
        }
    }
    atomic_store_explicit(&record->turn, to->written + 1, memory_order_release);
    to->written += lines;
    return true;
}

// MARK: Reading

static inline Record *next_record(const Inbound *from) {
    Record *record = record_at(from->ring, from->read);
    return atomic_load_explicit(&record->turn, memory_order_acquire) == from->read + 1 ? record : NULL;
}

static inline void copy_out(const Ring *ring, const Record *record, void *bytes) {
    const unsigned char *place = (const unsigned char *)(record + 1);
    size_t room = (size_t)(ring->lines + sizeof ring->lines - place), size = (size_t)record->count;
    if (size <= room) {
        if (size > 0) memcpy(bytes, place, size);
    } else {
        memcpy(bytes, place, room);
        memcpy((unsigned char *)bytes + room, ring->lines, size - room);
    }
}

static inline void advance(Inbound *from, const Record *record) {
    uint64_t lines = lines_of(record->isAtLibrary ? 0 : record->count);
    for (uint64_t i = 1; i < lines; i++) atomic_store_explicit(&record_at(from->ring, from->read + i)->turn, 0, memory_order_relaxed);
    from->read += lines;
    if (from->read - from->told >= linesGivenBack) {
        from->told = from->read;
        atomic_store_explicit(&from->ring->taken, from->read, memory_order_release);
    }
}

// MARK: Matching

static inline bool matches(int wantedRank, int wantedTag, int rank, int tag) {
    return (wantedRank < 0 || wantedRank == rank) && (wantedTag < 0 || wantedTag == tag);
}

static void append(CMPISlot **first, CMPISlot **last, CMPISlot *slot) {
    slot->next = NULL;
    if (*first == NULL) *first = slot; else (*last)->next = slot;
    *last = slot;
}

static void remove_after(CMPISlot **first, CMPISlot **last, CMPISlot *before, CMPISlot *slot) {
    if (before == NULL) *first = slot->next; else before->next = slot->next;
    if (*last == slot) *last = before;
}

static void unlink_slot(CMPISlot **first, CMPISlot **last, CMPISlot *slot) {
    CMPISlot *before = NULL;
    for (CMPISlot *other = *first; other != slot; other = other->next) before = other;
    remove_after(first, last, before, slot);
}

static CMPISlot *take_posted(Rings *rings, int rank, const Record *record) {
    CMPISlot **first = &rings->firstPosted[record->channel], **last = &rings->lastPosted[record->channel], *before = NULL;
    for (CMPISlot *slot = *first; slot != NULL; before = slot, slot = slot->next) {
        if (!matches(slot->rank, slot->tag, rank, record->tag)) continue;
        remove_after(first, last, before, slot);
        return slot;
    }
    return NULL;
}

// A receive has found its message, whose bytes are in `ring`, or at `bytes`, or still to come.
static void found(CMPIPort *port, CMPISlot *slot, int rank, const Record *record, const Ring *ring, const void *bytes) {
    slot->rank = rank, slot->tag = record->tag, slot->found = record->count, slot->isFound = true;
    slot->stage = isOver;
    if (record->isAtLibrary) {
        H communicator = port->communicators[record->channel];
        slot->code = cmpi_irecv(communicator, slot->bytes, slot->count, rank, record->label, &slot->request);
        if (slot->code == 0) slot->stage = atLibrary;
    } else if (record->count > slot->count) {
        slot->code = CMPI_TRUNCATED;
    } else if (ring != NULL) {
        copy_out(ring, record, slot->bytes);
    } else if (record->count > 0) {
        memcpy(slot->bytes, bytes, (size_t)record->count);
    }
}

static Message *keep(Rings *rings, int rank, const Record *record) {
    size_t size = record->isAtLibrary ? 0 : (size_t)record->count;
    Message *message = malloc(sizeof *message + size);
    if (message == NULL) abort();
    int channel = record->channel;
    message->next = NULL, message->rank = rank;
    message->record.count = record->count, message->record.tag = record->tag, message->record.label = record->label;
    message->record.channel = record->channel, message->record.isAtLibrary = record->isAtLibrary;
    if (rings->firstMessage[channel] == NULL) rings->firstMessage[channel] = message; else rings->lastMessage[channel]->next = message;
    rings->lastMessage[channel] = message;
    return message;
}

static Message *find(const Rings *rings, int channel, int rank, int tag, Message **before) {
    *before = NULL;
    for (Message *message = rings->firstMessage[channel]; message != NULL; *before = message, message = message->next) {
        if (matches(rank, tag, message->rank, message->record.tag)) return message;
    }
    return NULL;
}

static void drop(Rings *rings, Message *message, Message *before) {
    int channel = message->record.channel;
    if (before == NULL) rings->firstMessage[channel] = message->next; else before->next = message->next;
    if (rings->lastMessage[channel] == message) rings->lastMessage[channel] = before;
    free(message);
}

static void read_ring(CMPIPort *port, int rank) {
    Rings *rings = port->rings;
    Inbound *from = &rings->inbound[rank];
    for (const Record *record; (record = next_record(from)) != NULL; advance(from, record)) {
        CMPISlot *slot = take_posted(rings, rank, record);
        if (slot != NULL) {
            found(port, slot, rank, record, from->ring, NULL);
        } else {
            Message *message = keep(rings, rank, record);
            if (!record->isAtLibrary) copy_out(from->ring, record, message->bytes);
        }
    }
}

// MARK: Progress

static void write_queued(Rings *rings) {
    for (int rank = 0; rank < rings->size && rings->queued > 0; rank++) {
        Outbound *to = &rings->outbound[rank];
        for (CMPISlot *slot; (slot = to->first) != NULL;) {
            if (!write_record(to, slot->bytes, slot->count, slot->tag, slot->channel, slot->isAnnounced, slot->label)) break;
            to->first = slot->next;
            if (to->first == NULL) to->last = NULL;
            slot->stage = slot->isAnnounced ? atLibrary : isOver;
            rings->queued--;
        }
    }
}

// What comes from `except` stays in its ring; less than 0: from nobody.
static void move(CMPIPort *port, int except) {
    Rings *rings = port->rings;
    for (int rank = 0; rank < rings->size; rank++) {
        if (rank != except) read_ring(port, rank);
    }
    if (rings->queued > 0) write_queued(rings);
}

static void let_library_move(CMPIPort *port) {
    if (port->communicators[2] == 0) return;
    CMPIStatus status;
    int flag = 0;
    MPI(Iprobe)(cmpi_table.anySource, cmpi_table.anyTag, port->communicators[2], &flag, &status);
}

void cmpi_rings_look(CMPIPort *port) {
    move(port, -1);
    if ((++port->rings->looks & 31) == 0) let_library_move(port);
}

int cmpi_rings_failure(CMPIPort *port, int channel, int rank) {
    if (port->communicators[channel] == 0) return 0;
    CMPIStatus status;
    int flag = 0;
    return MPI(Iprobe)(rank < 0 ? cmpi_table.anySource : rank, cmpi_table.anyTag, port->communicators[channel], &flag, &status);
}

// MARK: Operations

static CMPISlot *new_slot(CMPIPort *port, int channel, const void *bytes, int64_t count, int rank, int tag, bool isReceive) {
    CMPISlot *slot = cmpi_take_slot(port);
    slot->bytes = (void *)bytes, slot->count = count, slot->rank = rank, slot->tag = tag, slot->channel = (unsigned char)channel;
    slot->isReceive = isReceive;
    return slot;
}

// To oneself: a message without a ring.
static void send_home(CMPIPort *port, const CMPISlot *slot) {
    Record record = {.count = slot->count, .tag = slot->tag, .label = slot->label, .channel = slot->channel, .isAtLibrary = slot->isAnnounced};
    CMPISlot *receive = take_posted(port->rings, slot->rank, &record);
    if (receive != NULL) return found(port, receive, slot->rank, &record, NULL, slot->bytes);
    Message *message = keep(port->rings, slot->rank, &record);
    if (!record.isAtLibrary && record.count > 0) memcpy(message->bytes, slot->bytes, (size_t)record.count);
}

int cmpi_rings_start_send(CMPIPort *port, int channel, const void *bytes, int64_t count, int rank, int tag, CMPISlot **made) {
    Rings *rings = port->rings;
    Outbound *to = &rings->outbound[rank];
    H communicator = port->communicators[channel];
    if (count > recordLimit && communicator == 0) return CMPI_MISSING;
    CMPISlot *slot = new_slot(port, channel, bytes, count, rank, tag, false);
    if (count > recordLimit) {
        slot->isAnnounced = true;
        slot->label = to->labels[channel];
        to->labels[channel] = (uint16_t)((to->labels[channel] + 1) % labels);
    }
    slot->stage = slot->isAnnounced ? atLibrary : isOver;
    // Announced first: the receiver is ready when the bytes come.
    if (rank == rings->rank) {
        send_home(port, slot);
    } else if (to->first != NULL || !write_record(to, bytes, count, tag, channel, slot->isAnnounced, slot->label)) {
        slot->stage = isQueued;
        append(&to->first, &to->last, slot);
        rings->queued++;
    }
    int code = slot->isAnnounced ? cmpi_isend(communicator, bytes, count, rank, slot->label, &slot->request) : 0;
    if (code != 0) {
        cmpi_rings_forget(port, slot);
        cmpi_give_slot(port, slot);
        return code;
    }
    *made = slot;
    return 0;
}

void cmpi_rings_start_receive(CMPIPort *port, int channel, void *bytes, int64_t count, int rank, int tag, CMPISlot **made) {
    Rings *rings = port->rings;
    CMPISlot *slot = *made = new_slot(port, channel, bytes, count, rank, tag, true);
    Message *before, *message = find(rings, channel, rank, tag, &before);
    if (message != NULL) {
        found(port, slot, message->rank, &message->record, NULL, message->bytes);
        drop(rings, message, before);
    } else {
        slot->stage = isPosted;
        append(&rings->firstPosted[channel], &rings->lastPosted[channel], slot);
    }
}

int cmpi_rings_send(CMPIPort *port, int channel, const void *bytes, int64_t count, int rank, int tag) {
    Outbound *to = &port->rings->outbound[rank];
    if (count > recordLimit || to->first != NULL || rank == port->rings->rank) return CMPI_PENDING;
    return write_record(to, bytes, count, tag, channel, false, 0) ? 0 : CMPI_PENDING;
}

int cmpi_rings_receive(CMPIPort *port, int channel, void *bytes, int64_t count, int rank, int tag, CMPIEnvelope *envelope) {
    Rings *rings = port->rings;
    // Receives and messages that were there before come first.
    if (rank < 0 || rings->firstMessage[channel] != NULL || rings->firstPosted[channel] != NULL) return CMPI_PENDING;
    Inbound *from = &rings->inbound[rank];
    for (int i = 1; i <= rings->spins; i++) {
        const Record *record = next_record(from);
        if (record != NULL) {
            if (record->channel != channel || record->isAtLibrary || (tag >= 0 && record->tag != tag)) return CMPI_PENDING;
            envelope->rank = rank, envelope->tag = record->tag, envelope->byteCount = record->count;
            bool fits = record->count <= count;
            if (fits) copy_out(from->ring, record, bytes);
            advance(from, record);
            return fits ? 0 : CMPI_TRUNCATED;
        }
        if ((i & 63) == 0) move(port, rank);
        if ((i & 1023) == 0) let_library_move(port);
    }
    return CMPI_PENDING;
}

int cmpi_rings_probe(CMPIPort *port, int channel, int rank, int tag, CMPIEnvelope *envelope) {
    Message *before, *message;
    cmpi_rings_look(port);
    if ((message = find(port->rings, channel, rank, tag, &before)) == NULL) {
        // Pauses look, too, so looks say nothing of probes.
        int code = (++port->tests & 7) == 0 ? cmpi_rings_failure(port, channel, rank) : 0;
        return code != 0 ? code : CMPI_PENDING;
    }
    envelope->rank = message->rank, envelope->tag = message->record.tag, envelope->byteCount = message->record.count;
    return 0;
}

void cmpi_rings_forget(CMPIPort *port, CMPISlot *slot) {
    Rings *rings = port->rings;
    if (slot->stage == isPosted) {
        unlink_slot(&rings->firstPosted[slot->channel], &rings->lastPosted[slot->channel], slot);
    } else if (slot->stage == isQueued) {
        unlink_slot(&rings->outbound[slot->rank].first, &rings->outbound[slot->rank].last, slot);
        rings->queued--;
    } else {
        return;
    }
    // What the library has of it is for the caller to end.
    slot->stage = slot->isAnnounced ? atLibrary : isOver;
}
