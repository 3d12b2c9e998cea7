/*
 * Only what has the shape of a token leaves this file, so it can stand in a
 * statement's parameter or be compared without a further look; anything
 * else is CREDENTIALS_BAD and is answered without asking the database.
 */
#include "common/credentials.h"

#include <string.h>
#include <strings.h>

#include "common/http.h"

#define SCHEME_LEN (sizeof scheme - 1)

static const char scheme[] = "Bearer ";

static bool
is_token_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("-._~+/", c) != NULL);
}

bool
credentials_is_token(struct span in)
{
	size_t i = 0;

	while (i < in.len && is_token_character(in.at[i]))
		i++;
	if (i == 0)
		return false;
	while (i < in.len && in.at[i] == '=')
		i++;
	return i == in.len && i <= CREDENTIALS_TOKEN_MAX;
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
credentials_are_of_others(struct span field)
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

void
credentials_read(struct span authorization, struct span cookie, struct credentials *credentials)
{
	char token[CREDENTIALS_TOKEN_MAX + 1];

	*credentials = (struct credentials){ .source = CREDENTIALS_NONE };
	if (authorization.len > 0 && !credentials_are_of_others(authorization)) {
		read_authorization(authorization, credentials);
		return;
	}
	switch (http_find_cookie(cookie, CREDENTIALS_COOKIE_NAME, token, sizeof token)) {
	case HTTP_ABSENT: break;
	case HTTP_FOUND:
		/* A browser keeps an emptied cookie for a moment: it says "nobody". */
		if (token[0] != '\0')
			take_token(span_of(token), CREDENTIALS_COOKIE, credentials);
		break;
	case HTTP_MALFORMED:
	case HTTP_DOUBLED:
	case HTTP_TOO_LONG: credentials->source = CREDENTIALS_BAD; break;
	}
	if (authorization.len > 0 && credentials->source == CREDENTIALS_NONE)
		credentials->source = CREDENTIALS_BAD;
}
