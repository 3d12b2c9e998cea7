/*
 * A borrowed run of bytes, without a NUL at its end.  It is valid as long as the
 * memory that it points into.  Parsers return spans instead of copies.
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

/* A span of a NUL-terminated string; of NULL an empty one. */
static inline struct span
span_of(const char *string)
{
	return (struct span){ string, string == NULL ? 0 : strlen(string) };
}

/* Whether the bytes are those of a NUL-terminated string. */
static inline bool
span_equals(struct span a, const char *string)
{
	size_t len = strlen(string);

	return a.len == len && (len == 0 || memcmp(a.at, string, len) == 0);
}

#endif
