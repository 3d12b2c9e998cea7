/* What failed is tried with half as many rows, down to one.  The next trim goes by the whole again.
 * What is due goes on by so few until nothing is for a while: that one process finds none now may
 * be because another is at all of it. */
#include "cgi/stream/database/upkeep.h"

void
upkeep_init(struct upkeep *upkeep, bool trims)
{
	*upkeep = (struct upkeep){
		.wants_trim = trims,
		.has_trimmed = !trims,
		.trim_rows = UPKEEP_ROWS,
		.due_rows = UPKEEP_ROWS,
		.due_in_ms = -1,
	};
}

void
upkeep_begin_trim(struct upkeep *upkeep)
{
	upkeep->wants_trim = false;
}

void
upkeep_take_trim(struct upkeep *upkeep, bool has_more)
{
	upkeep->wants_trim = has_more;
	upkeep->trim_rows = UPKEEP_ROWS;
}

void
upkeep_fail_trim(struct upkeep *upkeep, bool is_wanted)
{
	upkeep->wants_trim = is_wanted;
	if (upkeep->trim_rows > 1)
		upkeep->trim_rows /= 2;
}

void
upkeep_begin_due(struct upkeep *upkeep)
{
	upkeep->wants_due = false;
	upkeep->due_in_ms = -1;
}

void
upkeep_take_due(struct upkeep *upkeep, int64_t in_ms)
{
	upkeep->due_in_ms = in_ms;
	if (in_ms < 0 || in_ms > UPKEEP_DUE_REST_MS)
		upkeep->due_rows = UPKEEP_ROWS;
}

void
upkeep_fail_due(struct upkeep *upkeep, bool is_wanted)
{
	upkeep->wants_due = is_wanted;
	if (upkeep->due_rows > 1)
		upkeep->due_rows /= 2;
}

int64_t
upkeep_due_wait_ms(const struct upkeep *upkeep)
{
	return upkeep->due_in_ms < 0 || upkeep->due_in_ms > UPKEEP_DUE_WAIT_MS ? UPKEEP_DUE_WAIT_MS
									       : upkeep->due_in_ms;
}

bool
upkeep_is_done(const struct upkeep *upkeep)
{
	return upkeep->has_trimmed && upkeep->has_done_due;
}
