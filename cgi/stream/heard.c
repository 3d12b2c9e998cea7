/* A bit for each value of a hash's low bits. */
#include "cgi/stream/heard.h"

#include <string.h>

void
heard_clear(struct heard *heard)
{
	memset(heard->bits, 0, sizeof(heard->bits));
}

void
heard_add(struct heard *heard, uint32_t hash)
{
	heard->bits[hash % HEARD_BITS / 64] |= UINT64_C(1) << hash % 64;
}

void
heard_add_all(struct heard *heard)
{
	memset(heard->bits, 0xff, sizeof(heard->bits));
}

bool
heard_has(const struct heard *heard, uint32_t hash)
{
	return (heard->bits[hash % HEARD_BITS / 64] >> hash % 64 & 1) != 0;
}
