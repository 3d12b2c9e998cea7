/* The one place where microseconds become what libevent takes. */
#include "cgi/stream/parts/timer.h"

#include <stdlib.h>

struct event *
timer_make(struct event_base *base, enum timer_kind kind, event_callback_fn on_time, void *owner)
{
	struct event *timer =
	    event_new(base, -1, kind == TIMER_AGAIN ? EV_PERSIST : 0, on_time, owner);

	if (timer == NULL)
		abort();
	return timer;
}

void
timer_set(struct event *timer, int64_t us)
{
	struct timeval time = { 0, 0 };

	if (us > 0) {
		time.tv_sec = (time_t)(us / 1000000);
		time.tv_usec = (suseconds_t)(us % 1000000);
	}
	evtimer_add(timer, &time);
}
