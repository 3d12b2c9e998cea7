/*
 * HttpOnly hides the token from scripts.  SameSite=Lax keeps it out of other
 * sites' forms in browsers that know SameSite; the same-origin check in request.c
 * refuses those forms in all browsers.
 */
#include "cgi/api/cookie.h"

#include <stdio.h>
#include <string.h>

#define ATTRIBUTES "Path=/; HttpOnly; SameSite=Lax"

static bool
parse_two(const char *at, int *value)
{
	if (at[0] < '0' || at[0] > '9' || at[1] < '0' || at[1] > '9')
		return false;
	*value = (at[0] - '0') * 10 + (at[1] - '0');
	return true;
}

/* "Z", "+01", "+01:30" or "-01:30:15" as seconds east of UTC. */
static bool
parse_offset(const char *at, long *east_s)
{
	static const long unit_s[] = { 3600, 60, 1 };
	long sum = 0;
	char sign = *at++;

	*east_s = 0;
	if (sign == 'Z')
		return *at == '\0';
	if (sign != '+' && sign != '-')
		return false;
	for (int i = 0; i < 3; i++) {
		int value;

		if (!parse_two(at, &value))
			return false;
		sum += value * unit_s[i];
		at += 2;
		if (*at != ':')
			break;
		at++;
	}
	*east_s = sign == '-' ? -sum : sum;
	return *at == '\0';
}

bool
cookie_parse_time(const char *text, time_t *time)
{
	struct tm tm = { .tm_isdst = 0 };
	const char *at = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	long east_s;

	if (at == NULL)
		return false;
	if (*at == '.')
		at += 1 + strspn(at + 1, "0123456789");
	if (!parse_offset(at, &east_s))
		return false;
	*time = timegm(&tm) - east_s;
	return true;
}

static bool
is_fit_token(const char *token)
{
	size_t len = strspn(token, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789-._~+/");

	return len > 0 && token[len + strspn(token + len, "=")] == '\0' &&
	       strlen(token) <= COOKIE_TOKEN_MAX;
}

bool
cookie_format(
    const char *token, const char *expires_at, time_t now, bool secure, char out[COOKIE_MAX])
{
	time_t end = now + COOKIE_LIFETIME_MAX_S;

	if (!is_fit_token(token) || (expires_at != NULL && !cookie_parse_time(expires_at, &end)) ||
	    end <= now)
		return false;
	snprintf(out, COOKIE_MAX, CREDENTIALS_COOKIE_NAME "=%s; Max-Age=%lld; " ATTRIBUTES "%s",
	    token, (long long)(end - now), secure ? "; Secure" : "");
	return true;
}

void
cookie_format_cleared(bool secure, char out[COOKIE_MAX])
{
	snprintf(out, COOKIE_MAX, CREDENTIALS_COOKIE_NAME "=; Max-Age=0; " ATTRIBUTES "%s",
	    secure ? "; Secure" : "");
}

/* The host without its port, if it is a name of two parts at least. */
static bool
find_domain(struct span host, char domain[COOKIE_TWIN_MAX / 2])
{
	size_t len = 0;
	bool has_letter = false;

	while (len < host.len && host.at[len] != ':' && len + 1 < COOKIE_TWIN_MAX / 2) {
		char c = host.at[len];
		bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (!is_letter && !(c >= '0' && c <= '9') && c != '-' && c != '.')
			return false;
		has_letter |= is_letter;
		domain[len++] = c;
	}
	domain[len] = '\0';
	return has_letter && (len == host.len || host.at[len] == ':');
}

size_t
cookie_format_twins(struct span host, char out[COOKIE_TWINS_MAX][COOKIE_TWIN_MAX])
{
	char domain[COOKIE_TWIN_MAX / 2];
	const char *at = domain;
	size_t count = 0;

	snprintf(out[count++], COOKIE_TWIN_MAX,
	    CREDENTIALS_COOKIE_NAME "=; Max-Age=0; Path=/api; HttpOnly; SameSite=Lax");
	if (!find_domain(host, domain))
		return count;
	/* No browser takes a cookie for a name without a dot, as "org". */
	while (strchr(at, '.') != NULL && count < COOKIE_TWINS_MAX) {
		snprintf(out[count++], COOKIE_TWIN_MAX,
		    CREDENTIALS_COOKIE_NAME "=; Max-Age=0; Domain=%s; " ATTRIBUTES, at);
		at = strchr(at, '.') + 1;
	}
	return count;
}
