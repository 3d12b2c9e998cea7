/* malloc_trim() looks through the whole heap, so it is asked for after a burst alone. */
#include "cgi/stream/parts/burst.h"

#include <malloc.h>

void
burst_settle(struct burst *burst, uint64_t sent_bytes)
{
	if (sent_bytes - burst->sent_bytes < BURST_BYTES)
		return;
	burst->sent_bytes = sent_bytes;
	(void)malloc_trim(0);
}
