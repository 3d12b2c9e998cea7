/*
 * One HTTP request, whose answer is read as it comes: libcurl (libcurl(3)), kept to
 * what a visitor would see.  HTTP/2 where the site offers it over TLS.  No redirect is
 * followed, no coding undone, no proxy of the environment used: what is looked at is the
 * address that was given.
 */
#ifndef PGBELL_DOCTOR_WEB_H
#define PGBELL_DOCTOR_WEB_H

#include <stdbool.h>
#include <stddef.h>

#define WEB_BODY_MAX 65536 /* what is kept of a body: the end */

struct web;

enum web_wait { WEB_FOUND, WEB_LATE, WEB_ENDED };

struct web_request {
	const char *method;        /* NULL: GET */
	const char *path;          /* with its query */
	const char *const *fields; /* header lines without their ends, NULL last; or NULL */
	const char *body;          /* NULL: none */
};

/*
 * Ask this of the site at base, "http[s]://host[:port]".  Returns when the answer's
 * header is there; NULL with a sentence in error (capacity bytes) when it is not
 * within timeout_ms.  TLS certificates are verified against the system's, or those in
 * the file that $SSL_CERT_FILE names.  Release with web_close().
 */
struct web *web_open(const char *base, const struct web_request *request, int timeout_ms,
    char *error, size_t capacity);

int web_status(const struct web *web);

/* Copy the value of a header field, "" where there is none. */
void web_find_field(const struct web *web, const char *name, char *value, size_t capacity);

/* Wait until text stands in the body, beyond where the last one was found. */
enum web_wait web_await(struct web *web, const char *text, int timeout_ms);

/* Wait for the end of the answer; its body, as text, or NULL when it does not come in time. */
const char *web_read_body(struct web *web, int timeout_ms);

/* NULL is fine. */
void web_close(struct web *web);

#endif
