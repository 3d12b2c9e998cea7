/*
 * A request's arguments, checked against the action's row of the table, as the
 * text parameters of its SQL function.
 */
#ifndef PGBELL_API_ARGUMENTS_H
#define PGBELL_API_ARGUMENTS_H

#include <json-c/json_object.h>

#include "cgi/api/actions.h"
#include "common/problem.h"

#define ARGUMENT_QUERY_BYTES 801 /* of one decoded query value: 200 characters */
#define ARGUMENT_ERRORS_MAX 16   /* reported at once; the last one says that there are more */
#define ARGUMENT_POINTER_BYTES 72
#define ARGUMENT_DETAIL_BYTES 128

struct arguments {
	/* The parameters behind the token, in the row's order; NULL is SQL null. */
	const char *values[ACTION_ARGUMENTS_MAX];
	size_t count;
	/* Each refused value; its texts are in pointers and details below. */
	struct problem_field errors[ARGUMENT_ERRORS_MAX];
	size_t error_count;

	char texts[ACTION_ARGUMENTS_MAX][ARGUMENT_QUERY_BYTES];
	char pointers[ARGUMENT_ERRORS_MAX][ARGUMENT_POINTER_BYTES];
	char details[ARGUMENT_ERRORS_MAX][ARGUMENT_DETAIL_BYTES];
};

enum arguments_outcome {
	ARGUMENTS_BOUND,
	ARGUMENTS_REFUSED,   /* errors has each refused value and the reason */
	ARGUMENTS_NO_TARGET, /* the number in the path is beyond what an id can be */
	ARGUMENTS_MALFORMED, /* the query is not well encoded */
};

/*
 * Fill in arguments from the path's value, the query (still encoded) and the
 * body, a JSON object (NULL: no body).  A name that the action does not have is
 * refused, and so is one that is in the query twice.  Values may point into body
 * and into arguments itself: body must outlive them, and arguments must not be
 * copied.  Nothing needs to be released.
 */
enum arguments_outcome arguments_bind(const struct action *action, struct span path_value,
    struct span query, struct json_object *body, struct arguments *arguments);

#endif
