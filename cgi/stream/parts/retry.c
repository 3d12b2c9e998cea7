/* main() has seeded random(): processes that are started together choose other times. */
#include "cgi/stream/parts/retry.h"

#include <stdlib.h>

unsigned
retry_choose_ms(const struct retry *retry)
{
	return retry->min_ms + (unsigned)random() % (retry->max_ms - retry->min_ms + 1);
}
