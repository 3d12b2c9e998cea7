/* Who is asking: the bearer token or the session cookie. */
#include "common/credentials.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
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
		"Bearer a=b", "Bearer =", "Bearer \"a\"", "Bearer a\x01", "Bearer \xc3\xa9",
		"Bearer a,b", "Bearera" };

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_int_equal(show(bad[i], "pgbell_session=xyz"), CREDENTIALS_BAD);
		assert_string_equal(credentials.token, "");
	}
	assert_int_equal(show("Basic YTpi", ""), CREDENTIALS_BAD);
	assert_int_equal(show("", "pgbell_session=a b"), CREDENTIALS_BAD);
	assert_int_equal(show("", "pgbell_session=a; pgbell_session=a"), CREDENTIALS_BAD);
	assert_int_equal(show("", "pgbell_session=\"a\""), CREDENTIALS_BAD);
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
only_the_characters_of_a_b64token_make_one(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		char byte = (char)c;
		bool fits = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
			    (c >= 'a' && c <= 'z') || (c != 0 && strchr("-._~+/", c) != NULL);

		assert_true(credentials_is_token(exact_bytes(&byte, 1)) == fits);
	}
	assert_false(credentials_is_token(exact("")));
	assert_true(credentials_is_token(exact("a=")));
	assert_false(credentials_is_token(exact("=")));
	assert_false(credentials_is_token(exact("a=a")));
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
		cmocka_unit_test(only_the_characters_of_a_b64token_make_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
