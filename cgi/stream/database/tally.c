/* Halved when it is full, so that it follows what has changed and forgets what was. */
#include "cgi/stream/database/tally.h"

void
tally_note(struct tally *tally, bool is_here)
{
	if (tally->found == TALLY_MAX) {
		tally->found /= 2;
		tally->here /= 2;
	}
	tally->found++;
	tally->here += is_here;
}

bool
tally_pays(const struct tally *tally)
{
	return tally->here * TALLY_SHARE >= tally->found;
}
