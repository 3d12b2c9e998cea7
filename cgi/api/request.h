/*
 * A request as the web server hands it over: the CGI variables (RFC 3875
 * section 4.1) read into a checked struct, and the checks that need nothing
 * but it and the action's row.
 */
#ifndef PGBELL_API_REQUEST_H
#define PGBELL_API_REQUEST_H

#include "cgi/api/actions.h"
#include "common/credentials.h"
#include "common/problem.h"
#include "common/span.h"

#define REQUEST_REFUSAL_MAX 400 /* bytes of a sentence that names what a request shows */
#define REQUEST_PATH_MAX 255    /* bytes of the decoded path, NUL not counted */

struct request {
	struct span method;
	char path[REQUEST_PATH_MAX + 1]; /* decoded */
	struct span query;               /* still encoded */
	struct span content_type;
	size_t content_length; /* 0 where none is given */
	bool body_is_open;     /* a body may come whose length is not told: it ends where it ends */
	struct credentials credentials;
	struct span host, origin, sec_fetch_site;
	bool is_https;
	char refusal[REQUEST_REFUSAL_MAX]; /* what request_admit() has to say */
};

/* What is asked of each request. */
struct request_rules {
	size_t body_bytes;   /* of a body at most */
	const char *origins; /* struct http_page's allowed */
	bool is_https;       /* the site is, whatever the web server tells */
};

/*
 * Read the variables (a NULL-terminated vector of NAME=value, into which the
 * spans point).  A POST whose query says method=PUT or method=DELETE is one of these, for
 * hosts where no other methods than GET and POST pass.  False where they make no request: *problem
 * says why.
 */
bool request_read(char *const environment[], struct request *request, struct problem *problem)
    __attribute__((warn_unused_result));

/*
 * Whether the request may go on to this action: its body is short enough and
 * JSON, it shows a token where one is needed, and when that token came
 * as a cookie and the method changes something, it comes from the site's own
 * pages.  False: *problem says which (413, 415, 401 or 403); it may point into the request.
 */
bool request_admit(struct request *request, const struct action *action,
    const struct request_rules *rules, struct problem *problem) __attribute__((warn_unused_result));

/*
 * Whether a body of so many bytes may be taken: at most body_bytes of JSON.
 * False: *problem says which (413 or 415).  request_admit() has asked this of a
 * body whose length was told.
 */
bool request_admit_body(const struct request *request, size_t length, size_t body_bytes,
    struct problem *problem) __attribute__((warn_unused_result));

/* Whether the method promises to change nothing (RFC 9110 section 9.2.1). */
bool request_is_safe(const struct request *request);

#endif
