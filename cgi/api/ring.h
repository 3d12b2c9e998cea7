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

/*
 * Queue it behind a call's sync, with a sync of its own, as a prepared statement or
 * not.  False where the connection broke.
 */
bool ring_send(struct connection *connection, bool prepare) __attribute__((warn_unused_result));

/*
 * Take what comes of the rings that are due, until only so many of them are,
 * or the time is over (0: do not wait).  That one failed is in the log and in
 * connection->ring_failed.
 */
enum ring_state ring_collect(struct connection *connection, unsigned left, int64_t deadline_ms)
    __attribute__((warn_unused_result));

/* Whether another one can be sent before this one's results have been taken. */
bool ring_is_prepared(const struct connection *connection);

#endif
