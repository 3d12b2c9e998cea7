/*
 * A borrowed run of bytes: not NUL-terminated, owned by whoever owns the
 * memory that it points into.  Parsers hand these out instead of copies.
 */
#ifndef PGBELL_SPAN_H
#define PGBELL_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct span {
	const char *at;
	size_t len;
};

/* The bytes of a NUL-terminated string; NULL gives an empty span. */
static inline struct span
span_of(const char *string)
{
	return (struct span){ string, string == NULL ? 0 : strlen(string) };
}

static inline bool
span_equals(struct span a, const char *string)
{
	size_t len = strlen(string);

	return a.len == len && (len == 0 || memcmp(a.at, string, len) == 0);
}

#endif
