/* The topics that a request names, and whose stream it is that follows them. */
#include "tests/unit/route_scene.h"

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
	snprintf(query + strlen(query), 16, "topic=more");
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
		cmocka_unit_test(a_stream_may_name_topics),
		cmocka_unit_test(what_is_no_topic_is_refused),
		cmocka_unit_test(a_stream_names_so_many_topics_and_not_one_more),
		cmocka_unit_test(a_visitor_follows_topics_without_a_token_but_not_with_a_wrong_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
