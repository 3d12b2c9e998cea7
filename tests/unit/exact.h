/*
 * Input for parsers in a block of exactly its size, so that AddressSanitizer
 * sees a read of one byte too many.
 */
#ifndef PGBELL_TESTS_EXACT_H
#define PGBELL_TESTS_EXACT_H

#include <stdlib.h>

#include "common/span.h"

#define EXACT_MAX 8

static void *exact_blocks[EXACT_MAX];
static size_t exact_next;

/* A copy of len bytes, good until EXACT_MAX further ones were made. */
static inline struct span
exact_bytes(const char *bytes, size_t len)
{
	size_t i = exact_next++ % EXACT_MAX;

	free(exact_blocks[i]);
	exact_blocks[i] = malloc(len == 0 ? 1 : len);
	if (exact_blocks[i] == NULL)
		abort();
	if (len > 0)
		memcpy(exact_blocks[i], bytes, len);
	return (struct span){ exact_blocks[i], len };
}

static inline struct span
exact(const char *string)
{
	return exact_bytes(string, strlen(string));
}

#endif
