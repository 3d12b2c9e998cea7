/*
 * A request's arguments, checked against an action's row and made ready as
 * the text parameters of its SQL function.
 */
#ifndef PGBELL_API_ARGUMENTS_H
#define PGBELL_API_ARGUMENTS_H

#include <json-c/json_object.h>

#include "cgi/api/actions.h"
#include "common/problem.h"

#define ARGUMENT_QUERY_BYTES 801 /* of one decoded query value: 200 characters */
#define ARGUMENT_ERRORS_MAX 16   /* reported at once; further ones are counted as one */
#define ARGUMENT_PLACE_BYTES 72
#define ARGUMENT_DETAIL_BYTES 128

struct arguments {
	/* What the function gets after the token, in the row's order; NULL is SQL null. */
	const char *values[ACTION_ARGUMENTS_MAX];
	size_t count;
	/* What was refused; the texts lie below. */
	struct problem_field errors[ARGUMENT_ERRORS_MAX];
	size_t error_count;

	char texts[ACTION_ARGUMENTS_MAX][ARGUMENT_QUERY_BYTES];
	char places[ARGUMENT_ERRORS_MAX][ARGUMENT_PLACE_BYTES];
	char details[ARGUMENT_ERRORS_MAX][ARGUMENT_DETAIL_BYTES];
};

enum arguments_outcome {
	ARGUMENTS_BOUND,
	ARGUMENTS_REFUSED,   /* errors tells which and why, all of them at once */
	ARGUMENTS_NO_TARGET, /* the number in the path is beyond what an id can be */
	ARGUMENTS_MALFORMED, /* the query is not well encoded */
};

/*
 * Bind the value out of the path, the query (still encoded) and the body,
 * an object (NULL: no body) to the action's arguments.  A name that the action
 * does not know is refused, and so is one that stands in the query twice.
 * The strings among the values are the body's own: it must outlive them, and
 * arguments must not be moved.
 */
enum arguments_outcome arguments_bind(const struct action *action, struct span path_value,
    struct span query, struct json_object *body, struct arguments *arguments);

#endif
