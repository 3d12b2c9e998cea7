/*
 * A vector that keeps its size: the memory that a turn frees stays readable
 * whole until the sweep, for callers that still hold it.
 */
#include "cgi/stream/grave.h"

#include <stdlib.h>

static void **buried;
static size_t buried_count, buried_capacity;

void
grave_bury(void *memory)
{
	if (memory == NULL)
		return;
	if (buried_count == buried_capacity) {
		buried_capacity = buried_capacity == 0 ? 64 : 2 * buried_capacity;
		buried = reallocarray(buried, buried_capacity, sizeof(*buried));
		if (buried == NULL)
			abort();
	}
	buried[buried_count++] = memory;
}

void
grave_sweep(void)
{
	while (buried_count > 0)
		free(buried[--buried_count]);
}
