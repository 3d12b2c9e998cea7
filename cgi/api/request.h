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

#define REQUEST_REFUSAL_MAX 400 /* bytes of a sentence that quotes header fields of a request */
#define REQUEST_PATH_MAX 255    /* bytes of the decoded path, NUL not counted */

struct request {
	struct span method;
	char path[REQUEST_PATH_MAX + 1]; /* decoded */
	struct span query;               /* still encoded */
	struct span content_type;
	size_t content_length;   /* 0 where none is given */
	bool body_is_open_ended; /* see REQUEST_BODY_OPEN_ENDED; content_length is 0 then */
	struct credentials credentials;
	struct span host, origin, sec_fetch_site;
	bool is_https;                     /* HTTPS or REQUEST_SCHEME says so */
	char refusal[REQUEST_REFUSAL_MAX]; /* owned; a sentence of request_admit() */
};

/* The settings by which requests are admitted. */
struct request_rules {
	size_t body_bytes;   /* the longest body, in bytes */
	const char *origins; /* struct http_page's allowed */
	bool is_https;       /* the site is reached by https, whatever the variables say */
};

/* How long a request says that its body is. */
enum request_body {
	REQUEST_BODY_MEASURED,   /* the length is known: 0 where there is no body */
	REQUEST_BODY_OPEN_ENDED, /* there may be a body: it ends where the input ends */
	REQUEST_BODY_INVALID,    /* CONTENT_LENGTH is not a number */
};

/*
 * Find out how long the body is (RFC 3875 section 4.1.2).  *length is its
 * bytes where it is measured, else 0.  For a chunked body Apache leaves
 * CONTENT_LENGTH out and Caddy sets it to -1: then the body of a method that
 * may change something is open-ended, and others have none.
 */
enum request_body request_measure_body(char *const environment[], size_t *length)
    __attribute__((warn_unused_result));

/*
 * Read the variables, a NULL-terminated vector of NAME=value; the request's
 * spans point into it.  A POST whose query has method=PUT or method=DELETE is
 * read as a PUT or DELETE, for hosts that let only GET and POST through.
 * False where this is no request: *problem says why (400 or 404).
 */
bool request_read(char *const environment[], struct request *request, struct problem *problem)
    __attribute__((warn_unused_result));

/*
 * Whether the request may call this action:
 *  - its body is short enough (else 413) and JSON (else 415);
 *  - it has a token where the action needs one (else 401);
 *  - a change that is authenticated by the cookie comes from one of the site's
 *    own pages (else 403).
 * False: *problem is the refusal.  Its detail may point into the request.
 */
bool request_admit(struct request *request, const struct action *action,
    const struct request_rules *rules, struct problem *problem) __attribute__((warn_unused_result));

/*
 * Whether a body of length bytes may be parsed: at most body_bytes (else 413)
 * of JSON (else 415).  False: *problem is the refusal.  request_admit() checks a
 * measured body itself; this is for an open-ended one, once it has been read.
 */
bool request_admit_body(const struct request *request, size_t length, size_t body_bytes,
    struct problem *problem) __attribute__((warn_unused_result));

/* Whether the method promises to change nothing (RFC 9110 section 9.2.1). */
bool request_is_safe(const struct request *request);

#endif
