/*
 * A vector that keeps its size: the memory that a turn frees stays readable
 * whole until then, for callers that still hold it.
 */
#include "cgi/stream/parts/deferred_free.h"

#include <stdlib.h>

static void **given;
static size_t given_count, given_capacity;

void
deferred_free(void *memory)
{
	if (memory == NULL)
		return;
	if (given_count == given_capacity) {
		given_capacity = given_capacity == 0 ? 64 : 2 * given_capacity;
		given = reallocarray(given, given_capacity, sizeof(*given));
		if (given == NULL)
			abort();
	}
	given[given_count++] = memory;
}

void
deferred_free_now(void)
{
	while (given_count > 0)
		free(given[--given_count]);
}
