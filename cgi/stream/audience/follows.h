/*
 * Follows: whether those who follow a topic here still may.  It is asked by
 * pairs of a person and a topic, each once however many streams it has, and
 * of all visitors together, who are nobody.
 */
#ifndef PGBELL_FOLLOWS_H
#define PGBELL_FOLLOWS_H

#include <stdbool.h>

#include "cgi/stream/audience/address.h"
#include "cgi/stream/audience/client.h"
#include "cgi/stream/parts/array.h"

#define FOLLOWS_PAIRS_MAX 512 /* that are asked about at once, when all goes well */

struct follows {
	struct addresses *addresses;
	size_t most;   /* pairs in the next batch */
	size_t pairs;  /* in the batch under way */
	uint32_t mark; /* of the persons that the batch has for its last topic */
};

/* Of these, which are borrowed. */
void follows_init(struct follows *follows, struct addresses *addresses);

/* Others may follow this topic now: of everybody who does it is asked again. */
void follows_ring(struct topic *topic);

/*
 * Take pairs as a batch: append their users, NULL for a visitor, and their topics.  Returns how
 * many.  A batch must be finished or returned before the next.
 */
size_t follows_take(struct follows *follows, struct array *users, struct array *topics);

/* It has been answered. */
void follows_finish(struct follows *follows);

/* It has not: all of it is asked about again, in two batches. */
void follows_return(struct follows *follows);

/* This person, or any visitor (NULL), may follow this topic no more. */
void follows_lose(struct follows *follows, const char *user, const char *topic);

#endif
