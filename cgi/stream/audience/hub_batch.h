/*
 * A batch of what the hub asks the database about, as the two arrays that
 * the statement takes: ids, and what is known of each.  All zeroes is an
 * empty one.
 */
#ifndef PGBELL_HUB_BATCH_H
#define PGBELL_HUB_BATCH_H

#include "cgi/stream/parts/array.h"

struct hub_batch {
	struct array ids; /* of addresses, of sessions, or of users that follow */
	struct array
	    known; /* the lowest number that a stream of each has; when it ends; the topic */
};

/* Make it empty, keeping its memory. */
void hub_batch_reset(struct hub_batch *batch);

/* Release what it owns; may be called twice. */
void hub_batch_clear(struct hub_batch *batch);

#endif
