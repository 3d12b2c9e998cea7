/* What a request asks for, and with whose secret: precedence, refusals, limits. */
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

static struct route
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

static void
assert_refused(const struct route *route, int status)
{
	assert_int_equal(route->kind, ROUTE_REFUSED);
	assert_int_equal(route->status, status);
	assert_non_null(route->detail);
}

/* Whatever was refused, nothing that is no token leaves the file. */
static void
assert_uri_refused(const char *uri, int status)
{
	struct route route = decide(uri, "", "", "");

	assert_refused(&route, status);
	assert_true(route.token[0] == '\0' || credentials_is_token(span_of(route.token)));
	assert_true(route.ticket[0] == '\0' || credentials_is_token(span_of(route.ticket)));
}

static void
assert_token(const struct route *route, const char *token, const char *ticket)
{
	assert_int_not_equal(route->kind, ROUTE_REFUSED);
	assert_string_equal(route->token, token);
	assert_string_equal(route->ticket, ticket);
}

static void
the_four_addresses_are_known(void **state)
{
	(void)state;
	assert_int_equal(decide(STREAM, "Bearer a", "", "").kind, ROUTE_STREAM);
	assert_int_equal(decide(STATS, "Bearer a", "", "").kind, ROUTE_STATS);
	assert_int_equal(decide("/api/health", "", "", "").kind, ROUTE_HEALTH);
	assert_int_equal(decide("/metrics", "", "", "").kind, ROUTE_METRICS);
	assert_int_equal(decide("/metrics?x=1", "", "", "").kind, ROUTE_METRICS);
	assert_int_equal(decide("http://host" STREAM, "Bearer a", "", "").kind, ROUTE_STREAM);
}

static void
any_other_address_is_not_found(void **state)
{
	static const char *const uris[] = { "", "/", STREAM "/", STREAM "x", STATS "/", "/api",
		"/api/notifications", "/Metrics", "//metrics", "/api/%68ealth", "metrics" };

	(void)state;
	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++)
		assert_uri_refused(uris[i], 404);
}

static void
only_get_is_possible(void **state)
{
	static const char *const methods[] = { "", "POST", "HEAD", "get", "GETT", "GE" };

	(void)state;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		const struct route_request request = { .method = exact(methods[i]),
			.uri = exact(STREAM) };
		struct route route;

		route_decide(&request, &rules, &route);
		assert_refused(&route, 405);
	}
}

static void
a_monitor_asks_for_health_by_head(void **state)
{
	const struct route_request request = { .method = exact("HEAD"),
		.uri = exact("/api/health") };
	struct route route;

	(void)state;
	route_decide(&request, &rules, &route);
	assert_int_equal(route.kind, ROUTE_HEALTH);
}

static void
a_token_may_be_shown_in_four_ways(void **state)
{
	struct route route;

	(void)state;
	route = decide(STREAM, "Bearer abc", "", "");
	assert_token(&route, "abc", "");
	route = decide(STREAM, "", "pgbell_session=abc", "");
	assert_token(&route, "abc", "");
	route = decide(STREAM "?token=abc", "", "", "");
	assert_token(&route, "abc", "");
	route = decide(STREAM "?ticket=abc", "", "", "");
	assert_token(&route, "", "abc");
}

static void
what_is_said_explicitly_goes_before_the_cookie(void **state)
{
	struct route route;

	(void)state;
	route = decide(STREAM "?token=query", "Bearer field", "pgbell_session=cookie", "");
	assert_token(&route, "field", "");
	route = decide(STREAM "?ticket=query", "Bearer field", "pgbell_session=cookie", "");
	assert_token(&route, "field", "");
	route = decide(STREAM "?token=query", "", "pgbell_session=cookie", "");
	assert_token(&route, "query", "");
	route = decide(STREAM "?ticket=query", "", "pgbell_session=cookie", "");
	assert_token(&route, "", "query");
	route = decide(STREAM "?ticket=query", "", "pgbell_session=not a token", "");
	assert_token(&route, "", "query");
}

static void
without_a_token_there_is_no_stream_and_no_statistics(void **state)
{
	(void)state;
	assert_uri_refused(STREAM, 401);
	assert_uri_refused(STATS, 401);
}

static void
what_cannot_be_a_token_is_refused_unasked(void **state)
{
	struct route route;

	(void)state;
	assert_uri_refused(STREAM "?token=", 401);
	assert_uri_refused(STREAM "?token=%20", 401);
	assert_uri_refused(STREAM "?token=a%20b", 401);
	assert_uri_refused(STREAM "?token=a%00b", 401);
	assert_uri_refused(STREAM "?token=%zz", 401);
	assert_uri_refused(STREAM "?token=a&token=b", 401);
	assert_uri_refused(STREAM "?ticket=%C3%A9", 401);
	assert_uri_refused(STREAM "?ticket=a&ticket=a", 401);
	route = decide(STREAM, "Basic YTpi", "", "");
	assert_refused(&route, 401);
	route = decide(STREAM, "Basic YTpi", "pgbell_session=abc", "");
	assert_string_equal(route.token, "abc");
	route = decide(STREAM "?ticket=abc", "Basic YTpi", "", "");
	assert_string_equal(route.ticket, "abc");
	route = decide(STREAM, "Bearer a b", "pgbell_session=abc", "");
	assert_refused(&route, 401);
	route = decide(STREAM, "", "pgbell_session=a b", "");
	assert_refused(&route, 401);
}

static void
both_a_token_and_a_ticket_are_refused(void **state)
{
	(void)state;
	assert_uri_refused(STREAM "?token=a&ticket=b", 400);
}

static void
a_token_of_4096_characters_is_taken_and_one_more_is_not(void **state)
{
	char uri[CREDENTIALS_TOKEN_MAX + 100], field[CREDENTIALS_TOKEN_MAX + 100];
	struct route route;
	int start;

	(void)state;
	for (int excess = 0; excess <= 1; excess++) {
		static const char *const names[] = { "token", "ticket" };

		for (int i = 0; i < 2; i++) {
			start = snprintf(uri, sizeof(uri), "%s?%s=", STREAM, names[i]);
			memset(uri + start, 'x', CREDENTIALS_TOKEN_MAX + 1);
			uri[start + CREDENTIALS_TOKEN_MAX + excess] = '\0';
			route = decide(uri, "", "", "");
			assert_int_equal(route.kind, excess ? ROUTE_REFUSED : ROUTE_STREAM);
			assert_int_equal(strlen(i == 0 ? route.token : route.ticket),
			    excess ? 0 : CREDENTIALS_TOKEN_MAX);
		}
		start = snprintf(field, sizeof(field), "Bearer ");
		memset(field + start, 'x', CREDENTIALS_TOKEN_MAX + 1);
		field[start + CREDENTIALS_TOKEN_MAX + excess] = '\0';
		route = decide(STREAM, field, "", "");
		assert_int_equal(route.kind, excess ? ROUTE_REFUSED : ROUTE_STREAM);
	}
}

static void
only_the_stream_takes_a_secret_in_its_address(void **state)
{
	(void)state;
	assert_uri_refused(STATS "?token=abc", 401);
	assert_uri_refused(STATS "?ticket=abc", 401);
}

static void
a_token_in_the_address_can_be_switched_off_and_a_ticket_stays(void **state)
{
	struct route_request request = { .method = exact("GET"),
		.uri = exact(STREAM "?token=abc") };
	struct route route;

	(void)state;
	route_decide(&request, &strict, &route);
	assert_refused(&route, 401);
	request.authorization = exact("Bearer abc");
	route_decide(&request, &strict, &route);
	assert_refused(&route, 401);
	request.uri = exact(STREAM);
	route_decide(&request, &strict, &route);
	assert_token(&route, "abc", "");
	request =
	    (struct route_request){ .method = exact("GET"), .uri = exact(STREAM "?ticket=abc") };
	route_decide(&request, &strict, &route);
	assert_token(&route, "", "abc");
}

static void
a_stream_resumes_after_the_number_in_the_field_or_in_the_address(void **state)
{
	struct route route;

	(void)state;
	route = decide(STREAM, "Bearer a", "", "41");
	assert_true(route.has_after && route.after == 41);
	route = decide(STREAM "?last_event_id=42", "Bearer a", "", "");
	assert_true(route.has_after && route.after == 42);
	route = decide(STREAM "?last_event_id=42", "Bearer a", "", "43");
	assert_true(route.has_after && route.after == 43);
	route = decide(STREAM "?lastEventId=44", "Bearer a", "", "");
	assert_true(route.has_after && route.after == 44);
	route = decide(STREAM "?lastEventId=44", "Bearer a", "", "45");
	assert_true(route.has_after && route.after == 45);
	route = decide(STREAM, "Bearer a", "", "0");
	assert_true(route.has_after && route.after == 0);
	route = decide(STREAM, "Bearer a", "", "9223372036854775807");
	assert_true(route.has_after && route.after == INT64_MAX);
}

/* A page's address says one, and a client that comes back adds the newer one. */
static void
the_number_that_a_client_keeps_up_to_date_goes_before_the_pages_own(void **state)
{
	(void)state;
	assert_int_equal(
	    decide(STREAM "?last_event_id=42&lastEventId=44", "Bearer a", "", "").after, 44);
	assert_int_equal(
	    decide(STREAM "?lastEventId=44&last_event_id=42", "Bearer a", "", "").after, 44);
	assert_int_equal(
	    decide(STREAM "?lastEventId=&last_event_id=42", "Bearer a", "", "").after, 42);
	assert_int_equal(
	    decide(STREAM "?lastEventId=44&last_event_id=42", "Bearer a", "", "43").after, 43);
	assert_int_equal(decide(STREAM "?lastEventId=x&last_event_id=42", "Bearer a", "", "").after,
	    TOPICS_NO_NUMBER);
}

static void
a_stream_without_a_number_begins_now(void **state)
{
	(void)state;
	assert_false(decide(STREAM, "Bearer a", "", "").has_after);
	assert_false(decide(STREAM "?last_event_id=", "Bearer a", "", "").has_after);
	assert_false(decide(STREAM "?last_event_id", "Bearer a", "", "").has_after);
	assert_false(decide(STREAM "?lastEventId=&last_event_id=", "Bearer a", "", "").has_after);
	assert_false(decide(STREAM "?lasteventid=7", "Bearer a", "", "").has_after);
}

static void
a_number_that_no_event_can_have_is_unknown_and_not_ignored(void **state)
{
	static const char *const ids[] = { "-1", "x", "1x", "9223372036854775808",
		"99999999999999999999999999999999999999", "1.0", "+1" };

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		char uri[128];
		struct route route = decide(STREAM, "Bearer a", "", ids[i]);

		assert_int_equal(route.kind, ROUTE_STREAM);
		assert_true(route.has_after);
		assert_int_equal(route.after, TOPICS_NO_NUMBER);
		snprintf(uri, sizeof(uri), "%s?%s=%s", STREAM,
		    i % 2 == 0 ? "last_event_id" : "lastEventId", ids[i]);
		route = decide(uri, "Bearer a", "", "");
		assert_int_equal(route.kind, ROUTE_STREAM);
		assert_true(route.has_after);
		assert_int_equal(route.after, TOPICS_NO_NUMBER);
	}
	assert_int_equal(
	    decide(STREAM "?last_event_id=1&last_event_id=2", "Bearer a", "", "").after,
	    TOPICS_NO_NUMBER);
	assert_int_equal(decide(STREAM "?lastEventId=1&lastEventId=2", "Bearer a", "", "").after,
	    TOPICS_NO_NUMBER);
}

/* --- topics ------------------------------------------------------------------ */

static void
assert_topics(const struct route *route, const char *expected)
{
	char *text = topics_format(&route->topics);

	assert_int_equal(route->kind, ROUTE_STREAM);
	assert_string_equal(text == NULL ? "" : text, expected);
	free(text);
}

static void
a_stream_may_name_topics(void **state)
{
	struct route route;

	(void)state;
	route = decide(STREAM "?topic=question:12&x=1&topic=question%3A9%3d3", "Bearer a", "", "");
	assert_topics(&route, "question:12 question:9=3");
	assert_string_equal(route.token, "a");
	assert_true(route.is_explicit);
	route = decide(STREAM "?topic=a&topic=b=2", "Bearer a", "", "41;b=7;c=9");
	assert_topics(&route, "a b=7");
	assert_true(route.has_after);
	assert_int_equal(route.after, 41);
	route = decide(STREAM "?topic=a&last_event_id=41%3Ba%3D7", "Bearer a", "", "");
	assert_topics(&route, "a=7");
	assert_int_equal(route.after, 41);
	route = decide(STREAM "?topic=a&last_event_id=41;a=7", "Bearer a", "", ";a=8");
	assert_topics(&route, "a=8");
	assert_false(route.has_after);
	route = decide(STREAM, "Bearer a", "", "");
	assert_topics(&route, "");
}

static void
assert_topic_refused(const char *query)
{
	char uri[8192];
	struct route route;

	snprintf(uri, sizeof(uri), "%s?%s", STREAM, query);
	route = decide(uri, "Bearer a", "", "");
	assert_refused(&route, 422);
	assert_string_equal(route.parameter, "topic");
	assert_string_equal(route.token, "");
}

static void
what_is_no_topic_is_refused(void **state)
{
	static const char *const queries[] = { "topic=", "topic", "topic=a%20b", "topic=a+b",
		"topic=%01a", "topic=%2501a", "topic=a%", "topic=a%00", "topic=a=x",
		"topic=a&topic=a", "topic=a=1&topic=a=2", "topic=a&topic=%61", "topic=a;b",
		"topic=%C3%A4" };
	char long_one[512] = "topic=";

	(void)state;
	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++)
		assert_topic_refused(queries[i]);
	memset(long_one + 6, 'a', TOPIC_BYTES + 1);
	assert_topic_refused(long_one);
	memset(long_one + 6, 'a', sizeof(long_one) - 7);
	assert_topic_refused(long_one);
}

static void
a_stream_names_so_many_topics_and_not_one_more(void **state)
{
	char query[1024] = "", uri[1100];
	struct route route;

	(void)state;
	for (int i = 0; i < TOPICS_MAX; i++)
		snprintf(query + strlen(query), 32, "topic=t%d&", i);
	snprintf(uri, sizeof(uri), "%s?%s", STREAM, query);
	route = decide(uri, "Bearer a", "", "");
	assert_int_equal(route.kind, ROUTE_STREAM);
	assert_int_equal(route.topics.count, TOPICS_MAX);
	strcat(query, "topic=more");
	assert_topic_refused(query);
}

/* What a browser adds of its own accord may be out of date; what was said is wrong. */
static void
a_visitor_follows_topics_without_a_token_but_not_with_a_wrong_one(void **state)
{
	static const char uri[] = STREAM "?topic=public:a";
	struct route route;

	(void)state;
	route = decide(uri, "", "", "");
	assert_topics(&route, "public:a");
	assert_token(&route, "", "");
	assert_false(route.is_explicit);
	route = decide(uri, "", "pgbell_session=", "");
	assert_token(&route, "", "");
	route = decide(uri, "", "pgbell_session=\xff", "");
	assert_token(&route, "", "");
	route = decide(uri, "Basic YTpi", "", "");
	assert_token(&route, "", "");
	assert_false(route.is_explicit);
	route = decide(uri, "", "pgbell_session=abc", "");
	assert_token(&route, "abc", "");
	assert_false(route.is_explicit);
	route = decide(uri, "Basic YTpi", "pgbell_session=abc", "");
	assert_token(&route, "abc", "");
	assert_false(route.is_explicit);
	route = decide(STREAM "?topic=public:a&ticket=abc", "", "pgbell_session=abc", "");
	assert_token(&route, "", "abc");
	assert_true(route.is_explicit);
	assert_uri_refused(STREAM "?topic=public:a&token=", 401);
	assert_uri_refused(STREAM "?topic=public:a&token=%ff", 401);
	route = decide(uri, "Bearer ", "", "");
	assert_refused(&route, 401);
	route = decide(uri, "Nonsense", "", "");
	assert_refused(&route, 401);
	assert_uri_refused(STATS "?topic=public:a", 401);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_four_addresses_are_known),
		cmocka_unit_test(any_other_address_is_not_found),
		cmocka_unit_test(only_get_is_possible),
		cmocka_unit_test(a_monitor_asks_for_health_by_head),
		cmocka_unit_test(a_token_may_be_shown_in_four_ways),
		cmocka_unit_test(what_is_said_explicitly_goes_before_the_cookie),
		cmocka_unit_test(without_a_token_there_is_no_stream_and_no_statistics),
		cmocka_unit_test(what_cannot_be_a_token_is_refused_unasked),
		cmocka_unit_test(both_a_token_and_a_ticket_are_refused),
		cmocka_unit_test(a_token_of_4096_characters_is_taken_and_one_more_is_not),
		cmocka_unit_test(only_the_stream_takes_a_secret_in_its_address),
		cmocka_unit_test(a_token_in_the_address_can_be_switched_off_and_a_ticket_stays),
		cmocka_unit_test(a_stream_resumes_after_the_number_in_the_field_or_in_the_address),
		cmocka_unit_test(
		    the_number_that_a_client_keeps_up_to_date_goes_before_the_pages_own),
		cmocka_unit_test(a_stream_without_a_number_begins_now),
		cmocka_unit_test(a_number_that_no_event_can_have_is_unknown_and_not_ignored),
		cmocka_unit_test(a_stream_may_name_topics),
		cmocka_unit_test(what_is_no_topic_is_refused),
		cmocka_unit_test(a_stream_names_so_many_topics_and_not_one_more),
		cmocka_unit_test(a_visitor_follows_topics_without_a_token_but_not_with_a_wrong_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
