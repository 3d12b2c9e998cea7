/*
 * The secret by which a request authenticates: a bearer token in the
 * Authorization field (RFC 6750 section 2.1) or the session cookie; and the form
 * in which it is sent to the database.
 */
#ifndef PGBELL_CREDENTIALS_H
#define PGBELL_CREDENTIALS_H

#include <stddef.h>

#include "common/span.h"

#define CREDENTIALS_COOKIE_NAME "pgbell_session"
#define CREDENTIALS_TOKEN_MAX 4096 /* bytes, NUL not counted */
#define CREDENTIALS_TOKENS_MAX 4   /* cookies of that name in one request; each is tried */
#define CREDENTIALS_LIST_MAX (CREDENTIALS_TOKENS_MAX * (CREDENTIALS_TOKEN_MAX + 1))

#define CREDENTIALS_HASH "sha256:"                            /* the prefix of a hash */
#define CREDENTIALS_HASH_BYTES (sizeof CREDENTIALS_HASH + 64) /* of one, NUL included */

enum credentials_source {
	CREDENTIALS_NONE,
	CREDENTIALS_BEARER,
	CREDENTIALS_COOKIE,
	CREDENTIALS_BAD, /* something that cannot be a token: wrong characters, too long */
};

struct credentials {
	enum credentials_source source;
	bool is_doubled; /* there are several cookies of that name */
	/* The token, or those of several cookies with a space between; empty unless BEARER or
	 * COOKIE. */
	char token[CREDENTIALS_LIST_MAX];
};

/* The form in which a token is sent to the database: PGBELL_TOKENS. */
enum credentials_form {
	CREDENTIALS_HASHED, /* its SHA-256 */
	CREDENTIALS_WHOLE,  /* the token itself, for an authenticate() that needs it */
};

/*
 * Whether an Authorization field has another scheme than Bearer.  A browser adds
 * Basic or Digest by itself where the web server protects the whole site with a
 * password.
 */
bool credentials_have_other_scheme(struct span authorization);

/*
 * Read the credentials from the two header fields (empty where absent).
 * Authorization has precedence over the cookie, unless it has another scheme;
 * another scheme and no cookie is CREDENTIALS_BAD.  A cookie's value may be
 * percent-encoded or in quotation marks, as frameworks write it.  Of several
 * cookies of that name those are taken that can be tokens.
 */
void credentials_read(
    struct span authorization, struct span cookie, struct credentials *credentials);

/* Whether the bytes are 1..CREDENTIALS_TOKEN_MAX visible ASCII characters, without a space. */
bool credentials_is_token(struct span in);

/*
 * Write tokens, one or several with a space between, in the form that is sent to
 * the database, again with a space between.  As CREDENTIALS_WHOLE a token that
 * begins like a hash is left out: otherwise a stolen hash would do for a token.
 * Returns the length without the NUL, 0 where nothing is left.
 */
size_t credentials_format(
    const char *tokens, enum credentials_form form, char out[CREDENTIALS_LIST_MAX]);

/* Write the hash of a text: CREDENTIALS_HASH and 64 hexadecimal digits. */
void credentials_hash(struct span text, char out[CREDENTIALS_HASH_BYTES]);

#endif
