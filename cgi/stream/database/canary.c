/* Its payload begins with a space, as no user's id does: payload.h. */
#include "cgi/stream/database/canary.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

void
canary_init(struct canary *canary, int period_s)
{
	uint64_t nonce;

	if (getrandom(&nonce, sizeof(nonce), 0) != sizeof(nonce))
		abort();
	*canary = (struct canary){ .period_s = period_s };
	snprintf(canary->payload, sizeof(canary->payload), " canary %ld %016" PRIx64,
	    (long)getpid(), nonce);
}

void
canary_begin(struct canary *canary, int64_t now_ms)
{
	canary->seen_at_ms = now_ms;
	canary->is_refused = canary->is_owed = false;
}

void
canary_look(struct canary *canary)
{
	canary->is_odd = !canary->is_odd;
	canary->is_owed |= canary->is_odd;
}

void
canary_return(struct canary *canary, int64_t now_ms)
{
	canary->seen_at_ms = now_ms;
	canary->is_refused = false;
}

void
canary_refuse(struct canary *canary, int64_t now_ms)
{
	canary->seen_at_ms = now_ms;
	canary->is_refused = true;
}

bool
canary_is_lost(const struct canary *canary, int64_t now_ms)
{
	return now_ms - canary->seen_at_ms + CANARY_LATE_MS >= INT64_C(2000) * canary->period_s;
}

/* Overdue is what a look has found missing, and what none has looked for yet. */
bool
canary_is_well(const struct canary *canary, int64_t now_ms)
{
	return !canary->is_refused &&
	       now_ms - canary->seen_at_ms < INT64_C(1500) * canary->period_s + CANARY_LATE_MS;
}
