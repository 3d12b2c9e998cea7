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

#define REQUEST_PATH_MAX 255 /* bytes of the decoded path, NUL not counted */

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
};

/*
 * Read the variables (a NULL-terminated vector of NAME=value, into which the
 * spans point).  False where they make no request: *problem says why.
 */
bool request_read(char *const environment[], struct request *request, struct problem *problem)
    __attribute__((warn_unused_result));

/*
 * Whether the request may go on to this action: its body is JSON of at most
 * body_bytes, it shows a token where one is needed, and when that token came
 * as a cookie and the method changes something, it comes from the site's own
 * pages.  False: *problem says which (413, 415, 401 or 403).
 */
bool request_admit(const struct request *request, const struct action *action, size_t body_bytes,
    struct problem *problem) __attribute__((warn_unused_result));

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
