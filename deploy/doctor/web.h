/*
 * One HTTP/1.1 request (RFC 9112) over TCP or TLS, whose answer is read as it
 * comes: enough of a client to look at an event stream with.
 */
#ifndef PGBELL_DOCTOR_WEB_H
#define PGBELL_DOCTOR_WEB_H

#include <stdbool.h>
#include <stddef.h>

#define WEB_HEAD_MAX 16384
#define WEB_BODY_MAX 65536 /* what is kept of it: the end */

struct web;

enum web_wait { WEB_FOUND, WEB_LATE, WEB_ENDED };

/*
 * Request path (with its query) of the site at base, "http[s]://host[:port]".
 * fields: further header lines, each with its CRLF.  Returns when the answer's
 * header is there; NULL with a sentence in error (capacity bytes) when it is not
 * within timeout_ms.  TLS certificates are verified against the system's.
 */
struct web *web_open(const char *base, const char *path, const char *fields, int timeout_ms,
    char *error, size_t capacity);

int web_status(const struct web *web);

/* Copy the value of a header field, "" where there is none. */
void web_find_field(const struct web *web, const char *name, char *value, size_t capacity);

/* Wait until text stands in the body, beyond where the last one was found. */
enum web_wait web_await(struct web *web, const char *text, int timeout_ms);

/* NULL is fine. */
void web_close(struct web *web);

#endif
