/*
 * Problem details for HTTP APIs (RFC 9457): the body of every refusal.
 */
#ifndef PGBELL_PROBLEM_H
#define PGBELL_PROBLEM_H

#include <stddef.h>

#define PROBLEM_MEDIA_TYPE "application/problem+json"

/*
 * A refused value: a member of the body, given by a JSON pointer (RFC 6901), or a
 * query parameter, given by its name.
 */
struct problem_field {
	const char *pointer;
	const char *detail;
	const char *parameter; /* not NULL: a query parameter; pointer is not used then */
};

struct problem {
	int status;         /* the HTTP status */
	const char *slug;   /* last part of type, "not-found" (at most 63 bytes);
			       NULL: the status's reason phrase */
	const char *detail; /* a sentence about this case, or NULL */
	const struct problem_field *fields;
	size_t field_count;
};

/*
 * Make the problem's JSON text: type ("urn:pgbell:problem:<slug>"), title, status,
 * detail, and errors [{pointer or parameter, detail}] where there are fields.  All
 * texts are UTF-8.  The caller frees it.  Out of memory ends the process.
 */
char *problem_format(const struct problem *problem);

#endif
