/*
 * JSON of a client, parsed strictly into json-c's tree: RFC 8259, and for what
 * that leaves open, I-JSON (RFC 7493).
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
 * Parse one JSON text.  On JSON_OUTCOME_OK *value is the tree, which the caller
 * releases with json_object_put(); as everywhere in json-c, NULL is JSON's null.
 * Otherwise *value is NULL.  An integer beyond 64 bits becomes the nearest that
 * fits; json_integer_of() refuses such a one.
 */
enum json_outcome json_read_text(struct span text, struct json_object **value)
    __attribute__((warn_unused_result));

/*
 * The text of a tree, which is released; how: json-c's JSON_C_TO_STRING_…  The caller
 * frees it.  Out of memory ends the process.
 */
char *json_format(struct json_object *value, int how);

/* A sentence for a person about an outcome; static. */
const char *json_explain_outcome(enum json_outcome outcome);

/*
 * Get an integer within minimum..maximum (minimum > INT64_MIN).  False for any
 * other type, 1.0 and 1e3 included, and for a number out of range.
 */
bool json_integer_of(struct json_object *value, int64_t minimum, int64_t maximum, int64_t *integer);

#endif
