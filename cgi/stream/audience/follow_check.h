/*
 * Follows: whether those who follow a topic here still may.  It is asked by
 * pairs of a person and a topic, each once however many streams it has, and
 * of all visitors together, who are nobody.
 */
#ifndef PGBELL_FOLLOW_CHECK_H
#define PGBELL_FOLLOW_CHECK_H

#include <stdbool.h>

#include "cgi/stream/audience/address.h"
#include "cgi/stream/audience/client.h"
#include "cgi/stream/parts/array.h"

#define FOLLOW_CHECK_PAIRS_MAX 512 /* that are asked about at once, when all goes well */

struct follow_check {
	struct addresses *addresses;
	size_t most;   /* pairs in the next batch */
	size_t pairs;  /* in the batch under way */
	uint32_t mark; /* of the persons that the batch has for its last topic */
};

/* Of these, which are borrowed. */
void follow_check_init(struct follow_check *check, struct addresses *addresses);

/* The right to follow this topic may have changed: all its followers are asked about again. */
void follow_check_ring(struct topic *topic);

/*
 * Take pairs as a batch: append their users, NULL for a visitor, and their topics.  Returns how
 * many.  A batch must be finished or returned before the next.
 */
size_t follow_check_take(struct follow_check *check, struct array *users, struct array *topics);

/* It has been answered. */
void follow_check_finish(struct follow_check *check);

/* It has not: all of it is asked about again, in two batches. */
void follow_check_return(struct follow_check *check);

/* This person, or any visitor (NULL), may follow this topic no more. */
void follow_check_lose(struct follow_check *check, const char *user, const char *topic);

#endif
