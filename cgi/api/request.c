/*
 * Pure: bytes in, a struct or a refusal out.  The order of the checks is the
 * order of what they cost us: the size before the body is read, the type
 * before it is parsed, the token's shape before the database is asked.
 */
#include "cgi/api/request.h"

#include <string.h>

#include "common/http.h"

static bool
refuse(struct problem *problem, int status, const char *detail)
{
	*problem = (struct problem){ .status = status, .detail = detail };
	return false;
}

struct variables {
	struct span method, uri, type, length, authorization, cookie;
	struct span host, origin, sec_fetch_site, https, scheme;
};

/* Pick the variables that matter; where one stands twice the first counts. */
static void
collect(char *const environment[], struct variables *v)
{
	const struct {
		const char *name;
		struct span *value;
	} wanted[] = {
		{ "REQUEST_METHOD", &v->method },
		{ "REQUEST_URI", &v->uri },
		{ "CONTENT_TYPE", &v->type },
		{ "CONTENT_LENGTH", &v->length },
		{ "HTTP_AUTHORIZATION", &v->authorization },
		{ "HTTP_COOKIE", &v->cookie },
		{ "HTTP_HOST", &v->host },
		{ "HTTP_ORIGIN", &v->origin },
		{ "HTTP_SEC_FETCH_SITE", &v->sec_fetch_site },
		{ "HTTPS", &v->https },
		{ "REQUEST_SCHEME", &v->scheme },
	};

	memset(v, 0, sizeof *v);
	for (; *environment != NULL; environment++) {
		const char *equals = strchr(*environment, '=');
		struct span name;

		if (equals == NULL)
			continue;
		name = (struct span){ *environment, (size_t)(equals - *environment) };
		for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
			if (wanted[i].value->at == NULL && span_equals(name, wanted[i].name))
				*wanted[i].value = span_of(equals + 1);
	}
}

bool
request_read(char *const environment[], struct request *request, struct problem *problem)
{
	struct variables v;
	struct span path;
	int64_t length = 0;

	collect(environment, &v);
	*request = (struct request){ .method = v.method,
		.content_type = v.type,
		.host = v.host,
		.origin = v.origin,
		.sec_fetch_site = v.sec_fetch_site,
		.is_https = span_equals(v.https, "on") || span_equals(v.scheme, "https") };
	if (v.method.len == 0 || v.uri.len == 0)
		return refuse(problem, 400, "The request has no method or no target.");
	http_split_target(v.uri, &path, &request->query);
	switch (http_decode_percent(path, false, request->path, sizeof request->path)) {
	case HTTP_FOUND: break;
	case HTTP_TOO_LONG: return refuse(problem, 404, "Nothing has a path as long as this.");
	default: return refuse(problem, 400, "The path is not well encoded.");
	}
	if (v.length.len > 0 && !http_parse_integer(v.length, 0, INT64_MAX, &length))
		return refuse(problem, 400, "The content length is not a number.");
	request->content_length = (size_t)length;
	credentials_read(v.authorization, v.cookie, &request->credentials);
	return true;
}

bool
request_is_safe(const struct request *request)
{
	return span_equals(request->method, "GET") || span_equals(request->method, "HEAD") ||
	       span_equals(request->method, "OPTIONS");
}

static bool
admit_caller(const struct request *request, const struct action *action, struct problem *problem)
{
	if (action->is_public)
		return true; /* it acts for nobody, so a cookie that came along lends it nothing */
	switch (request->credentials.source) {
	case CREDENTIALS_NONE: return refuse(problem, 401, "Sign in first: a token is needed.");
	case CREDENTIALS_BAD: return refuse(problem, 401, "What was shown is not a token.");
	case CREDENTIALS_BEARER: return true;
	case CREDENTIALS_COOKIE: break;
	}
	/* A browser sends the cookie along whoever's page asked; a bearer token it does not. */
	if (request_is_safe(request) ||
	    http_is_same_origin(request->origin, request->host, request->sec_fetch_site))
		return true;
	return refuse(
	    problem, 403, "With the cookie, changes are taken from the site's own pages only.");
}

bool
request_admit(const struct request *request, const struct action *action, size_t body_bytes,
    struct problem *problem)
{
	if (request->content_length > body_bytes)
		return refuse(problem, 413, "The body is larger than this server takes.");
	if (request->content_length > 0 &&
	    !http_is_media_type(request->content_type, "application/json"))
		return refuse(problem, 415, "The body must be application/json.");
	return admit_caller(request, action, problem);
}
