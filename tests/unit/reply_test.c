/* Replies: golden heads, and that no value can split one. */
#include "cgi/api/reply.h"

#include <json-c/json.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
// cmocka wants the four headers above it
#include <cmocka.h>

#define ALWAYS "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"

static void
assert_head(struct reply *reply, const char *expected)
{
	char head[REPLY_HEAD_MAX + 1];
	size_t len = reply_format_head(reply, head);

	head[len] = '\0';
	assert_string_equal(head, expected);
	reply_release(reply);
}

static void
json_is_announced_with_type_and_length(void **state)
{
	struct reply reply = { .status = 0 };

	(void)state;
	reply_set_json(&reply, 200, strdup("{\"a\":1}"));
	assert_true(span_equals(reply_body(&reply), "{\"a\":1}"));
	assert_head(&reply, "Status: 200 OK\r\nContent-Type: application/json\r\n"
			    "Content-Length: 7\r\n" ALWAYS "\r\n");
}

static void
no_content_has_no_body(void **state)
{
	struct reply reply = { .status = 0 };

	(void)state;
	reply_set_json(&reply, 204, strdup("{}"));
	assert_int_equal(reply_body(&reply).len, 0);
	assert_head(&reply, "Status: 204 No Content\r\n" ALWAYS "\r\n");
}

static void
head_announces_a_body_that_is_not_sent(void **state)
{
	struct reply reply = { .is_head = true };

	(void)state;
	reply_set_json(&reply, 200, strdup("{\"a\":1}"));
	assert_int_equal(reply_body(&reply).len, 0);
	assert_head(&reply, "Status: 200 OK\r\nContent-Type: application/json\r\n"
			    "Content-Length: 7\r\n" ALWAYS "\r\n");
}

static void
a_problem_takes_back_what_success_would_have_set(void **state)
{
	struct reply reply = { .location = "/api/x", .cookie = "a=b" };

	(void)state;
	reply_set_json(&reply, 201, strdup("{}"));
	reply_set_problem(&reply, &(struct problem){ .status = 404 });
	assert_head(&reply, "Status: 404 Not Found\r\nContent-Type: application/problem+json\r\n"
			    "Content-Length: 72\r\n" ALWAYS "\r\n");
}

static void
each_status_has_the_fields_that_belong_to_it(void **state)
{
	struct reply reply = { .status = 401 };

	(void)state;
	assert_head(&reply, "Status: 401 Unauthorized\r\n" ALWAYS
			    "WWW-Authenticate: Bearer realm=\"pgbell\"\r\n\r\n");
	reply.token_refused = true;
	assert_head(&reply,
	    "Status: 401 Unauthorized\r\n" ALWAYS
	    "WWW-Authenticate: Bearer realm=\"pgbell\", error=\"invalid_token\"\r\n\r\n");
	reply = (struct reply){ .status = 503 };
	assert_head(&reply, "Status: 503 Service Unavailable\r\n" ALWAYS "Retry-After: 2\r\n\r\n");
	reply = (struct reply){ .status = 429, .retry_after_s = 37 };
	assert_head(&reply, "Status: 429 Too Many Requests\r\n" ALWAYS "Retry-After: 37\r\n\r\n");
	reply = (struct reply){ .status = 405, .allow = "GET, HEAD" };
	assert_head(&reply, "Status: 405 Method Not Allowed\r\n" ALWAYS "Allow: GET, HEAD\r\n\r\n");
	reply = (struct reply){ .status = 201, .location = "/api/questions/1", .cookie = "a=b" };
	assert_head(&reply, "Location: /api/questions/1\r\nStatus: 201 Created\r\n" ALWAYS
			    "Set-Cookie: a=b\r\n\r\n");
}

static void
a_value_with_a_line_end_takes_its_field_away(void **state)
{
	struct reply reply = { .status = 200, .location = "/a\r\nX: y", .cookie = "a\nb" };

	(void)state;
	assert_head(&reply, "Status: 200 OK\r\n" ALWAYS "\r\n");
}

static void
the_longest_values_fit(void **state)
{
	struct reply reply = { .status = 503, .token_refused = true, .retry_after_s = UINT_MAX };
	char head[REPLY_HEAD_MAX];
	size_t len;

	(void)state;
	memset(reply.allow, 'a', sizeof reply.allow - 1);
	memset(reply.location, 'l', sizeof reply.location - 1);
	memset(reply.cookie, 'c', sizeof reply.cookie - 1);
	len = reply_format_head(&reply, head);
	assert_memory_equal(head + len - 5, "c\r\n\r\n", 5);
}

static void
assert_location(const char *pattern, const char *answer, const char *expected)
{
	struct reply reply = { .status = 201 };
	struct json_object *json = json_tokener_parse(answer);

	reply_set_location(&reply, pattern, json);
	assert_string_equal(reply.location, expected);
	json_object_put(json);
}

static void
a_location_is_filled_from_the_answer(void **state)
{
	(void)state;
	assert_location("/api/questions/{id}", "{\"id\":12}", "/api/questions/12");
	assert_location("/api/a/{q_id}/b", "{\"id\":1,\"q_id\":9223372036854775807}",
	    "/api/a/9223372036854775807/b");
	assert_location("/api/questions/{id}", "{\"id\":\"1\\r\\nX: y\"}", "");
	assert_location("/api/questions/{id}", "{}", "");
	assert_location("/api/questions/{id}", "null", "");
	assert_location("/api/questions/{id}", "[1]", "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_is_announced_with_type_and_length),
		cmocka_unit_test(no_content_has_no_body),
		cmocka_unit_test(head_announces_a_body_that_is_not_sent),
		cmocka_unit_test(a_problem_takes_back_what_success_would_have_set),
		cmocka_unit_test(each_status_has_the_fields_that_belong_to_it),
		cmocka_unit_test(a_value_with_a_line_end_takes_its_field_away),
		cmocka_unit_test(the_longest_values_fit),
		cmocka_unit_test(a_location_is_filled_from_the_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
