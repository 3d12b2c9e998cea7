/*
 * The table of actions.  An action is a method and a path of the REST interface,
 * the arguments that it takes, and the SQL function that it calls.  A new action
 * is a row here and a function in sql/: routing, the checks of arguments and the
 * OpenAPI document are made from the table.
 */
#ifndef PGBELL_API_ACTIONS_H
#define PGBELL_API_ACTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/span.h"

#define ACTION_ARGUMENTS_MAX 5
#define REQUEST_METHOD_QUERY "method" /* POST /path?method=PUT means PUT /path */
#define ACTION_ALLOW_MAX 64           /* bytes of an Allow field, NUL included */

enum action_source { ACTION_PATH, ACTION_QUERY, ACTION_BODY };
enum action_type {
	ACTION_INTEGER,
	ACTION_STRING,
	ACTION_SECRET,   /* a string; its hash is sent to the database, unless it is empty */
	ACTION_PASSWORD, /* a string; minimum counts characters, maximum bytes */
	ACTION_BOOLEAN,
	ACTION_TOPIC, /* in the path; common/topic.h */
};

struct action_argument {
	const char *name;
	enum action_source source;
	enum action_type type;
	bool required;
	int64_t minimum, maximum; /* of an integer; of a string, its characters */
	const char *preset;       /* passed where the argument is absent; NULL: SQL null */
};

enum action_cookie {
	ACTION_KEEPS_COOKIE,
	ACTION_SETS_COOKIE,   /* to the answer's token, until the answer's expires_at */
	ACTION_RENEWS_COOKIE, /* sets the request's cookie again, until the answer's expires_at */
	ACTION_CLEARS_COOKIE,
};

struct action {
	const char *method;
	const char *path; /* at most one {name}: a run of digits, or a topic with all that it has */
	const char *function; /* NULL: the program's own OpenAPI document */
	int status;           /* of success; 204 has no body */
	const char *summary;
	bool is_public;     /* works without a token */
	bool knows_callers; /* and, if it is public, with a token does what else may be done */
	const char *without_example; /* called where the example application is not installed */
	const char *location;        /* the Location header; {name} is a member of the answer */
	enum action_cookie cookie;
	bool may_refuse; /* it may answer {"refused": {"status", "detail", "retry_after_s"}} */
	struct action_argument arguments[ACTION_ARGUMENTS_MAX + 1]; /* ends with a NULL name */
};

extern const struct action actions[];
extern const size_t action_count;

enum action_match {
	ACTION_MATCHED,
	ACTION_ASKED_OPTIONS, /* the path is known and the method is OPTIONS */
	ACTION_NO_METHOD,     /* the path is known, but not with this method */
	ACTION_NO_PATH,
};

struct action_route {
	const struct action *action;  /* NULL unless ACTION_MATCHED */
	struct span path_value;       /* what matches {name}; points into the path */
	char allow[ACTION_ALLOW_MAX]; /* unless ACTION_MATCHED: the Allow header of the path */
};

/*
 * Find the action for a method and a decoded path.  HEAD finds the action of
 * GET (RFC 9110 section 9.3.2).  *route is always set.  Pure.
 */
enum action_match action_find(struct span method, struct span path, struct action_route *route);

/* Whether an action exists only with the example application. */
bool action_is_example(const struct action *action);

/* The name between the braces of an action's path; empty where it has no braces. */
struct span action_path_name(const struct action *action);

/* The argument of an action with this source and name, or NULL.  It belongs to the table. */
const struct action_argument *action_find_argument(
    const struct action *action, enum action_source source, struct span name);

#endif
