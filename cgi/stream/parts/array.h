/*
 * PostgreSQL array literals ("Array Input and Output Syntax"): the one form
 * in which a whole batch is a single statement parameter.
 */
#ifndef PGBELL_ARRAY_H
#define PGBELL_ARRAY_H

#include <stddef.h>
#include <stdint.h>

/* All zeroes is an empty array in the making. */
struct array {
	char *text; /* owned */
	size_t length, capacity;
};

/* Append an element; a NULL string gives a NULL element.  Out of memory ends the process. */
void array_add_text(struct array *array, const char *string);
void array_add_integer(struct array *array, int64_t number);
void array_add_time(struct array *array, int64_t us); /* timestamptz; INT64_MAX: NULL */
void array_add_null(struct array *array);

/* The literal, NUL-terminated; belongs to the array and lasts until the next call. */
const char *array_format(struct array *array);

/* Make it empty again, keeping its memory for the next batch. */
void array_reset(struct array *array);

/* Release it; may be called twice. */
void array_clear(struct array *array);

#endif
