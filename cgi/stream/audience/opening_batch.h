/* A batch of openings, as the arrays that the statement takes.  All zeroes is an empty one. */
#ifndef PGBELL_OPENING_BATCH_H
#define PGBELL_OPENING_BATCH_H

#include "cgi/stream/parts/array.h"

/* An element of each for each opening. */
struct opening_batch {
	struct array tokens, tickets; /* one of the two, or none */
	struct array afters;          /* the last number had of the person's log */
	struct array topics;          /* as topics_format() has them */
};

/* Make it empty, keeping its memory. */
void opening_batch_reset(struct opening_batch *batch);

/* Release what it owns; may be called twice. */
void opening_batch_clear(struct opening_batch *batch);

#endif
