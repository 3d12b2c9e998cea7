/*
 * The event loop, and its timers, which count microseconds.
 *
 * A timer comes once for each time that it is set, or
 * from then on again and again.  It is a libevent event: event_del() and
 * event_free() end it, and timer_set() takes one that was made with
 * evtimer_assign(), too.
 */
#ifndef PGBELL_TIMER_H
#define PGBELL_TIMER_H

#include <event2/event.h>
#include <stdint.h>

enum timer_kind { TIMER_ONCE, TIMER_AGAIN };

/* Make a loop; NULL where there is none to be had.  event_base_free() releases it. */
struct event_base *timer_make_loop(void);

/* Make one that is not set (POSIX has the name timer_create()).  Out of memory ends the process. */
struct event *timer_make(
    struct event_base *base, enum timer_kind kind, event_callback_fn on_time, void *owner);

/* Have it come so much later, in place of when it was to come; below 0 is at once. */
void timer_set(struct event *timer, int64_t us);

#endif
