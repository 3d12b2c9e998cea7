/*
 * The table of actions: what a client can ask for, and the one SQL function
 * that answers it.  A new action is a row here and a function in sql/; the
 * router, the argument checks and the OpenAPI document all follow.
 */
#ifndef PGBELL_API_ACTIONS_H
#define PGBELL_API_ACTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/span.h"

#define ACTION_ARGUMENTS_MAX 5
#define REQUEST_METHOD_QUERY "method" /* POST …?method=PUT is PUT … */
#define ACTION_ALLOW_MAX 64           /* bytes of an Allow field, NUL included */

enum action_source { ACTION_PATH, ACTION_QUERY, ACTION_BODY };
enum action_type {
	ACTION_INTEGER,
	ACTION_STRING,
	ACTION_SECRET,   /* a string of which the database is told the hash, unless it is empty */
	ACTION_PASSWORD, /* a string of so many characters at least, and so many bytes at most */
	ACTION_BOOLEAN,
};

struct action_argument {
	const char *name;
	enum action_source source;
	enum action_type type;
	bool required;
	int64_t minimum, maximum; /* of an integer; of a string its characters */
	const char *preset;       /* what the function gets when it is absent; NULL: SQL null */
};

enum action_cookie {
	ACTION_KEEPS_COOKIE,
	ACTION_SETS_COOKIE,   /* to the answer's token, until its expires_at */
	ACTION_RENEWS_COOKIE, /* the one that came, if one did, until the answer's expires_at */
	ACTION_CLEARS_COOKIE,
};

struct action {
	const char *method;
	const char *path;     /* at most one {name}, which matches a run of digits */
	const char *function; /* NULL: the program's own OpenAPI document */
	int status;           /* of success; 204 has no body */
	const char *summary;
	bool is_public;    /* works without a token */
	const char *plain; /* asked where the example application, and so function, is left out */
	const char *location; /* Location of what was made: {name} is a member of the answer */
	enum action_cookie cookie;
	bool may_refuse; /* by its answer: {"refused": {"status", "detail", "retry_after_s"}} */
	struct action_argument arguments[ACTION_ARGUMENTS_MAX + 1]; /* ends with a NULL name */
};

extern const struct action actions[];
extern const size_t action_count;

enum action_match {
	ACTION_MATCHED,
	ACTION_ASKED_OPTIONS, /* the path is known and the method is OPTIONS */
	ACTION_NO_METHOD,     /* the path is known, the method is not among its */
	ACTION_NO_PATH,
};

struct action_route {
	const struct action *action;  /* NULL unless ACTION_MATCHED */
	struct span path_value;       /* the digits that stand for {name}, points into the path */
	char allow[ACTION_ALLOW_MAX]; /* the Allow field of a path with other methods */
};

/*
 * Find the action for a method and a decoded path.  HEAD finds what GET
 * finds (RFC 9110 section 9.3.2).  Pure.
 */
enum action_match action_find(struct span method, struct span path, struct action_route *route);

/* Whether an action is of the example application alone. */
bool action_is_example(const struct action *action);

/* The name between the braces of an action's path, empty where there is none. */
struct span action_path_name(const struct action *action);

/* An action's argument by its source and name, NULL where there is none. */
const struct action_argument *action_find_argument(
    const struct action *action, enum action_source source, struct span name);

#endif
