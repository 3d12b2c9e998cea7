/*
 * The ring behind a call that may have changed something: it tells the
 * streams, after the call's commit and in the same flush.
 */
#ifndef PGBELL_API_RING_H
#define PGBELL_API_RING_H

#include "cgi/api/connection.h"

/* Queue it behind a call's sync, with a sync of its own.  False where the connection broke. */
bool ring_send(const struct connection *connection) __attribute__((warn_unused_result));

/*
 * Take its results up to its sync, when the call's have been taken.  False
 * where the connection is not to be kept; that it failed is in the log.
 */
bool ring_collect(struct connection *connection, int64_t deadline_ms)
    __attribute__((warn_unused_result));

#endif
