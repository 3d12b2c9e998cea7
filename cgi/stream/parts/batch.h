/*
 * A batch: arrays of one length, with an element of each for every one of the things
 * that a statement is about.  They are its first parameters, in their order.
 */
#ifndef PGBELL_BATCH_H
#define PGBELL_BATCH_H

#include "cgi/stream/parts/array.h"

#define BATCH_ARRAYS_MAX 6

/* All zeroes is an empty one. */
struct batch {
	struct array arrays[BATCH_ARRAYS_MAX];
};

/* Put the first count of its arrays into values; they are the batch's, as array_format() says. */
void batch_format(struct batch *batch, size_t count, const char *values[]);

/* Make it empty, keeping its memory. */
void batch_reset(struct batch *batch);

/* Release what it owns; may be called twice. */
void batch_clear(struct batch *batch);

#endif
