/* Who is asking: the bearer token or the session cookie. */
#include "common/credentials.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
// cmocka wants the four headers above it
#include <cmocka.h>

#include "tests/unit/exact.h"

static struct credentials credentials;

static enum credentials_source
show(const char *authorization, const char *cookie)
{
	credentials_read(exact(authorization), exact(cookie), &credentials);
	return credentials.source;
}

static void
nothing_shown_is_nobody(void **state)
{
	(void)state;
	assert_int_equal(show("", ""), CREDENTIALS_NONE);
	assert_int_equal(show("", "other=1"), CREDENTIALS_NONE);
	assert_int_equal(show("", "pgbell_session="), CREDENTIALS_NONE);
	credentials_read(span_of(NULL), span_of(NULL), &credentials);
	assert_int_equal(credentials.source, CREDENTIALS_NONE);
	assert_string_equal(credentials.token, "");
}

static void
a_bearer_token_is_taken_in_any_case_of_its_scheme(void **state)
{
	(void)state;
	assert_int_equal(show("Bearer abc-._~+/9==", ""), CREDENTIALS_BEARER);
	assert_string_equal(credentials.token, "abc-._~+/9==");
	assert_int_equal(show("bEARER   abc ", ""), CREDENTIALS_BEARER);
	assert_string_equal(credentials.token, "abc");
}

static void
a_cookie_is_taken_where_there_is_no_authorization(void **state)
{
	(void)state;
	assert_int_equal(show("", "a=b; pgbell_session=xyz; c=d"), CREDENTIALS_COOKIE);
	assert_string_equal(credentials.token, "xyz");
	assert_int_equal(show("Bearer abc", "pgbell_session=xyz"), CREDENTIALS_BEARER);
	assert_string_equal(credentials.token, "abc");
}

static void
what_is_shown_but_is_no_token_is_bad(void **state)
{
	static const char *const bad[] = { "Bearer", "Bearer ", "Bearer  ", "abc", "Bearer a b",
		"Bearer a\x01", "Bearer \xc3\xa9", "Bearer a, b", "Bearera" };

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_int_equal(show(bad[i], "pgbell_session=xyz"), CREDENTIALS_BAD);
		assert_string_equal(credentials.token, "");
	}
	assert_int_equal(show("Basic YTpi", ""), CREDENTIALS_BAD);
	assert_int_equal(show("", "pgbell_session=a b"), CREDENTIALS_BAD);
	assert_int_equal(show("", "pgbell_session=a%20b"), CREDENTIALS_BAD);
	assert_int_equal(show("", "pgbell_session=a%0ab"), CREDENTIALS_BAD);
	assert_int_equal(show("", "pgbell_session=%"), CREDENTIALS_BAD);
	assert_int_equal(show("", "pgbell_session=%c3%a9"), CREDENTIALS_BAD);
	assert_int_equal(show("", "pgbell_session=\"\""), CREDENTIALS_BAD);
}

static void
what_a_browser_shows_to_the_web_server_does_not_hide_the_cookie(void **state)
{
	(void)state;
	assert_int_equal(show("Basic YTpi", "pgbell_session=xyz"), CREDENTIALS_COOKIE);
	assert_string_equal(credentials.token, "xyz");
	assert_int_equal(show("Digest username=\"a\"", "pgbell_session=xyz"), CREDENTIALS_COOKIE);
	assert_int_equal(show("Basic YTpi", "pgbell_session=a b"), CREDENTIALS_BAD);
}

static void
a_token_may_be_as_long_as_its_limit_and_no_longer(void **state)
{
	char field[7 + CREDENTIALS_TOKEN_MAX + 2] = "Bearer ";
	char cookie[15 + CREDENTIALS_TOKEN_MAX + 2] = "pgbell_session=";

	(void)state;
	memset(field + 7, 'a', CREDENTIALS_TOKEN_MAX);
	assert_int_equal(show(field, ""), CREDENTIALS_BEARER);
	assert_int_equal(strlen(credentials.token), CREDENTIALS_TOKEN_MAX);
	field[7 + CREDENTIALS_TOKEN_MAX] = 'a';
	assert_int_equal(show(field, ""), CREDENTIALS_BAD);
	memset(cookie + 15, 'a', CREDENTIALS_TOKEN_MAX);
	assert_int_equal(show("", cookie), CREDENTIALS_COOKIE);
	cookie[15 + CREDENTIALS_TOKEN_MAX] = 'a';
	assert_int_equal(show("", cookie), CREDENTIALS_BAD);
}

static void
every_truncation_of_a_field_is_read_safely(void **state)
{
	static const char field[] = "Bearer abc";

	(void)state;
	for (size_t len = 1; len < sizeof field; len++) {
		credentials_read(exact_bytes(field, len), exact(""), &credentials);
		assert_int_equal(
		    credentials.source, len <= 7 ? CREDENTIALS_BAD : CREDENTIALS_BEARER);
	}
}

static void
only_visible_characters_of_ascii_make_a_token(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		char byte = (char)c;

		assert_true(
		    credentials_is_token(exact_bytes(&byte, 1)) == (c >= 0x21 && c <= 0x7e));
	}
	assert_false(credentials_is_token(exact("")));
}

static void
cookies_of_frameworks_are_read_as_these_write_them(void **state)
{
	static const char *const cookies[][2] = {
		{ "s%3Aabc.d%2Be%2Ff%3D", "s:abc.d+e/f=" },     /* express-session */
		{ "Zm9v%3D%3D--c2Vl", "Zm9v==--c2Vl" },         /* Rails */
		{ "eyJpdiI6Ii4uLiJ9%3D", "eyJpdiI6Ii4uLiJ9=" }, /* Laravel */
		{ "\"a/b==\"", "a/b==" },                       /* Python's http.cookies, Tomcat */
		{ "a+b%25", "a+b%" },                           /* a plus is no space in a cookie */
	};

	(void)state;
	for (size_t i = 0; i < sizeof cookies / sizeof cookies[0]; i++) {
		char field[100];

		snprintf(field, sizeof field, "a=b; pgbell_session=%s", cookies[i][0]);
		assert_int_equal(show("", field), CREDENTIALS_COOKIE);
		assert_string_equal(credentials.token, cookies[i][1]);
	}
}

#define S "pgbell_session="

static void
of_several_cookies_of_the_name_all_that_are_tokens_count(void **state)
{
	(void)state;
	assert_int_equal(show("", S "stale; a=b; " S "good"), CREDENTIALS_COOKIE);
	assert_string_equal(credentials.token, "stale good");
	assert_true(credentials.is_doubled);
	assert_int_equal(show("", S "; " S "a b; " S "good; " S "good"), CREDENTIALS_COOKIE);
	assert_string_equal(credentials.token, "good");
	assert_int_equal(show("", S "go; " S "good; " S "g; " S "go"), CREDENTIALS_COOKIE);
	assert_string_equal(credentials.token, "go good g");
	assert_int_equal(show("", S "a b; " S "%"), CREDENTIALS_BAD);
	assert_int_equal(show("", S "; " S), CREDENTIALS_NONE);
	assert_int_equal(show("", S "1; " S "2; " S "3; " S "4; " S "5"), CREDENTIALS_COOKIE);
	assert_string_equal(credentials.token, "1 2 3 4");
	assert_int_equal(show("Bearer a", S "1; " S "2"), CREDENTIALS_BEARER);
	assert_string_equal(credentials.token, "a");
	assert_int_equal(show("", S "1"), CREDENTIALS_COOKIE);
	assert_false(credentials.is_doubled);
}

/* The hash is that of FIPS 180-2's example. */
#define ABC "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static void
the_database_is_told_hashes_or_what_cannot_be_taken_for_one(void **state)
{
	static char out[CREDENTIALS_LIST_MAX];

	(void)state;
	assert_int_equal(credentials_format("abc", CREDENTIALS_HASHED, out), strlen(ABC));
	assert_string_equal(out, ABC);
	credentials_format("abc abc", CREDENTIALS_HASHED, out);
	assert_string_equal(out, ABC " " ABC);
	assert_int_equal(credentials_format("", CREDENTIALS_HASHED, out), 0);
	assert_int_equal(credentials_format("abc de", CREDENTIALS_WHOLE, out), 6);
	assert_string_equal(out, "abc de");
	assert_int_equal(credentials_format(ABC, CREDENTIALS_WHOLE, out), 0);
	assert_string_equal(out, "");
	credentials_format(ABC " de sha256:x", CREDENTIALS_WHOLE, out);
	assert_string_equal(out, "de");
	credentials_format(ABC, CREDENTIALS_HASHED, out);
	assert_string_not_equal(out, ABC);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_shown_is_nobody),
		cmocka_unit_test(a_bearer_token_is_taken_in_any_case_of_its_scheme),
		cmocka_unit_test(a_cookie_is_taken_where_there_is_no_authorization),
		cmocka_unit_test(what_is_shown_but_is_no_token_is_bad),
		cmocka_unit_test(what_a_browser_shows_to_the_web_server_does_not_hide_the_cookie),
		cmocka_unit_test(a_token_may_be_as_long_as_its_limit_and_no_longer),
		cmocka_unit_test(every_truncation_of_a_field_is_read_safely),
		cmocka_unit_test(only_visible_characters_of_ascii_make_a_token),
		cmocka_unit_test(cookies_of_frameworks_are_read_as_these_write_them),
		cmocka_unit_test(of_several_cookies_of_the_name_all_that_are_tokens_count),
		cmocka_unit_test(the_database_is_told_hashes_or_what_cannot_be_taken_for_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
