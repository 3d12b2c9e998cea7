/*
 * HTTP/1.1 as a CGI program meets it (RFC 3875, RFC 9110): the pieces of a
 * request's target and header fields.  Pure: bytes in, bytes out, no state.
 */
#ifndef PGBELL_HTTP_H
#define PGBELL_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/span.h"

/* The outcome of a look-up in a request. */
enum http_found {
	HTTP_ABSENT,
	HTTP_FOUND,
	HTTP_MALFORMED, /* bad percent-encoding, a control character, invalid UTF-8 */
	HTTP_DOUBLED,   /* the name occurs more than once */
	HTTP_TOO_LONG,  /* the value does not fit the caller's buffer */
};

/* The reason phrase of a status code (RFC 9110 section 15); "Unknown" for one that is not used. */
const char *http_reason_phrase(int status);

/*
 * Split a REQUEST_URI into its path and its query (without the '?').  It may be
 * an absolute path or an absolute URI (RFC 9112 section 3.2).  The parts stay
 * percent-encoded and point into target.
 */
void http_split_target(struct span target, struct span *path, struct span *query);

/*
 * Decode percent-encoding (RFC 3986 section 2.1) into out, which holds
 * capacity bytes, NUL included; with plus_is_space also '+', as in a form.
 * The result is valid UTF-8 without control characters or is refused as
 * HTTP_MALFORMED; HTTP_TOO_LONG where it does not fit; else HTTP_FOUND.
 */
enum http_found http_decode_percent(struct span in, bool plus_is_space, char *out, size_t capacity);

/*
 * Take the next name=value pair from a query and advance its start.  False at its
 * end.  Name and value stay encoded and point into it; without '=' the value is
 * empty.
 */
bool http_next_query_pair(struct span *query, struct span *name, struct span *value);

/*
 * Take parameters off a query up to and with the next of this (plain ASCII)
 * name; its value stays encoded.  False where there is none.
 */
bool http_next_query(struct span *query, const char *name, struct span *value);

/* Find one query parameter by its (plain ASCII) name and decode its value into out. */
enum http_found http_find_query(struct span query, const char *name, char *out, size_t capacity);

/*
 * Find the next cookie of this name in a Cookie field (RFC 6265 section 4.2) and
 * advance the field's start behind it.  The value is not decoded and points into
 * the field.  False where there is no further one.
 */
bool http_next_cookie(struct span *header, const char *name, struct span *value);

/*
 * Whether a Content-Type field names this media type ("application/json"),
 * in any case and with any parameters (RFC 9110 section 8.3.1).
 */
bool http_is_media_type(struct span content_type, const char *media_type);

/*
 * Read a whole span as a decimal integer: digits, with at most one '-' in front.
 * False where it is empty, has anything else in it, overflows, or is outside
 * minimum..maximum.
 */
bool http_parse_integer(struct span in, int64_t minimum, int64_t maximum, int64_t *value);

/* The header fields that say which page a request comes from, and which server it is sent to; empty
 * where absent. */
struct http_page {
	struct span origin;         /* Origin */
	struct span sec_fetch_site; /* Sec-Fetch-Site */
	struct span host;           /* Host */
	bool is_https;              /* the server is known to be reached by https */
	const char *allowed;        /* further allowed origins with spaces between, or NULL */
};

/*
 * Whether a request with a cookie comes from one of the site's own pages: a check
 * against cross-site request forgery.  An allowed origin is one of the site's own.
 * Otherwise Sec-Fetch-Site decides (W3C Fetch Metadata); where a browser does not
 * send it, Origin must have the same host as Host (RFC 6454 section 7).  A page of
 * http is refused where the server is reached by https; a page of https is not
 * where the server seems to be http, since TLS may end in front of it.
 */
bool http_is_own_page(const struct http_page *page);

/* Whether the bytes are an http or https origin (RFC 6454 section 6.2): "https://example.org:8443".
 */
bool http_is_origin(struct span in);

/* Whether the bytes are well-formed UTF-8 (RFC 3629): no surrogates, no overlong forms. */
bool http_is_utf8(struct span in);

#endif
