/* Reading a request out of CGI variables, and what is admitted. */
#include "cgi/api/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
// cmocka wants the four headers above it
#include <cmocka.h>

#define BODY_BYTES 1000
#define OWN_PAGE "HTTP_HOST=a.example", "HTTP_ORIGIN=https://a.example"

static const struct action open_row = { "POST", "/open", "qa.f", 200, "", .is_public = true };
static const struct action closed_row = { "POST", "/closed", "qa.f", 200, "", .is_public = false };

static struct request request;
static struct problem problem;

static int
read_environment(char *const environment[])
{
	return request_read(environment, &request, &problem) ? 200 : problem.status;
}

#define MEASURE(length, ...) request_measure_body((char *const[]){ __VA_ARGS__, NULL }, length)

/* The status that a request of these variables gets; 200 where it may go on. */
#define READ(...) read_environment((char *const[]){ __VA_ARGS__, NULL })

static int
admit(const struct action *action)
{
	static const struct request_rules rules = { BODY_BYTES, "https://b.example", false };

	return request_admit(&request, action, &rules, &problem) ? 200 : problem.status;
}

static void
the_variables_are_read(void **state)
{
	(void)state;
	assert_int_equal(READ("SERVER_SOFTWARE=x", "REQUEST_METHOD=PUT",
			     "REQUEST_URI=/a%20b?c=%20d", "CONTENT_TYPE=application/json",
			     "CONTENT_LENGTH=12", "HTTP_AUTHORIZATION=Bearer abc", "HTTPS=on"),
	    200);
	assert_true(span_equals(request.method, "PUT"));
	assert_string_equal(request.path, "/a b");
	assert_true(span_equals(request.query, "c=%20d"));
	assert_int_equal(request.content_length, 12);
	assert_string_equal(request.credentials.token, "abc");
	assert_true(request.is_https);
}

static void
what_is_missing_is_empty(void **state)
{
	(void)state;
	assert_int_equal(READ("REQUEST_METHOD=GET", "REQUEST_URI=/", "CONTENT_LENGTH=", "HTTPS=off",
			     "REQUEST_SCHEME=http", "NOTHING"),
	    200);
	assert_int_equal(request.content_length, 0);
	assert_int_equal(request.query.len, 0);
	assert_int_equal(request.credentials.source, CREDENTIALS_NONE);
	assert_false(request.is_https);
	assert_int_equal(READ("REQUEST_METHOD=GET", "REQUEST_URI=/", "REQUEST_SCHEME=https"), 200);
	assert_true(request.is_https);
}

static void
a_body_is_measured_or_open_ended_also_where_its_request_is_refused(void **state)
{
	size_t length = 1;

	(void)state;
	assert_int_equal(
	    MEASURE(&length, "REQUEST_METHOD=POST", "CONTENT_LENGTH=12"), REQUEST_BODY_MEASURED);
	assert_int_equal(length, 12);
	assert_int_equal(
	    MEASURE(&length, "REQUEST_METHOD=PUT", "CONTENT_LENGTH=-1"), REQUEST_BODY_OPEN_ENDED);
	assert_int_equal(length, 0);
	assert_int_equal(MEASURE(&length, "REQUEST_METHOD=DELETE"), REQUEST_BODY_OPEN_ENDED);
	assert_int_equal(MEASURE(&length, "REQUEST_METHOD=GET"), REQUEST_BODY_MEASURED);
	assert_int_equal(length, 0);
	assert_int_equal(
	    MEASURE(&length, "REQUEST_METHOD=POST", "CONTENT_LENGTH=12x"), REQUEST_BODY_INVALID);
	assert_int_equal(length, 0);
}

static void
a_body_may_come_without_a_length(void **state)
{
	(void)state;
	assert_int_equal(READ("REQUEST_METHOD=POST", "REQUEST_URI=/"), 200);
	assert_true(request.body_is_open_ended);
	assert_int_equal(READ("REQUEST_METHOD=POST", "REQUEST_URI=/", "CONTENT_LENGTH="), 200);
	assert_true(request.body_is_open_ended);
	assert_int_equal(READ("REQUEST_METHOD=POST", "REQUEST_URI=/", "CONTENT_LENGTH=0"), 200);
	assert_false(request.body_is_open_ended);
	assert_int_equal(READ("REQUEST_METHOD=POST", "REQUEST_URI=/", "CONTENT_LENGTH=-1"), 200);
	assert_true(request.body_is_open_ended);
	assert_int_equal(READ("REQUEST_METHOD=GET", "REQUEST_URI=/"), 200);
	assert_false(request.body_is_open_ended);
	assert_int_equal(READ("REQUEST_METHOD=GET", "REQUEST_URI=/", "CONTENT_LENGTH=-1"), 200);
	assert_false(request.body_is_open_ended);

	READ("REQUEST_METHOD=POST", "REQUEST_URI=/", "CONTENT_TYPE=application/json");
	assert_true(request_admit_body(&request, BODY_BYTES, BODY_BYTES, &problem));
	assert_false(request_admit_body(&request, BODY_BYTES + 1, BODY_BYTES, &problem));
	assert_int_equal(problem.status, 413);
	READ("REQUEST_METHOD=POST", "REQUEST_URI=/", "CONTENT_TYPE=text/plain");
	assert_true(request_admit_body(&request, 0, BODY_BYTES, &problem));
	assert_false(request_admit_body(&request, 1, BODY_BYTES, &problem));
	assert_int_equal(problem.status, 415);
}

static void
what_makes_no_request_is_refused(void **state)
{
	(void)state;
	assert_int_equal(READ("REQUEST_METHOD=GET"), 400);
	assert_int_equal(READ("REQUEST_URI=/"), 400);
	assert_int_equal(READ("REQUEST_METHOD=GET", "REQUEST_URI=/%"), 400);
	assert_int_equal(READ("REQUEST_METHOD=GET", "REQUEST_URI=/%00"), 400);
	assert_int_equal(READ("REQUEST_METHOD=GET", "REQUEST_URI=/%ff"), 400);
	assert_int_equal(READ("REQUEST_METHOD=GET", "REQUEST_URI=/", "CONTENT_LENGTH=-2"), 400);
	assert_int_equal(READ("REQUEST_METHOD=GET", "REQUEST_URI=/", "CONTENT_LENGTH=1x"), 400);
	assert_int_equal(
	    READ("REQUEST_METHOD=GET", "REQUEST_URI=/", "CONTENT_LENGTH=99999999999999999999"),
	    400);
}

static void
a_path_may_be_as_long_as_its_limit_and_no_longer(void **state)
{
	char uri[13 + REQUEST_PATH_MAX + 1];

	(void)state;
	snprintf(uri, sizeof uri, "REQUEST_URI=/%0*d", REQUEST_PATH_MAX - 1, 0);
	assert_int_equal(READ("REQUEST_METHOD=GET", uri), 200);
	assert_int_equal(strlen(request.path), REQUEST_PATH_MAX);
	snprintf(uri, sizeof uri, "REQUEST_URI=/%0*d", REQUEST_PATH_MAX, 0);
	assert_int_equal(READ("REQUEST_METHOD=GET", uri), 404);
}

static void
a_body_may_be_as_large_as_its_limit_and_no_larger(void **state)
{
	(void)state;
	assert_int_equal(READ("REQUEST_METHOD=POST", "REQUEST_URI=/", "CONTENT_LENGTH=1000",
			     "CONTENT_TYPE=application/json"),
	    200);
	assert_int_equal(admit(&open_row), 200);
	assert_int_equal(READ("REQUEST_METHOD=POST", "REQUEST_URI=/", "CONTENT_LENGTH=1001",
			     "CONTENT_TYPE=application/json"),
	    200);
	assert_int_equal(admit(&open_row), 413);
}

static void
a_body_is_json_or_it_is_refused(void **state)
{
	(void)state;
	assert_int_equal(READ("REQUEST_METHOD=POST", "REQUEST_URI=/", "CONTENT_LENGTH=1"), 200);
	assert_int_equal(admit(&open_row), 415);
	assert_int_equal(READ("REQUEST_METHOD=POST", "REQUEST_URI=/", "CONTENT_LENGTH=1",
			     "CONTENT_TYPE=application/x-www-form-urlencoded"),
	    200);
	assert_int_equal(admit(&open_row), 415);
	assert_int_equal(READ("REQUEST_METHOD=POST", "REQUEST_URI=/", "CONTENT_LENGTH=0"), 200);
	assert_int_equal(admit(&open_row), 200);
}

static void
a_token_is_needed_where_the_row_says_so(void **state)
{
	(void)state;
	assert_int_equal(READ("REQUEST_METHOD=POST", "REQUEST_URI=/"), 200);
	assert_int_equal(admit(&open_row), 200);
	assert_int_equal(admit(&closed_row), 401);
	assert_int_equal(
	    READ("REQUEST_METHOD=POST", "REQUEST_URI=/", "HTTP_AUTHORIZATION=Bearer a b"), 200);
	assert_int_equal(admit(&open_row), 200);
	assert_int_equal(admit(&closed_row), 401);
	assert_int_equal(
	    READ("REQUEST_METHOD=POST", "REQUEST_URI=/", "HTTP_AUTHORIZATION=Bearer ab"), 200);
	assert_int_equal(admit(&closed_row), 200);
}

static void
a_change_by_cookie_comes_from_the_sites_own_pages(void **state)
{
	(void)state;
	assert_int_equal(
	    READ("REQUEST_METHOD=POST", "REQUEST_URI=/", "HTTP_COOKIE=pgbell_session=a"), 200);
	assert_int_equal(admit(&closed_row), 403);
	assert_int_equal(admit(&open_row), 200);
	assert_int_equal(
	    READ("REQUEST_METHOD=POST", "REQUEST_URI=/", "HTTP_COOKIE=pgbell_session=a", OWN_PAGE),
	    200);
	assert_int_equal(admit(&closed_row), 200);
	assert_int_equal(
	    READ("REQUEST_METHOD=POST", "REQUEST_URI=/", "HTTP_COOKIE=pgbell_session=a", OWN_PAGE,
		"HTTP_SEC_FETCH_SITE=cross-site"),
	    200);
	assert_int_equal(admit(&closed_row), 403);
	assert_int_equal(READ("REQUEST_METHOD=POST", "REQUEST_URI=/", "HTTP_AUTHORIZATION=Bearer a",
			     "HTTP_SEC_FETCH_SITE=cross-site"),
	    200);
	assert_int_equal(admit(&closed_row), 200);
}

static void
reading_by_cookie_may_come_from_anywhere(void **state)
{
	(void)state;
	assert_int_equal(
	    READ("REQUEST_METHOD=GET", "REQUEST_URI=/", "HTTP_COOKIE=pgbell_session=a"), 200);
	assert_int_equal(admit(&closed_row), 200);
	assert_int_equal(
	    READ("REQUEST_METHOD=HEAD", "REQUEST_URI=/", "HTTP_COOKIE=pgbell_session=a"), 200);
	assert_int_equal(admit(&closed_row), 200);
}

static void
a_refusal_names_the_page_and_the_server(void **state)
{
#define COOKIE "REQUEST_METHOD=POST", "REQUEST_URI=/", "HTTP_COOKIE=pgbell_session=a"
	(void)state;
	READ(COOKIE, "HTTP_HOST=127.0.0.1:81", "HTTP_ORIGIN=https://a.example");
	assert_int_equal(admit(&closed_row), 403);
	assert_non_null(strstr(problem.detail,
	    "the page is of https://a.example, and this server is http://127.0.0.1:81"));
	READ(COOKIE, "HTTP_ORIGIN=https://a.example");
	assert_int_equal(admit(&closed_row), 403);
	assert_non_null(strstr(
	    problem.detail, "https://a.example, and the web server tells no Host (HTTP_HOST)"));
	READ(COOKIE, "HTTP_HOST=a.example");
	assert_int_equal(admit(&closed_row), 403);
	assert_non_null(strstr(problem.detail, "neither Origin nor Sec-Fetch-Site"));
	READ(COOKIE, "HTTP_HOST=a.example", "HTTP_SEC_FETCH_SITE=cross-site");
	assert_int_equal(admit(&closed_row), 403);
	assert_non_null(strstr(problem.detail, "cross-site"));
	READ(COOKIE, "HTTP_HOST=a.example", "HTTP_ORIGIN=https://\xff\n\"");
	assert_int_equal(admit(&closed_row), 403);
	assert_non_null(strstr(problem.detail, "https://??"));
	READ(COOKIE, "HTTP_HOST=a.example", "HTTP_ORIGIN=https://b.example");
	assert_int_equal(admit(&closed_row), 200);
	READ(COOKIE, "HTTP_HOST=a.example", "HTTP_ORIGIN=http://a.example", "HTTPS=on");
	assert_int_equal(admit(&closed_row), 403);
}

static void
a_post_may_stand_for_another_method(void **state)
{
	(void)state;
	READ("REQUEST_METHOD=POST", "REQUEST_URI=/a?method=PUT");
	assert_true(span_equals(request.method, "PUT"));
	READ("REQUEST_METHOD=POST", "REQUEST_URI=/a?b=c&method=DELETE");
	assert_true(span_equals(request.method, "DELETE"));
	assert_false(request_is_safe(&request));
	static const char *const others[] = { "GET", "HEAD", "OPTIONS", "put", "PUT&method=PUT",
		"" };
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		char uri[64];

		snprintf(uri, sizeof uri, "REQUEST_URI=/a?method=%s", others[i]);
		READ("REQUEST_METHOD=POST", uri);
		assert_true(span_equals(request.method, "POST"));
	}
	READ("REQUEST_METHOD=GET", "REQUEST_URI=/a?method=DELETE");
	assert_true(span_equals(request.method, "GET"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_variables_are_read),
		cmocka_unit_test(what_is_missing_is_empty),
		cmocka_unit_test(a_body_may_come_without_a_length),
		cmocka_unit_test(
		    a_body_is_measured_or_open_ended_also_where_its_request_is_refused),
		cmocka_unit_test(what_makes_no_request_is_refused),
		cmocka_unit_test(a_path_may_be_as_long_as_its_limit_and_no_longer),
		cmocka_unit_test(a_body_may_be_as_large_as_its_limit_and_no_larger),
		cmocka_unit_test(a_body_is_json_or_it_is_refused),
		cmocka_unit_test(a_token_is_needed_where_the_row_says_so),
		cmocka_unit_test(a_change_by_cookie_comes_from_the_sites_own_pages),
		cmocka_unit_test(reading_by_cookie_may_come_from_anywhere),
		cmocka_unit_test(a_refusal_names_the_page_and_the_server),
		cmocka_unit_test(a_post_may_stand_for_another_method),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
