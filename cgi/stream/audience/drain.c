/* Peers get as long as one may linger beyond the last step: then nobody is waited for. */
#include "cgi/stream/audience/drain.h"

#include "cgi/stream/parts/timer.h"

static void
on_step(int descriptor, short what, void *argument)
{
	struct drain *drain = argument;

	(void)descriptor;
	(void)what;
	hub_drain(drain->hub, drain->step, drain->retry);
	drain->ms_left -= DRAIN_STEP_MS;
}

void
drain_begin(struct drain *drain, struct event_base *base, struct hub *hub, size_t streams,
    int seconds, const struct retry *retry)
{
	const size_t steps = (size_t)seconds * 1000 / DRAIN_STEP_MS;

	*drain = (struct drain){
		.hub = hub,
		.retry = retry,
		.timer = timer_make(base, TIMER_AGAIN, on_step, drain),
		.step = streams / (steps > 0 ? steps : 1) + 1,
		.ms_left = (seconds + PEER_LINGER_S) * 1000,
	};
	timer_set(drain->timer, DRAIN_STEP_MS * INT64_C(1000));
	on_step(-1, 0, drain);
}

bool
drain_has_begun(const struct drain *drain)
{
	return drain->timer != NULL;
}

bool
drain_is_over(const struct drain *drain)
{
	return drain_has_begun(drain) && (peer_count() == 0 || drain->ms_left <= 0);
}

void
drain_clear(struct drain *drain)
{
	if (drain->timer != NULL)
		event_free(drain->timer);
	drain->timer = NULL;
}
