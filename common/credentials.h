/*
 * The secret that a request shows to say who is asking: a bearer token in
 * the Authorization field (RFC 6750 section 2.1) or the session cookie; and the
 * form in which the database is told of it.
 */
#ifndef PGBELL_CREDENTIALS_H
#define PGBELL_CREDENTIALS_H

#include <stddef.h>

#include "common/span.h"

#define CREDENTIALS_COOKIE_NAME "pgbell_session"
#define CREDENTIALS_TOKEN_MAX 4096 /* bytes, NUL not counted */
#define CREDENTIALS_TOKENS_MAX 4   /* cookies of the name of which each is tried */
#define CREDENTIALS_LIST_MAX (CREDENTIALS_TOKENS_MAX * (CREDENTIALS_TOKEN_MAX + 1))

#define CREDENTIALS_HASH "sha256:" /* what the hash of a token begins with */
#define CREDENTIALS_HASH_BYTES (sizeof CREDENTIALS_HASH + 64) /* of one, NUL included */

enum credentials_source {
	CREDENTIALS_NONE,
	CREDENTIALS_BEARER,
	CREDENTIALS_COOKIE,
	CREDENTIALS_BAD, /* shown, but no token: wrong characters, too long */
};

struct credentials {
	enum credentials_source source;
	bool is_doubled; /* there are several cookies of the name */
	/* The token, or those of several cookies with a space between; empty unless BEARER or
	 * COOKIE. */
	char token[CREDENTIALS_LIST_MAX];
};

/* How the database is told of a token: PGBELL_TOKENS. */
enum credentials_form {
	CREDENTIALS_HASHED, /* by its SHA-256 */
	CREDENTIALS_WHOLE,  /* as it is, for an authenticate() that must see it */
};

/*
 * Whether an Authorization field is meant for somebody else: it is of a scheme
 * other than Bearer, as that which a browser sends along, Basic or Digest,
 * where the web server asks for a password before the whole site.
 */
bool credentials_have_other_scheme(struct span authorization);

/*
 * Read the credentials out of the two header fields (empty where absent).
 * Authorization goes before the cookie, unless it is of another scheme; where
 * that is all there is it is CREDENTIALS_BAD.  A cookie's value may be
 * percent-encoded or stand in quotation marks, as frameworks write it.  Of several
 * of the name those count that are tokens.
 */
void credentials_read(
    struct span authorization, struct span cookie, struct credentials *credentials);

/* Whether the bytes are 1..CREDENTIALS_TOKEN_MAX visible characters of ASCII; no space is. */
bool credentials_is_token(struct span in);

/*
 * What the database is told of tokens, one or several with a space between:
 * as many words, which need not be as many bytes.  Whole, a token that begins like
 * a hash is left out, since it would be taken for one, and a stolen hash for a
 * token; so there may be nothing left.  Returns its length, without the NUL.
 */
size_t credentials_format(
    const char *tokens, enum credentials_form form, char out[CREDENTIALS_LIST_MAX]);

/* The hash of any text in that form. */
void credentials_hash(struct span text, char out[CREDENTIALS_HASH_BYTES]);

#endif
