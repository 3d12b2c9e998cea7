/* The session cookie, and the time in it. */
#include "cgi/api/cookie.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
// cmocka wants the four headers above it
#include <cmocka.h>

#include "tests/unit/exact.h"

#define NOON 1764072000 /* 2025-11-25T12:00:00Z */

static void
assert_time(const char *text, time_t expected)
{
	time_t got = 0;

	assert_true(cookie_parse_time(text, &got));
	assert_int_equal(got, expected);
}

static void
a_time_is_read_with_its_offset(void **state)
{
	(void)state;
	assert_time("2025-11-25T12:00:00Z", NOON);
	assert_time("2025-11-25T12:00:00.123456Z", NOON);
	assert_time("2025-11-25T12:00:00+00:00", NOON);
	assert_time("2025-11-25T13:00:00.5+01:00", NOON);
	assert_time("2025-11-25T13:00:00+01", NOON);
	assert_time("2025-11-25T06:30:00-05:30", NOON);
	assert_time("2025-11-25T12:19:32+00:19:32", NOON);
	assert_time("1970-01-01T00:00:00Z", 0);
}

static void
every_truncation_of_a_time_is_refused(void **state)
{
	static const char whole[] = "2025-11-25T12:00:00.5+01:30";
	char text[sizeof whole];
	time_t got;

	(void)state;
	for (size_t len = 0; len < sizeof whole - 1; len++) {
		memcpy(text, whole, len);
		text[len] = '\0';
		assert_true(cookie_parse_time(text, &got) == (len == 24)); /* "+01" is whole */
	}
	assert_false(cookie_parse_time("2025-11-25 12:00:00Z", &got));
	assert_false(cookie_parse_time("infinity", &got));
	assert_false(cookie_parse_time("2025-11-25T12:00:00Zx", &got));
	assert_false(cookie_parse_time("2025-11-25T12:00:00+01:00:00:00", &got));
}

static void
a_cookie_lives_as_long_as_its_session(void **state)
{
	char out[COOKIE_MAX];

	(void)state;
	assert_true(cookie_format("abc", "2025-11-25T13:00:00Z", NOON, false, out));
	assert_string_equal(
	    out, "pgbell_session=abc; Max-Age=3600; Path=/; HttpOnly; SameSite=Lax");
	assert_true(cookie_format("abc", "2025-11-25T13:00:00Z", NOON, true, out));
	assert_string_equal(
	    out, "pgbell_session=abc; Max-Age=3600; Path=/; HttpOnly; SameSite=Lax; Secure");
}

static void
a_cookie_of_a_session_without_an_end_lives_as_long_as_browsers_keep_one(void **state)
{
	char out[COOKIE_MAX];

	(void)state;
	assert_true(cookie_format("abc", NULL, NOON, false, out));
	assert_string_equal(
	    out, "pgbell_session=abc; Max-Age=34560000; Path=/; HttpOnly; SameSite=Lax");
}

static void
what_is_no_token_or_no_time_makes_no_cookie(void **state)
{
	char out[COOKIE_MAX] = "untouched";

	(void)state;
	assert_false(cookie_format("a;b", "2025-11-25T13:00:00Z", NOON, false, out));
	assert_false(cookie_format("a\r\nb", "2025-11-25T13:00:00Z", NOON, false, out));
	assert_false(cookie_format("s:a,b", "2025-11-25T13:00:00Z", NOON, false, out));
	assert_false(cookie_format("a b", "2025-11-25T13:00:00Z", NOON, false, out));
	assert_false(cookie_format("", "2025-11-25T13:00:00Z", NOON, false, out));
	assert_false(cookie_format("abc", "soon", NOON, false, out));
	assert_false(cookie_format("abc", "2025-11-25T12:00:00Z", NOON, false, out));
	assert_string_equal(out, "untouched");
}

static void
the_longest_token_fits(void **state)
{
	char token[COOKIE_TOKEN_MAX + 2] = "", out[COOKIE_MAX];

	(void)state;
	memset(token, 'a', COOKIE_TOKEN_MAX);
	assert_true(cookie_format(token, "9999-12-31T23:59:59Z", NOON, true, out));
	assert_non_null(strstr(out, "; Secure"));
	token[COOKIE_TOKEN_MAX] = 'a';
	assert_false(cookie_format(token, "9999-12-31T23:59:59Z", NOON, true, out));
}

static void
a_cleared_cookie_is_over_at_once(void **state)
{
	char out[COOKIE_MAX];

	(void)state;
	cookie_format_cleared(true, out);
	assert_string_equal(
	    out, "pgbell_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure");
}

static void
cookies_of_the_name_that_others_have_set_are_forgotten(void **state)
{
	char out[COOKIE_TWINS_MAX][COOKIE_TWIN_MAX];

	(void)state;
	assert_int_equal(cookie_format_twins(exact("www.shop.example.org:8443"), out), 4);
	assert_string_equal(
	    out[0], "pgbell_session=; Max-Age=0; Path=/api; HttpOnly; SameSite=Lax");
	assert_string_equal(out[1], "pgbell_session=; Max-Age=0; Domain=www.shop.example.org; "
				    "Path=/; HttpOnly; SameSite=Lax");
	assert_non_null(strstr(out[3], "Domain=example.org;"));
	assert_int_equal(cookie_format_twins(exact("example.org"), out), 2);
	assert_int_equal(cookie_format_twins(exact("localhost:8080"), out), 1);
	assert_int_equal(cookie_format_twins(exact("127.0.0.1:8080"), out), 1);
	assert_int_equal(cookie_format_twins(exact("[::1]:8080"), out), 1);
	assert_int_equal(cookie_format_twins(exact("a.example; Path=/x"), out), 1);
	assert_int_equal(cookie_format_twins(exact(""), out), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_time_is_read_with_its_offset),
		cmocka_unit_test(every_truncation_of_a_time_is_refused),
		cmocka_unit_test(a_cookie_lives_as_long_as_its_session),
		cmocka_unit_test(
		    a_cookie_of_a_session_without_an_end_lives_as_long_as_browsers_keep_one),
		cmocka_unit_test(what_is_no_token_or_no_time_makes_no_cookie),
		cmocka_unit_test(the_longest_token_fits),
		cmocka_unit_test(a_cleared_cookie_is_over_at_once),
		cmocka_unit_test(cookies_of_the_name_that_others_have_set_are_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
