/*
 * The pace of reads: on average the pause behind a read is five times as long as the read.  Time
 * that was not used is saved up to a limit, so an address that is rung now and then
 * is read at once; under rings without end a read serves many, and the
 * database is not asked all the time.  The machine and its load decide what is often and
 * what is slow, not a setting.
 *
 * Pure: the caller tells the time, in microseconds of a clock that never
 * steps.  All zeroes is a pace that has saved all it can.
 */
#ifndef PGBELL_PACE_H
#define PGBELL_PACE_H

#include <stdint.h>

#define PACE_PAUSE_OF_READ 5    /* behind a read: so many times its length */
#define PACE_PAUSE_MAX_US 20000 /* and no longer than this, however slow the database */
#define PACE_SAVED_MAX_US 50000

struct pace {
	int64_t began_us;
	int64_t paid_at_us; /* when the pauses for all that was read are over */
};

/* A read is asked for. */
void pace_begin(struct pace *pace, int64_t now_us);

/* Its answer has been dealt with. */
void pace_finish(struct pace *pace, int64_t now_us);

/* How long the pause before the next still is; 0: it is over. */
int64_t pace_pause_us(const struct pace *pace, int64_t now_us);

#endif
