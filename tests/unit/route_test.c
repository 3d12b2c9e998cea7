/* What a request asks for, and with whose secret: precedence, refusals, limits. */
#include "tests/unit/route_scene.h"

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
