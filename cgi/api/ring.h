/*
 * The ring behind a call that may have changed something: it tells the
 * streams, after the call's commit and in the same flush.  Nobody waits for
 * it: the call is answered, and what became of the ring is seen at the next.
 */
#ifndef PGBELL_API_RING_H
#define PGBELL_API_RING_H

#include "cgi/api/connection.h"

enum ring_state {
	RING_OVER, /* all that is known of them is known */
	RING_ON,   /* they take longer */
	RING_LOST, /* the connection has broken */
};

/* Of one connection; all zeroes for a new one.  Its members are ring.c's alone. */
struct ring {
	unsigned due; /* sent, and with results still to come */
	bool failed;  /* one of them */
};

/*
 * Queue it behind a call's sync, with a sync of its own.  False where the
 * connection broke.
 */
bool ring_queue(struct ring *ring, struct connection *connection)
    __attribute__((warn_unused_result));

/*
 * Take what comes of the rings that are due, until only so many of them are,
 * or the time is over (0: do not wait).  That one failed is in the log, and
 * ring_has_failed() tells.
 */
enum ring_state ring_collect(struct ring *ring, struct connection *connection, unsigned left,
    int64_t deadline_ms) __attribute__((warn_unused_result));

bool ring_is_due(const struct ring *ring);

/* Whether one did: the connection is not to be kept. */
bool ring_has_failed(const struct ring *ring);

/* Whether another one can be sent before this one's results have been taken. */
bool ring_is_prepared(const struct connection *connection);

#endif
