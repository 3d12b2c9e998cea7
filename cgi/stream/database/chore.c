/* A chore that comes up again at once is not delayed again: it has served all that came meanwhile.
 */
#include "cgi/stream/database/chore.h"

int64_t
chore_wait_us(struct chore *chore, int64_t delay_us, int64_t now_us)
{
	if (chore->due_at_us == 0)
		chore->due_at_us = now_us + delay_us;
	return chore->due_at_us > now_us ? chore->due_at_us - now_us : 0;
}

void
chore_forget(struct chore *chore)
{
	chore->due_at_us = 0;
}

void
chore_hinder(struct chore *chore, int64_t now_us)
{
	chore->pause_us = chore->pause_us == 0 ? CHORE_PAUSE_MIN_US : 2 * chore->pause_us;
	if (chore->pause_us > CHORE_PAUSE_MAX_US)
		chore->pause_us = CHORE_PAUSE_MAX_US;
	chore->due_at_us = now_us + chore->pause_us;
}

void
chore_settle(struct chore *chore)
{
	chore->pause_us = 0;
}
