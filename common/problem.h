/*
 * Problem details for HTTP APIs (RFC 9457): the body of every refusal.
 */
#ifndef PGBELL_PROBLEM_H
#define PGBELL_PROBLEM_H

#include <stddef.h>

#define PROBLEM_MEDIA_TYPE "application/problem+json"

/* One field that was refused, named by a JSON pointer (RFC 6901). */
struct problem_field {
	const char *pointer;
	const char *detail;
};

struct problem {
	int status;		/* the HTTP status */
	const char *slug;	/* last part of the stable type, "not-found"; NULL: by status */
	const char *detail;	/* a sentence for this occurrence, or NULL */
	const struct problem_field *fields;
	size_t field_count;
};

/*
 * The problem as JSON text: type ("urn:pgbell:problem:<slug>"), title,
 * status, detail, and errors [{pointer, detail}] where there are fields.
 * The caller frees it.
 */
char *problem_format(const struct problem *problem);

#endif
