/*
 * JSON from outside, read strictly (RFC 8259, and I-JSON, RFC 7493, for what
 * that leaves open), into json-c's tree.
 */
#ifndef PGBELL_JSON_H
#define PGBELL_JSON_H

#include <json-c/json_object.h>

#include "common/span.h"

#define JSON_DEPTH_MAX 8 /* arrays and objects within each other */

enum json_outcome {
	JSON_OUTCOME_OK,
	JSON_OUTCOME_MALFORMED, /* not JSON, or bytes after it */
	JSON_OUTCOME_BAD_TEXT,  /* invalid UTF-8, a lone surrogate, U+0000 */
	JSON_OUTCOME_TOO_DEEP,  /* beyond JSON_DEPTH_MAX */
	JSON_OUTCOME_DOUBLED,   /* an object that has a name twice */
};

/*
 * Read one JSON text.  On JSON_OUTCOME_OK *value is the tree, which the
 * caller releases with json_object_put (NULL stands for null, as everywhere
 * in json-c); else *value is NULL.  Integers beyond 64 bits are read as the
 * nearest that fits; use json_integer_of to look at one.
 */
enum json_outcome json_read_text(struct span text, struct json_object **value)
    __attribute__((warn_unused_result));

/* One sentence for a person about an outcome. */
const char *json_explain_outcome(enum json_outcome outcome);

/*
 * Take an integer within minimum..maximum (minimum > INT64_MIN).  False for
 * any other type, also 1.0 and 1e3, and for any number outside.
 */
bool json_integer_of(struct json_object *value, int64_t minimum, int64_t maximum, int64_t *integer);

#endif
