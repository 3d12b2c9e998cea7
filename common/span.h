/*
 * A borrowed run of bytes, without a NUL at its end.  It is valid as long as the
 * memory that it points into.  Parsers return spans instead of copies.
 */
#ifndef PGBELL_SPAN_H
#define PGBELL_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

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

/* The same in any case of ASCII letters. */
static inline bool
span_equals_ignoring_case(struct span a, const char *string)
{
	return a.len == strlen(string) && (a.len == 0 || strncasecmp(a.at, string, a.len) == 0);
}

/*
 * Cut it at the first separator: returns what stands before it and leaves what stands behind.
 * Where there is no separator, returns all and leaves a span of NULL.
 */
static inline struct span
span_cut(struct span *in, char separator)
{
	const char *found = in->len == 0 ? NULL : memchr(in->at, separator, in->len);
	struct span before = *in;

	if (found == NULL) {
		*in = (struct span){ NULL, 0 };
		return before;
	}
	before.len = (size_t)(found - in->at);
	*in = (struct span){ found + 1, in->len - before.len - 1 };
	return before;
}

/* The span without blanks and tabs at its ends (OWS, RFC 9110 section 5.6.3). */
static inline struct span
span_trim(struct span in)
{
	while (in.len > 0 && (in.at[0] == ' ' || in.at[0] == '\t')) {
		in.at++;
		in.len--;
	}
	while (in.len > 0 && (in.at[in.len - 1] == ' ' || in.at[in.len - 1] == '\t'))
		in.len--;
	return in;
}

#endif
