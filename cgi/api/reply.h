/*
 * The answer to one request: a CGI response (RFC 3875 section 6), header and body.
 */
#ifndef PGBELL_API_REPLY_H
#define PGBELL_API_REPLY_H

#include <json-c/json_object.h>

#include "cgi/api/actions.h"
#include "cgi/api/cookie.h"
#include "common/problem.h"

#define REPLY_LOCATION_MAX 128 /* bytes, NUL included */
#define REPLY_HEAD_MAX 2048    /* bytes; web servers take 4 KB */
#define REPLY_RETRY_AFTER_S 2  /* of every 503 that says no other time */

struct reply {
	int status;
	const char *media_type;
	char *body;             /* owned; NULL: none */
	bool is_head;           /* of a HEAD request: Content-Length, but no body */
	bool token_refused;     /* on a 401: the request had a token, which is not valid */
	unsigned retry_after_s; /* 0: REPLY_RETRY_AFTER_S with a 503, else none */
	char allow[ACTION_ALLOW_MAX];
	char location[REPLY_LOCATION_MAX];
	char cookie[COOKIE_MAX];
	char twins[COOKIE_TWINS_MAX][COOKIE_TWIN_MAX]; /* Set-Cookie fields that go ahead of it */
	size_t twin_count;
};

/*
 * Answer with JSON text, which the reply owns from now on.  NULL: no body.  With
 * status 204 the text is freed, and there is no body either.
 */
void reply_set_json(struct reply *reply, int status, char *json);

/* Answer with a problem, in place of all that was set before; problem is not kept. */
void reply_set_problem(struct reply *reply, const struct problem *problem);

/*
 * Set Location from a pattern such as "/api/questions/{question_id}", where the
 * name is an integer member of answer.  It stays empty where there is no such member.
 */
void reply_set_location(struct reply *reply, const char *pattern, struct json_object *answer);

/*
 * Write the header, with the empty line that ends it; returns its length.  A
 * field whose value has a control character is left out, so no answer can be
 * split (CWE-113); so is one that does not fit.
 */
size_t reply_format_head(const struct reply *reply, char out[REPLY_HEAD_MAX]);

/* The bytes to be sent after the header; they belong to the reply. */
struct span reply_body(const struct reply *reply);

/* Free the body; may be called twice. */
void reply_release(struct reply *reply);

#endif
