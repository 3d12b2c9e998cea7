/*
 * A drain: all streams of a hub are ended over a while, so that they do not all come back at
 * once.
 */
#ifndef PGBELL_DRAIN_H
#define PGBELL_DRAIN_H

#include "cgi/stream/audience/hub.h"

#define DRAIN_STEP_MS 50

/* All zeroes is one that has not begun. */
struct drain {
	struct hub *hub;
	const struct retry *retry;
	struct event *timer; /* owned; NULL: it has not begun */
	size_t step;         /* streams that are ended at a time */
	int ms_left;
};

/*
 * Begin with the first of so many streams, and end the last within so many seconds; they come
 * back within retry.  hub and retry are borrowed.  Out of memory ends the process.
 */
void drain_begin(struct drain *drain, struct event_base *base, struct hub *hub, size_t streams,
    int seconds, const struct retry *retry);

/* Whether it has begun; and whether it has, and no peer is left or has any more time. */
bool drain_has_begun(const struct drain *drain);
bool drain_is_over(const struct drain *drain);

/* Release what it owns; may be called twice. */
void drain_clear(struct drain *drain);

#endif
