/*
 * What one event stream, or one WebSocket, has told: how many of the bench's events, the sum of
 * their numbers, and whether their ids follow one another.
 *
 * An event of the bench has "n" in its data: a number by chance, whose
 * sum shows that each came exactly once, and "at": the time in microseconds
 * since 1970 when it was written.
 */
#ifndef PGBELL_BENCH_FEED_H
#define PGBELL_BENCH_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "common/span.h"
#include "tests/bench/histogram.h"

struct feed {
	uint64_t sum;
	uint32_t events;
	uint32_t gaps;   /* ids that did not follow the one before */
	int64_t id;      /* the last, 0: none yet */
	bool has_spoken; /* a whole line or message has come */
	char *rest;      /* owned: one that has begun, or NULL */
	size_t rest_length;
};

/* All zeroes is a stream that has not spoken. */

/* Take bytes that arrived at now_us; returns how many events were in them.  Times go to delays. */
unsigned feed_take(struct feed *feed, struct span bytes, int64_t now_us, struct histogram *delays);

/* The same of a piece of a WebSocket's message, which ends with it where it is whole. */
unsigned feed_take_message(
    struct feed *feed, struct span piece, bool is_whole, int64_t now_us, struct histogram *delays);

/* Forget the events that were counted, not where the stream stands. */
void feed_reset(struct feed *feed);

/* Release what is owned. */
void feed_clear(struct feed *feed);

#endif
