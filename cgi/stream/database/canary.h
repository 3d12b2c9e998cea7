/*
 * The canary: a doorbell that a process rings for itself, to see that what is rung arrives.
 * One flies every period, and is looked for every half of one: overdue after one and a half,
 * we no longer say that all is well; after two it is lost, and so is the connection.
 *
 * Pure: the caller tells the time, in milliseconds of a clock that never steps.
 */
#ifndef PGBELL_CANARY_H
#define PGBELL_CANARY_H

#include <stdbool.h>
#include <stdint.h>

#define CANARY_LATE_MS 100 /* that one may come behind its time on a busy machine */
#define CANARY_BYTES 64    /* of its payload, NUL included */

struct canary {
	char payload[CANARY_BYTES]; /* no other process has the same */
	int period_s;
	int64_t seen_at_ms; /* when one came back or was refused, or the waiting for it began */
	bool is_owed;       /* one is to be sent */
	bool is_refused;    /* the last one was: nobody can notify */
	bool is_odd;        /* of two looks every other sends one */
};

/* Make one with a payload of its own.  Out of memory, or of chance, ends the process. */
void canary_init(struct canary *canary, int period_s);

/* Begin to wait for one; nothing is known of what is rung. */
void canary_begin(struct canary *canary, int64_t now_ms);

/* Look for it, once each half of a period: another one is to be sent every second time. */
void canary_look(struct canary *canary);

/* It has come back; or it was refused, since the queue of notifications is full. */
void canary_return(struct canary *canary, int64_t now_ms);
void canary_refuse(struct canary *canary, int64_t now_ms);

/* Whether it has been away for two periods. */
bool canary_is_lost(const struct canary *canary, int64_t now_ms);

/* Whether it is neither overdue nor refused. */
bool canary_is_well(const struct canary *canary, int64_t now_ms);

#endif
