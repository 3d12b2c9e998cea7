/*
 * The secret that a request shows to say who is asking: a bearer token in
 * the Authorization field (RFC 6750 section 2.1) or the session cookie.
 */
#ifndef PGBELL_CREDENTIALS_H
#define PGBELL_CREDENTIALS_H

#include "common/span.h"

#define CREDENTIALS_COOKIE_NAME "pgbell_session"
#define CREDENTIALS_TOKEN_MAX 512 /* bytes, NUL not counted */

enum credentials_source {
	CREDENTIALS_NONE,
	CREDENTIALS_BEARER,
	CREDENTIALS_COOKIE,
	CREDENTIALS_BAD, /* shown, but no token: wrong characters, too long, doubled */
};

struct credentials {
	enum credentials_source source;
	char token[CREDENTIALS_TOKEN_MAX + 1]; /* empty unless BEARER or COOKIE */
};

/*
 * Whether an Authorization field is meant for somebody else: it is of a scheme
 * other than Bearer, as that which a browser sends along, Basic or Digest,
 * where the web server asks for a password before the whole site.
 */
bool credentials_are_of_others(struct span authorization);

/*
 * Read the credentials out of the two header fields (empty where absent).
 * Authorization goes before the cookie, unless it is of another scheme; where
 * that is all there is it is CREDENTIALS_BAD.
 */
void credentials_read(
    struct span authorization, struct span cookie, struct credentials *credentials);

/* Whether the bytes are 1..CREDENTIALS_TOKEN_MAX characters of RFC 6750's b64token. */
bool credentials_is_token(struct span in);

#endif
