/*
 * Asked without a pause, the reader would take a core for itself when every
 * commit rings, one person at a time, from the very writers who ring.
 */
#include "cgi/stream/database/pace.h"

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

void
pace_begin(struct pace *pace, int64_t now_us)
{
	pace->began_us = now_us;
	if (pace->paid_at_us < now_us - PACE_SAVED_MAX_US)
		pace->paid_at_us = now_us - PACE_SAVED_MAX_US;
}

void
pace_finish(struct pace *pace, int64_t now_us)
{
	int64_t read_us = now_us - pace->began_us;

	pace->paid_at_us += read_us + least(read_us * PACE_PAUSE_OF_READ, PACE_PAUSE_MAX_US);
	/* The pause for what was read before the savings were used up is not taken all at once. */
	pace->paid_at_us = least(pace->paid_at_us, now_us + PACE_PAUSE_MAX_US);
}

int64_t
pace_pause_us(const struct pace *pace, int64_t now_us)
{
	return pace->paid_at_us > now_us ? pace->paid_at_us - now_us : 0;
}
