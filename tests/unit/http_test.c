/* The pieces of a request's target and header fields. */
#include "common/http.h"

#include <setjmp.h>
#include <stdarg.h>
// cmocka wants the four headers above it
#include <cmocka.h>

#include "tests/unit/exact.h"

static void
assert_target(const char *target, const char *path, const char *query)
{
	struct span got_path, got_query;

	http_split_target(exact(target), &got_path, &got_query);
	assert_true(span_equals(got_path, path));
	assert_true(span_equals(got_query, query));
}

static void
a_target_is_split_at_its_first_question_mark(void **state)
{
	(void)state;
	assert_target("/api/questions", "/api/questions", "");
	assert_target("/api/questions?", "/api/questions", "");
	assert_target("/api/questions?limit=2&x=?", "/api/questions", "limit=2&x=?");
	assert_target("/", "/", "");
	assert_target("", "", "");
	assert_target("*", "*", "");
	assert_target("?a", "", "a");
}

static void
an_absolute_target_loses_its_authority(void **state)
{
	(void)state;
	assert_target("http://example.com/a?b", "/a", "b");
	assert_target("https://example.com:8443?b", "", "b");
	assert_target("http://example.com", "", "");
	assert_target("/path://here", "/path://here", "");
}

static void
assert_decoded(const char *in, bool plus_is_space, const char *expected)
{
	char out[64];

	assert_int_equal(
	    http_decode_percent(exact(in), plus_is_space, out, sizeof out), HTTP_FOUND);
	assert_string_equal(out, expected);
}

static void
percent_encoding_is_decoded(void **state)
{
	(void)state;
	assert_decoded("", false, "");
	assert_decoded("a%20b%2Fc", false, "a b/c");
	assert_decoded("%e2%82%AC", false, "\xe2\x82\xac");
	assert_decoded("a+b", false, "a+b");
	assert_decoded("a+b%2B", true, "a b+");
	assert_decoded("%25", false, "%");
}

static void
what_is_not_well_encoded_text_is_refused(void **state)
{
	static const char *const bad[] = { "%", "%2", "%g0", "%0g", "a%", "%00", "a%0Ab", "%7f",
		"\n", "%80", "%c3", "%c3%28", "%c0%80", "%ed%a0%80", "\xff" };
	char out[64];

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(
		    http_decode_percent(exact(bad[i]), true, out, sizeof out), HTTP_MALFORMED);
}

static void
every_truncation_of_an_encoded_text_is_decoded_or_refused(void **state)
{
	static const char whole[] = "%e2%82%ac+%41";
	char out[64];

	(void)state;
	for (size_t len = 0; len < sizeof whole; len++) {
		bool ends_well = len == 0 || len == 9 || len == 10 || len == 13;

		assert_int_equal(
		    http_decode_percent(exact_bytes(whole, len), true, out, sizeof out),
		    ends_well ? HTTP_FOUND : HTTP_MALFORMED);
	}
}

static void
a_value_fits_up_to_its_buffers_last_byte(void **state)
{
	char out[4] = "###";

	(void)state;
	assert_int_equal(http_decode_percent(exact("%61bc"), false, out, 4), HTTP_FOUND);
	assert_string_equal(out, "abc");
	assert_int_equal(http_decode_percent(exact("abcd"), false, out, 4), HTTP_TOO_LONG);
	assert_int_equal(http_decode_percent(exact(""), false, out, 1), HTTP_FOUND);
	assert_int_equal(http_decode_percent(exact(""), false, out, 0), HTTP_TOO_LONG);
	assert_int_equal(http_decode_percent(exact("a"), false, out, 1), HTTP_TOO_LONG);
}

static void
a_query_is_taken_pair_by_pair(void **state)
{
	struct span query = exact("&a=1&&b&=c&d=e=f&"), name, value;

	(void)state;
	assert_true(http_next_query_pair(&query, &name, &value));
	assert_true(span_equals(name, "a") && span_equals(value, "1"));
	assert_true(http_next_query_pair(&query, &name, &value));
	assert_true(span_equals(name, "b") && span_equals(value, ""));
	assert_true(http_next_query_pair(&query, &name, &value));
	assert_true(span_equals(name, "") && span_equals(value, "c"));
	assert_true(http_next_query_pair(&query, &name, &value));
	assert_true(span_equals(name, "d") && span_equals(value, "e=f"));
	assert_false(http_next_query_pair(&query, &name, &value));
	query = exact("");
	assert_false(http_next_query_pair(&query, &name, &value));
}

static enum http_found
find_query(const char *query, const char *name, char out[8])
{
	return http_find_query(exact(query), name, out, 8);
}

static void
a_query_parameter_is_found_by_its_whole_name(void **state)
{
	char out[8];

	(void)state;
	assert_int_equal(find_query("a=1&token=x%79z&tokens=2", "token", out), HTTP_FOUND);
	assert_string_equal(out, "xyz");
	assert_int_equal(find_query("tok%65n=q", "token", out), HTTP_FOUND);
	assert_string_equal(out, "q");
	assert_int_equal(find_query("token", "token", out), HTTP_FOUND);
	assert_string_equal(out, "");
	assert_int_equal(find_query("tokens=1&toke=2&Token=3", "token", out), HTTP_ABSENT);
	assert_int_equal(find_query("", "token", out), HTTP_ABSENT);
}

static void
a_query_parameter_that_is_doubled_bad_or_long_is_told_apart(void **state)
{
	char out[8];

	(void)state;
	assert_int_equal(find_query("t=1&t=1", "t", out), HTTP_DOUBLED);
	assert_int_equal(find_query("t=1&%74=2", "t", out), HTTP_DOUBLED);
	assert_int_equal(find_query("t=%0a", "t", out), HTTP_MALFORMED);
	assert_int_equal(find_query("t=1234567", "t", out), HTTP_FOUND);
	assert_int_equal(find_query("t=12345678", "t", out), HTTP_TOO_LONG);
}

static void
assert_cookies(const char *field, const char *const values[])
{
	struct span header = field == NULL ? span_of(NULL) : exact(field), value;

	for (; *values != NULL; values++) {
		assert_true(http_next_cookie(&header, "session", &value));
		assert_true(span_equals(value, *values));
	}
	assert_false(http_next_cookie(&header, "session", &value));
}

#define ASSERT_COOKIES(field, ...) assert_cookies(field, (const char *const[]){ __VA_ARGS__, NULL })

static void
cookies_of_a_name_are_found_among_others_one_after_the_other(void **state)
{
	(void)state;
	ASSERT_COOKIES("a=1; session=abc=; b=2", "abc=");
	ASSERT_COOKIES("session=x;a=1", "x");
	ASSERT_COOKIES("session=x; a=1;session= y ; session=", "x", "y", "");
	ASSERT_COOKIES("sessions=1; xsession=2; session", "");
	assert_cookies("Session=1", (const char *const[]){ NULL });
	assert_cookies("", (const char *const[]){ NULL });
	assert_cookies(NULL, (const char *const[]){ NULL });
}

static void
a_media_type_is_compared_without_case_and_parameters(void **state)
{
	static const char json[] = "application/json";

	(void)state;
	assert_true(http_is_media_type(exact("application/json"), json));
	assert_true(http_is_media_type(exact("Application/JSON ; charset=utf-8"), json));
	assert_false(http_is_media_type(exact("application/jsonx"), json));
	assert_false(http_is_media_type(exact("application/problem+json"), json));
	assert_false(http_is_media_type(exact("text/plain; application/json"), json));
	assert_false(http_is_media_type(exact(""), json));
}

static bool
parses(const char *text, int64_t expected)
{
	int64_t value;

	return http_parse_integer(exact(text), INT64_MIN, INT64_MAX, &value) && value == expected;
}

static void
integers_are_read_up_to_both_ends_of_64_bits(void **state)
{
	(void)state;
	assert_true(parses("0", 0));
	assert_true(parses("-0", 0));
	assert_true(parses("007", 7));
	assert_true(parses("9223372036854775807", INT64_MAX));
	assert_true(parses("-9223372036854775808", INT64_MIN));
}

static void
what_is_no_integer_is_refused(void **state)
{
	static const char *const bad[] = { "", "-", "+1", " 1", "1 ", "--1", "1-", "1.0", "1e3",
		"0x1", "9223372036854775808", "-9223372036854775809", "99999999999999999999999",
		"\xd9\xa1" };
	int64_t value = 42;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(http_parse_integer(exact(bad[i]), INT64_MIN, INT64_MAX, &value));
	assert_int_equal(value, 42);
}

static void
an_integers_range_includes_its_ends(void **state)
{
	int64_t value;

	(void)state;
	assert_true(http_parse_integer(exact("1"), 1, 100, &value));
	assert_true(http_parse_integer(exact("100"), 1, 100, &value));
	assert_false(http_parse_integer(exact("0"), 1, 100, &value));
	assert_false(http_parse_integer(exact("101"), 1, 100, &value));
}

static bool
same(const char *origin, const char *host, const char *site)
{
	return http_is_own_page(&(struct http_page){
	    .origin = exact(origin), .sec_fetch_site = exact(site), .host = exact(host) });
}

static void
a_page_of_the_site_is_its_own_origin(void **state)
{
	(void)state;
	assert_true(same("https://example.com", "example.com", "same-origin"));
	assert_true(same("http://127.0.0.1:8080", "127.0.0.1:8080", ""));
	assert_true(same("https://EXAMPLE.com", "example.com", ""));
	assert_true(same("http://[::1]:8080", "[::1]:8080", ""));
	assert_true(same("", "example.com", "same-origin"));
}

static void
another_site_is_not_and_nobody_is_not(void **state)
{
	(void)state;
	assert_false(same("", "example.com", ""));
	assert_false(same("", "example.com", "cross-site"));
	assert_false(same("", "example.com", "same-site"));
	assert_false(same("", "example.com", "none"));
	assert_false(same("https://evil.example", "example.com", ""));
	assert_false(same("https://example.com.evil.example", "example.com", ""));
	assert_false(same("https://example.co", "example.com", ""));
	assert_false(same("https://example.com:444", "example.com", ""));
	assert_false(same("null", "example.com", ""));
	assert_false(same("https:", "", ""));
	assert_false(same("https://", "", ""));
	assert_false(same("file://example.com", "example.com", ""));
}

static void
what_the_browser_says_of_the_page_goes_before_its_name(void **state)
{
	(void)state;
	assert_false(same("https://example.com", "example.com", "cross-site"));
	/* A proxy has changed the Host. */
	assert_true(same("https://example.com", "127.0.0.1:8080", "same-origin"));
	assert_true(same("https://example.com", "", "same-origin"));
	assert_false(same("https://example.com", "", ""));
}

static void
the_scheme_and_the_port_that_it_means_are_compared(void **state)
{
	struct http_page page = { .origin = exact("http://example.com"),
		.host = exact("example.com"),
		.is_https = true };

	(void)state;
	assert_false(http_is_own_page(&page));
	page.origin = exact("https://example.com");
	assert_true(http_is_own_page(&page));
	page.is_https = false; /* TLS ends in front of the web server */
	assert_true(http_is_own_page(&page));
	assert_true(same("https://example.com", "example.com:443", ""));
	assert_true(same("http://example.com:80", "example.com", ""));
	assert_false(same("http://example.com:443", "example.com", ""));
	assert_false(same("https://example.com:80", "example.com", ""));
}

static void
origins_that_are_allowed_are_the_sites_own(void **state)
{
	struct http_page page = { .origin = exact("https://app.example.com"),
		.host = exact("10.0.0.1"),
		.allowed = "https://example.com https://APP.example.com" };

	(void)state;
	assert_true(http_is_own_page(&page));
	page.sec_fetch_site = exact("same-site");
	assert_true(http_is_own_page(&page));
	page.origin = exact("https://app.example.co");
	assert_false(http_is_own_page(&page));
	page.origin = exact("");
	assert_false(http_is_own_page(&page));
	assert_true(http_is_origin(exact("https://example.com:8443")));
	assert_true(http_is_origin(exact("http://[::1]")));
	assert_false(http_is_origin(exact("example.com")));
	assert_false(http_is_origin(exact("https://")));
	assert_false(http_is_origin(exact("https://example.com/")));
	assert_false(http_is_origin(exact("https://a.example,https://b.example")));
}

static void
utf8_is_told_from_what_only_looks_like_it(void **state)
{
	static const char *const good[] = { "", "abc", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80",
		"\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80",
		"\xf4\x8f\xbf\xbf" };
	static const char *const bad[] = { "\x80", "\xbf", "\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf",
		"\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80", "\xff", "\xc3(", "\xe2\x82(", "\xf0\x9f\x98(" };

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		assert_true(http_is_utf8(exact(good[i])));
		for (size_t len = 1; len < strlen(good[i]); len++)
			assert_true(http_is_utf8(exact_bytes(good[i], len)) == (good[i][0] == 'a'));
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(http_is_utf8(exact(bad[i])));
	assert_true(http_is_utf8(exact_bytes("a\0b", 3)));
}

static void
every_status_that_is_sent_has_a_phrase(void **state)
{
	static const int sent[] = { 200, 201, 204, 400, 401, 403, 404, 405, 409, 413, 415, 422, 429,
		500, 503 };

	(void)state;
	for (size_t i = 0; i < sizeof sent / sizeof sent[0]; i++)
		assert_string_not_equal(http_reason_phrase(sent[i]), "Unknown");
	assert_string_equal(http_reason_phrase(299), "Unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_target_is_split_at_its_first_question_mark),
		cmocka_unit_test(an_absolute_target_loses_its_authority),
		cmocka_unit_test(percent_encoding_is_decoded),
		cmocka_unit_test(what_is_not_well_encoded_text_is_refused),
		cmocka_unit_test(every_truncation_of_an_encoded_text_is_decoded_or_refused),
		cmocka_unit_test(a_value_fits_up_to_its_buffers_last_byte),
		cmocka_unit_test(a_query_is_taken_pair_by_pair),
		cmocka_unit_test(a_query_parameter_is_found_by_its_whole_name),
		cmocka_unit_test(a_query_parameter_that_is_doubled_bad_or_long_is_told_apart),
		cmocka_unit_test(cookies_of_a_name_are_found_among_others_one_after_the_other),
		cmocka_unit_test(a_media_type_is_compared_without_case_and_parameters),
		cmocka_unit_test(integers_are_read_up_to_both_ends_of_64_bits),
		cmocka_unit_test(what_is_no_integer_is_refused),
		cmocka_unit_test(an_integers_range_includes_its_ends),
		cmocka_unit_test(a_page_of_the_site_is_its_own_origin),
		cmocka_unit_test(another_site_is_not_and_nobody_is_not),
		cmocka_unit_test(what_the_browser_says_of_the_page_goes_before_its_name),
		cmocka_unit_test(the_scheme_and_the_port_that_it_means_are_compared),
		cmocka_unit_test(origins_that_are_allowed_are_the_sites_own),
		cmocka_unit_test(utf8_is_told_from_what_only_looks_like_it),
		cmocka_unit_test(every_status_that_is_sent_has_a_phrase),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
