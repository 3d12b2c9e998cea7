/*
 * The Set-Cookie field of the session cookie (RFC 6265 section 4.1).
 */
#ifndef PGBELL_API_COOKIE_H
#define PGBELL_API_COOKIE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "common/credentials.h"

#define COOKIE_TOKEN_MAX 512                /* bytes of a token in the cookie; ours have 43 */
#define COOKIE_MAX (COOKIE_TOKEN_MAX + 128) /* bytes of the field's value, NUL included */

/*
 * Twins: cookies of the same name for another path or the whole domain, which
 * something else has set.  A browser sends them along with ours.
 */
#define COOKIE_TWINS_MAX 4
#define COOKIE_TWIN_MAX 192 /* bytes of the value of one, NUL included */

/* What a session without an end has: browsers keep none for longer (RFC 6265bis, section 5.5). */
#define COOKIE_LIFETIME_MAX_S (400L * 24 * 3600)

/*
 * Write the field's value for a session: the token, until expires_at (an ISO 8601
 * time as PostgreSQL's JSON has it, "2025-11-30T08:00:00.5+00:00"; NULL where the
 * session has no end: for COOKIE_LIFETIME_MAX_S).  False, and
 * nothing is written, where the token is too long or has other characters than
 * b64token (RFC 6750), or the time cannot be read or is past.
 */
bool cookie_format(const char *token, const char *expires_at, time_t now, bool secure,
    char out[COOKIE_MAX]) __attribute__((warn_unused_result));

/* Write the field's value that makes a browser forget the cookie. */
void cookie_format_cleared(bool secure, char out[COOKIE_MAX]);

/*
 * Write the values that make a browser forget the twins.  A Cookie field does not
 * say which path or domain a cookie belongs to, so all that may exist are cleared.
 * host: the Host field.  Returns how many values were written.
 */
size_t cookie_format_twins(struct span host, char out[COOKIE_TWINS_MAX][COOKIE_TWIN_MAX]);

/*
 * Read an ISO 8601 time with its offset from UTC; fractions of a second are
 * dropped.  False where it cannot be read.
 */
bool cookie_parse_time(const char *text, time_t *time);

#endif
