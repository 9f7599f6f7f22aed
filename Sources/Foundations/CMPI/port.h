// What a port and its operations are made of.
#pragma once

#include "calls.h"

// How far an operation is: the library has it; a receive that no message has been found for; a send that waits for room in a ring; over.
typedef enum Stage { atLibrary, isPosted, isQueued, isOver } Stage;

struct CMPISlot {
    H request;
    CMPISlot *next;  // of the unused; or of those in one list
    void *bytes;
    int64_t count;  // of the place, or of what is sent
    int64_t found;  // of the message that a receive has
    double since;  // when somebody began to wait for it; 0: nobody has
    int rank, tag;  // of what is sent, wanted (as the library says "any" where it has the request), or found
    int code;  // of what is over
    Stage stage;
    unsigned char channel;
    bool isReceive;
    bool isFound;  // of a receive: rank, tag and count were told by a record
    uint16_t label;  // of a send by the library that a record announces
    bool isAnnounced;
};

typedef struct Block Block;
typedef struct Rings Rings;

struct CMPIPort {
    H communicators[3];
    CMPISlot *unused;
    Block *blocks;
    Rings *rings;  // none: the library carries everything
    double idleSince;
    int spins;
    unsigned tests;  // that said: not yet
    int64_t live;  // operations that have not ended
    bool crowded, closed;
};

// A slot of zeros: at the library, without a request.
CMPISlot *cmpi_take_slot(CMPIPort *port);
void cmpi_give_slot(CMPIPort *port, CMPISlot *slot);
// The library's calls for any count of bytes; ranks and tags as the library says "any".
int cmpi_isend(H communicator, const void *bytes, int64_t count, int rank, int tag, H *request);
int cmpi_irecv(H communicator, void *bytes, int64_t count, int rank, int tag, H *request);

// MARK: Rings. Called while they are held (cmpi_hold), but for the last two; they have the channels of users and collectives.

static inline bool cmpi_has_rings(const CMPIPort *port, int channel) { return port->rings != NULL && channel < 2; }

// One thread at a time may be in a port; another one that waits elsewhere may look after its rings, where threads may call MPI at one time.
void cmpi_hold(void);
void cmpi_release(void);

int cmpi_rings_start_send(CMPIPort *port, int channel, const void *bytes, int64_t count, int rank, int tag, CMPISlot **slot);
void cmpi_rings_start_receive(CMPIPort *port, int channel, void *bytes, int64_t count, int rank, int tag, CMPISlot **slot);
// Short messages for which there is room, and short ones that come at once: 0, or an error; CMPI_PENDING: nothing was done.
int cmpi_rings_send(CMPIPort *port, int channel, const void *bytes, int64_t count, int rank, int tag);
int cmpi_rings_receive(CMPIPort *port, int channel, void *bytes, int64_t count, int rank, int tag, CMPIEnvelope *envelope);
// Moves what can be moved; now and then lets the library do so.
void cmpi_rings_look(CMPIPort *port);
// The library's code where it knows of a reason for which nothing can come from the rank, or go to it; else 0.
int cmpi_rings_failure(CMPIPort *port, int channel, int rank);
int cmpi_rings_probe(CMPIPort *port, int channel, int rank, int tag, CMPIEnvelope *envelope);
// Takes an operation out of the lists.
void cmpi_rings_forget(CMPIPort *port, CMPISlot *slot);
void cmpi_rings_free(CMPIPort *port);
// Looks after the rings of another port than the one that waits.
void cmpi_rings_look_elsewhere(const CMPIPort *port);
