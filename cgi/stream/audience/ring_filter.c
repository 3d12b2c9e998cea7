/* A bit for each value of a hash's low bits; many addresses may share one. */
#include "cgi/stream/audience/ring_filter.h"

#include <string.h>

void
ring_filter_clear(struct ring_filter *filter)
{
	memset(filter->bits, 0, sizeof(filter->bits));
}

void
ring_filter_add(struct ring_filter *filter, uint32_t hash)
{
	filter->bits[hash % RING_FILTER_BITS / 64] |= UINT64_C(1) << hash % 64;
}

void
ring_filter_add_all(struct ring_filter *filter)
{
	memset(filter->bits, 0xff, sizeof(filter->bits));
}

bool
ring_filter_has(const struct ring_filter *filter, uint32_t hash)
{
	return (filter->bits[hash % RING_FILTER_BITS / 64] >> hash % 64 & 1) != 0;
}
