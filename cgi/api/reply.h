/*
 * The answer to one request, on its way to the web server: a CGI response
 * (RFC 3875 section 6), head and body.
 */
#ifndef PGBELL_API_REPLY_H
#define PGBELL_API_REPLY_H

#include <json-c/json_object.h>

#include "cgi/api/actions.h"
#include "cgi/api/cookie.h"
#include "common/problem.h"

#define REPLY_LOCATION_MAX 128 /* bytes, NUL included */
#define REPLY_HEAD_MAX 2048    /* bytes; below the 4 KB that web servers take */
#define REPLY_RETRY_AFTER_S 2

struct reply {
	int status;
	const char *media_type;
	char *body;             /* owned; NULL: none */
	bool is_head;           /* the body is announced but not sent */
	bool token_refused;     /* on a 401: a token was shown and is not valid */
	unsigned retry_after_s; /* 0: REPLY_RETRY_AFTER_S with a 503, else none */
	char allow[ACTION_ALLOW_MAX];
	char location[REPLY_LOCATION_MAX];
	char cookie[COOKIE_MAX];
	char twins[COOKIE_TWINS_MAX][COOKIE_TWIN_MAX]; /* other cookies that are set ahead of it */
	size_t twin_count;
};

/* Answer with JSON text, which the reply owns from now on; NULL or status 204: no body. */
void reply_set_json(struct reply *reply, int status, char *json);

/* Answer with a problem.  Replaces whatever was set before. */
void reply_set_problem(struct reply *reply, const struct problem *problem);

/*
 * Fill Location from a pattern such as "/api/questions/{question_id}": the
 * name is an integer member of the answer's JSON.  Left empty where it has none.
 */
void reply_set_location(struct reply *reply, const char *pattern, struct json_object *answer);

/*
 * Write the head, with the empty line that ends it; returns its length.  A
 * value with a control character in it is left out with its field, so no
 * answer can be split.
 */
size_t reply_format_head(const struct reply *reply, char out[REPLY_HEAD_MAX]);

/* The body's bytes that are to be sent after the head. */
struct span reply_body(const struct reply *reply);

/* Release what the reply owns; may be called twice. */
void reply_release(struct reply *reply);

#endif
