/*
 * Pure: bytes in, a struct or a refusal out.  The order of the checks is the
 * order of what they cost us: the size before the body is read, the type
 * before it is parsed, the token's shape before the database is asked.
 */
#include "cgi/api/request.h"

#include <stdio.h>
#include <string.h>

#include "common/http.h"

static bool
refuse(struct problem *problem, int status, const char *detail)
{
	*problem = (struct problem){ .status = status, .detail = detail };
	return false;
}

enum variable {
	METHOD,
	URI,
	TYPE,
	LENGTH,
	AUTHORIZATION,
	COOKIE,
	HOST,
	ORIGIN,
	SEC_FETCH_SITE,
	HTTPS,
	SCHEME,
	VARIABLE_COUNT,
};

#define NAME(name) ((struct span){ name, sizeof(name) - 1 })

static const struct span names[VARIABLE_COUNT] = {
	[METHOD] = NAME("REQUEST_METHOD"),
	[URI] = NAME("REQUEST_URI"),
	[TYPE] = NAME("CONTENT_TYPE"),
	[LENGTH] = NAME("CONTENT_LENGTH"),
	[AUTHORIZATION] = NAME("HTTP_AUTHORIZATION"),
	[COOKIE] = NAME("HTTP_COOKIE"),
	[HOST] = NAME("HTTP_HOST"),
	[ORIGIN] = NAME("HTTP_ORIGIN"),
	[SEC_FETCH_SITE] = NAME("HTTP_SEC_FETCH_SITE"),
	[HTTPS] = NAME("HTTPS"),
	[SCHEME] = NAME("REQUEST_SCHEME"),
};

/* Pick the variables that matter; where one stands twice the first counts. */
static void
collect(char *const environment[], struct span values[VARIABLE_COUNT])
{
	for (; *environment != NULL; environment++) {
		const char *name = *environment, *equals = strchr(name, '=');

		for (size_t i = 0; equals != NULL && i < VARIABLE_COUNT; i++)
			if (names[i].len == (size_t)(equals - name) && values[i].at == NULL &&
			    memcmp(names[i].at, name, names[i].len) == 0)
				values[i] = span_of(equals + 1);
	}
}

/* The method that a request means: a POST may stand for PUT or DELETE. */
static struct span
find_method(struct span method, struct span query)
{
	char meant[8];

	if (span_equals(method, "POST") &&
	    http_find_query(query, REQUEST_METHOD_QUERY, meant, sizeof meant) == HTTP_FOUND) {
		if (strcmp(meant, "PUT") == 0)
			return span_of("PUT");
		if (strcmp(meant, "DELETE") == 0)
			return span_of("DELETE");
	}
	return method;
}

static bool
is_safe(struct span method)
{
	return span_equals(method, "GET") || span_equals(method, "HEAD") ||
	       span_equals(method, "OPTIONS");
}

static enum request_body
measure_body(struct span content_length, struct span method, size_t *length)
{
	int64_t bytes = 0;

	*length = 0;
	if (content_length.len == 0 || span_equals(content_length, "-1"))
		return is_safe(method) ? REQUEST_BODY_MEASURED : REQUEST_BODY_OPEN_ENDED;
	if (!http_parse_integer(content_length, 0, INT64_MAX, &bytes))
		return REQUEST_BODY_INVALID;
	*length = (size_t)bytes;
	return REQUEST_BODY_MEASURED;
}

enum request_body
request_measure_body(char *const environment[], size_t *length)
{
	struct span v[VARIABLE_COUNT] = { { NULL, 0 } };

	collect(environment, v);
	return measure_body(v[LENGTH], v[METHOD], length);
}

bool
request_read(char *const environment[], struct request *request, struct problem *problem)
{
	struct span v[VARIABLE_COUNT] = { { NULL, 0 } }, path;

	/* One by one: to clear the texts as well, 17 KB, takes longer than all the rest. */
	collect(environment, v);
	request->content_type = v[TYPE];
	request->body_is_open_ended = false;
	request->host = v[HOST];
	request->origin = v[ORIGIN];
	request->sec_fetch_site = v[SEC_FETCH_SITE];
	request->is_https = span_equals(v[HTTPS], "on") || span_equals(v[SCHEME], "https");
	if (v[METHOD].len == 0 || v[URI].len == 0)
		return refuse(problem, 400, "The request has no method or no target.");
	http_split_target(v[URI], &path, &request->query);
	request->method = find_method(v[METHOD], request->query);
	switch (http_decode_percent(path, false, request->path, sizeof request->path)) {
	case HTTP_FOUND: break;
	case HTTP_TOO_LONG: return refuse(problem, 404, "Nothing has a path as long as this.");
	default: return refuse(problem, 400, "The path is not well encoded.");
	}
	switch (measure_body(v[LENGTH], request->method, &request->content_length)) {
	case REQUEST_BODY_MEASURED: break;
	case REQUEST_BODY_OPEN_ENDED: request->body_is_open_ended = true; break;
	case REQUEST_BODY_INVALID:
		return refuse(problem, 400, "The content length is not a number.");
	}
	credentials_read(v[AUTHORIZATION], v[COOKIE], &request->credentials);
	return true;
}

bool
request_is_safe(const struct request *request)
{
	return is_safe(request->method);
}

/* The value of a header field, fit to be shown. */
static void
show(struct span field, char *out, size_t capacity)
{
	size_t len = 0;

	for (; len < field.len && len + 1 < capacity; len++)
		out[len] = field.at[len] > ' ' && field.at[len] <= '~' ? field.at[len] : '?';
	out[len] = '\0';
}

/* Refuse a page that is not the site's own, with what the headers say of the page and the site. */
static bool
refuse_page(struct request *request, bool is_https, struct problem *problem)
{
	char page[96], site[96], why[280];

	show(request->origin, page, sizeof page);
	show(request->host, site, sizeof site);
	if (request->sec_fetch_site.len > 0) {
		show(request->sec_fetch_site, site, sizeof site);
		snprintf(why, sizeof why, "the browser says that it is %s (Sec-Fetch-Site)", site);
	} else if (request->origin.len == 0) {
		snprintf(why, sizeof why, "the request has neither Origin nor Sec-Fetch-Site");
	} else if (request->host.len == 0) {
		snprintf(why, sizeof why,
		    "the page is of %s, and the web server tells no Host (HTTP_HOST)", page);
	} else {
		snprintf(why, sizeof why, "the page is of %s, and this server is %s://%s", page,
		    is_https ? "https" : "http", site);
	}
	snprintf(request->refusal, sizeof request->refusal,
	    "With the cookie, changes are taken from the site's own pages only: %s.", why);
	return refuse(problem, 403, request->refusal);
}

static bool
admit_caller(struct request *request, const struct action *action,
    const struct request_rules *rules, struct problem *problem)
{
	const struct http_page page = { request->origin, request->sec_fetch_site, request->host,
		request->is_https || rules->is_https, rules->origins };

	if (action->is_public)
		return true; /* it acts for nobody, so a cookie that came along lends it nothing */
	switch (request->credentials.source) {
	case CREDENTIALS_NONE: return refuse(problem, 401, "Sign in first: a token is needed.");
	case CREDENTIALS_BAD: return refuse(problem, 401, "What was shown is not a token.");
	case CREDENTIALS_BEARER: return true;
	case CREDENTIALS_COOKIE: break;
	}
	/* A browser adds the cookie to the requests of any page, but never a bearer token. */
	if (request_is_safe(request) || http_is_own_page(&page))
		return true;
	return refuse_page(request, page.is_https, problem);
}

bool
request_admit_body(
    const struct request *request, size_t length, size_t body_bytes, struct problem *problem)
{
	if (length > body_bytes)
		return refuse(problem, 413, "The body is larger than this server takes.");
	if (length > 0 && !http_is_media_type(request->content_type, "application/json"))
		return refuse(problem, 415, "The body must be application/json.");
	return true;
}

bool
request_admit(struct request *request, const struct action *action,
    const struct request_rules *rules, struct problem *problem)
{
	return request_admit_body(request, request->content_length, rules->body_bytes, problem) &&
	       admit_caller(request, action, rules, problem);
}
