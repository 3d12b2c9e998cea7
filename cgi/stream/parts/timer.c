/*
 * The one place where microseconds become what libevent takes.  By default it reads the kernel's
 * coarse clock, which steps every four milliseconds (CONFIG_HZ=250), and so long a look would be
 * late that is due in half a one.
 */
#include "cgi/stream/parts/timer.h"

#include <stdlib.h>

struct event_base *
timer_make_loop(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	if (config != NULL && event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER) == 0)
		base = event_base_new_with_config(config);
	if (config != NULL)
		event_config_free(config);
	return base;
}

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
