/*
 * The Set-Cookie field of the session cookie (RFC 6265 section 4.1).
 */
#ifndef PGBELL_API_COOKIE_H
#define PGBELL_API_COOKIE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "common/credentials.h"

#define COOKIE_TOKEN_MAX 512 /* bytes of a token that a cookie is set to; ours have 43 */
#define COOKIE_MAX (COOKIE_TOKEN_MAX + 128) /* bytes of the field's value, NUL included */

#define COOKIE_TWINS_MAX 4
#define COOKIE_TWIN_MAX 192 /* bytes of the value of one, NUL included */

/*
 * Write the field's value for a new session: the token, until expires_at (an
 * ISO 8601 time as PostgreSQL's JSON has it, "2025-11-30T08:00:00.5+00:00").
 * False, and nothing written, where the token is none of b64token's characters
 * (RFC 6750) or too long, or the time cannot be read or is past.
 */
bool cookie_format(const char *token, const char *expires_at, time_t now, bool secure,
    char out[COOKIE_MAX]) __attribute__((warn_unused_result));

/* Write the field's value that makes a browser forget the cookie. */
void cookie_format_cleared(bool secure, char out[COOKIE_MAX]);

/*
 * Write the values that make a browser forget cookies of the name that others have
 * set, of another path or for the whole domain: there is nothing by which to
 * tell where one that comes along belongs.  host: the Host field.  Returns how many.
 */
size_t cookie_format_twins(struct span host, char out[COOKIE_TWINS_MAX][COOKIE_TWIN_MAX]);

/* Read an ISO 8601 time with its offset from UTC; fractions of a second are dropped. */
bool cookie_parse_time(const char *text, time_t *time);

#endif
