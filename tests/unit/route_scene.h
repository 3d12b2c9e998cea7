/* What a request is decided to be: what the tests of routes share.  For one source file of a
 * program. */
#ifndef PGBELL_TESTS_ROUTE_SCENE_H
#define PGBELL_TESTS_ROUTE_SCENE_H

#include "cgi/stream/wire/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
// cmocka wants the four headers above it
#include <cmocka.h>

#include "tests/unit/exact.h"

#define STREAM ROUTE_PREFIX
#define STATS ROUTE_PREFIX "/stats"

static const struct route_rules rules = { .query_token = true };
static const struct route_rules strict = { .query_token = false };

static inline struct route
decide(const char *uri, const char *authorization, const char *cookie, const char *last_event_id)
{
	const struct route_request request = { .method = exact("GET"),
		.uri = exact(uri),
		.authorization = exact(authorization),
		.cookie = exact(cookie),
		.last_event_id = exact(last_event_id) };
	struct route route;

	route_decide(&request, &rules, &route);
	return route;
}

static inline void
assert_refused(const struct route *route, int status)
{
	assert_int_equal(route->kind, ROUTE_REFUSED);
	assert_int_equal(route->status, status);
	assert_non_null(route->detail);
}

/* Whatever was refused, nothing that is no token leaves the file. */
static inline void
assert_uri_refused(const char *uri, int status)
{
	struct route route = decide(uri, "", "", "");

	assert_refused(&route, status);
	assert_true(route.token[0] == '\0' || credentials_is_token(span_of(route.token)));
	assert_true(route.ticket[0] == '\0' || credentials_is_token(span_of(route.ticket)));
}

static inline void
assert_token(const struct route *route, const char *token, const char *ticket)
{
	assert_int_not_equal(route->kind, ROUTE_REFUSED);
	assert_string_equal(route->token, token);
	assert_string_equal(route->ticket, ticket);
}

#endif
