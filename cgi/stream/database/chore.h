/*
 * A chore: what the reader asks besides events, and what no event is to wait
 * for.  When it may be asked: at once or a moment after it came up, so that
 * one serves many; and when it was hindered, by a lock or by its time being
 * up, after a pause that grows.
 *
 * Pure: the caller tells the time, in microseconds of a clock that never
 * steps.  All zeroes is one that has not come up.
 */
#ifndef PGBELL_CHORE_H
#define PGBELL_CHORE_H

#include <stdbool.h>
#include <stdint.h>

#define CHORE_PAUSE_MIN_US 200000
#define CHORE_PAUSE_MAX_US 1000000

struct chore {
	int64_t due_at_us; /* 0: it has not come up */
	int64_t pause_us;  /* of the last time it was hindered; 0: it was not */
};

/*
 * How long until it may be asked, where there is something to ask; 0: now.
 * delay_us: the moment that it waits for others from when it came up.
 */
int64_t chore_wait_us(struct chore *chore, int64_t delay_us, int64_t now_us);

/* There is nothing to ask: when there is, it comes up anew. */
void chore_forget(struct chore *chore);

/* It was hindered, or it was not. */
void chore_hinder(struct chore *chore, int64_t now_us);
void chore_settle(struct chore *chore);

#endif
