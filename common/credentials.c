/*
 * Each token that leaves this file has the form of one, so it may be a statement's
 * parameter without a further check; anything else is CREDENTIALS_BAD and is
 * refused without asking the database.  The form is wide, because the sessions of
 * an application come here too: a signed cookie has colons, a JWT is long.
 *
 * PostgreSQL may be set to log slow statements with their parameters; so a token
 * is not sent to it, but a hash of it.
 */
#include "common/credentials.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/http.h"

#define SCHEME_LEN (sizeof scheme - 1)

static const char scheme[] = "Bearer ";

bool
credentials_is_token(struct span in)
{
	for (size_t i = 0; i < in.len; i++)
		if (in.at[i] <= ' ' || in.at[i] > '~')
			return false;
	return in.len > 0 && in.len <= CREDENTIALS_TOKEN_MAX;
}

static void
take_token(struct span token, enum credentials_source source, struct credentials *credentials)
{
	if (!credentials_is_token(token)) {
		credentials->source = CREDENTIALS_BAD;
		return;
	}
	memcpy(credentials->token, token.at, token.len);
	credentials->token[token.len] = '\0';
	credentials->source = source;
}

static bool
is_bearer(struct span field)
{
	return field.len >= SCHEME_LEN && strncasecmp(field.at, scheme, SCHEME_LEN) == 0;
}

bool
credentials_have_other_scheme(struct span field)
{
	return field.len > 0 && memchr(field.at, ' ', field.len) != NULL && !is_bearer(field);
}

static void
read_authorization(struct span field, struct credentials *credentials)
{
	if (!is_bearer(field)) {
		credentials->source = CREDENTIALS_BAD;
		return;
	}
	field = (struct span){ field.at + SCHEME_LEN, field.len - SCHEME_LEN };
	while (field.len > 0 && field.at[0] == ' ')
		field = (struct span){ field.at + 1, field.len - 1 };
	while (field.len > 0 && field.at[field.len - 1] == ' ')
		field.len--;
	take_token(field, CREDENTIALS_BEARER, credentials);
}

/* Read a token from a cookie's value, which may be quoted and percent-encoded. */
static bool
decode_cookie(struct span value, char token[CREDENTIALS_TOKEN_MAX + 1])
{
	if (value.len >= 2 && value.at[0] == '"' && value.at[value.len - 1] == '"')
		value = (struct span){ value.at + 1, value.len - 2 };
	return http_decode_percent(value, false, token, CREDENTIALS_TOKEN_MAX + 1) == HTTP_FOUND;
}

/* Whether the list of tokens has this one. */
static bool
has_token(const char *tokens, const char *token)
{
	size_t len = strlen(token);

	for (const char *at = tokens; at != NULL; at = strchr(at, ' ')) {
		at += *at == ' ';
		if (strncmp(at, token, len) == 0 && (at[len] == ' ' || at[len] == '\0'))
			return true;
	}
	return false;
}

/*
 * A browser shows all cookies of a name that it keeps, of another path or
 * domain, and none of these: so an old one may stand before the one that counts.
 */
static void
read_cookies(struct span field, struct credentials *credentials)
{
	char token[CREDENTIALS_TOKEN_MAX + 1];
	size_t tokens = 0, len = 0, cookies = 0;
	struct span value;

	while (http_next_cookie(&field, CREDENTIALS_COOKIE_NAME, &value)) {
		cookies++;
		/* A browser keeps an emptied cookie for a moment: it says "nobody". */
		if (value.len == 0)
			continue;
		if (credentials->source == CREDENTIALS_NONE)
			credentials->source = CREDENTIALS_BAD;
		if (tokens == CREDENTIALS_TOKENS_MAX || !decode_cookie(value, token) ||
		    !credentials_is_token(span_of(token)) || has_token(credentials->token, token))
			continue;
		if (tokens++ > 0)
			credentials->token[len++] = ' ';
		memcpy(credentials->token + len, token, strlen(token) + 1);
		len += strlen(token);
		credentials->source = CREDENTIALS_COOKIE;
	}
	credentials->is_doubled = cookies > 1;
}

void
credentials_read(struct span authorization, struct span cookie, struct credentials *credentials)
{
	bool is_for_us = authorization.len > 0 && !credentials_have_other_scheme(authorization);

	credentials->source = CREDENTIALS_NONE;
	credentials->token[0] = '\0';
	read_cookies(cookie, credentials);
	if (is_for_us) {
		credentials->token[0] = '\0';
		read_authorization(authorization, credentials);
	} else if (authorization.len > 0 && credentials->source == CREDENTIALS_NONE) {
		credentials->source = CREDENTIALS_BAD;
	}
}

/*
 * Looked up once, and not for each hash anew as SHA256() does it, which takes as long as the hash
 * itself (OpenSSL 3).
 */
static const EVP_MD *
find_sha256(void)
{
	static EVP_MD *found;

	if (found == NULL)
		found = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (found == NULL)
		abort();
	return found;
}

void
credentials_hash(struct span text, char out[CREDENTIALS_HASH_BYTES])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char hash[SHA256_DIGEST_LENGTH];
	char *at = out + sizeof CREDENTIALS_HASH - 1;

	if (EVP_Digest(text.at, text.len, hash, NULL, find_sha256(), NULL) != 1)
		abort();
	memcpy(out, CREDENTIALS_HASH, sizeof CREDENTIALS_HASH - 1);
	for (size_t i = 0; i < sizeof hash; i++) {
		*at++ = digits[hash[i] >> 4];
		*at++ = digits[hash[i] & 15];
	}
	*at = '\0';
}

size_t
credentials_format(const char *tokens, enum credentials_form form, char out[CREDENTIALS_LIST_MAX])
{
	size_t len = 0;

	out[0] = '\0';
	while (*tokens != '\0') {
		struct span token = { tokens, strcspn(tokens, " ") };
		bool is_like_hash =
		    strncmp(token.at, CREDENTIALS_HASH, strlen(CREDENTIALS_HASH)) == 0;

		tokens += token.len + (tokens[token.len] == ' ');
		if (form == CREDENTIALS_WHOLE && is_like_hash)
			continue;
		if (len > 0)
			out[len++] = ' ';
		if (form == CREDENTIALS_HASHED) {
			credentials_hash(token, out + len);
			len += CREDENTIALS_HASH_BYTES - 1;
		} else {
			memcpy(out + len, token.at, token.len);
			len += token.len;
			out[len] = '\0';
		}
	}
	return len;
}
