/* What is read out of a doorbell's payload, which anybody may have sent. */
#include "cgi/stream/database/payload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
// cmocka wants the four headers above it
#include <cmocka.h>

#include "tests/unit/exact.h"

static void
assert_next(struct span *payload, const char *expected)
{
	struct span user_id;

	assert_true(payload_next_user(payload, &user_id));
	assert_int_equal(user_id.len, strlen(expected));
	assert_memory_equal(user_id.at, expected, user_id.len);
}

static void
assert_end(struct span *payload)
{
	struct span user_id;

	assert_false(payload_next_user(payload, &user_id));
}

static void
one_id_is_one_user(void **state)
{
	struct span payload = exact("7");

	(void)state;
	assert_next(&payload, "7");
	assert_end(&payload);
	assert_end(&payload);
}

static void
several_ids_have_a_space_between_them(void **state)
{
	struct span payload = exact("7 anna@example.org 0b2c-11 \xc3\xa9");

	(void)state;
	assert_next(&payload, "7");
	assert_next(&payload, "anna@example.org");
	assert_next(&payload, "0b2c-11");
	assert_next(&payload, "\xc3\xa9");
	assert_end(&payload);
}

static void
an_empty_payload_names_nobody(void **state)
{
	struct span payload = exact("");

	(void)state;
	assert_end(&payload);
}

static void
a_canary_names_nobody(void **state)
{
	struct span payload = exact(" canary 4711 00ff"), space = exact(" ");

	(void)state;
	assert_end(&payload);
	assert_end(&space);
}

static void
a_space_too_many_ends_the_payload(void **state)
{
	struct span trailing = exact("7 "), doubled = exact("7  8");

	(void)state;
	assert_next(&trailing, "7");
	assert_end(&trailing);
	assert_next(&doubled, "7");
	assert_end(&doubled);
}

static void
the_longest_payload_is_read_to_its_end(void **state)
{
	char text[8000];
	struct span payload, user_id;
	size_t users = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 2 == 0 ? 'x' : ' ';
	payload = exact_bytes(text, sizeof(text) - 1);
	while (payload_next_user(&payload, &user_id))
		users++;
	assert_int_equal(users, 4000);
}

static void
a_space_at_the_end_says_that_others_rang_and_names_nobody(void **state)
{
	struct span payload = exact("7 anna@example.org ");

	(void)state;
	assert_true(payload_is_crowded(payload));
	assert_next(&payload, "7");
	assert_next(&payload, "anna@example.org");
	assert_end(&payload);
	assert_false(payload_is_crowded(exact("7 anna@example.org")));
	assert_false(payload_is_crowded(exact("")));
	assert_false(payload_is_crowded(exact(" ")));
}

static void
one_word_is_nobody_and_says_that_something_is_due(void **state)
{
	struct span payload = exact("\003 7 \003"), word;

	(void)state;
	assert_true(payload_next_user(&payload, &word));
	assert_true(payload_is_due(word));
	assert_true(payload_next_user(&payload, &word));
	assert_false(payload_is_due(word));
	assert_true(payload_next_user(&payload, &word));
	assert_true(payload_is_due(word));
	assert_false(payload_is_due(exact("\0033")));
	assert_false(payload_is_due(exact("")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_id_is_one_user),
		cmocka_unit_test(several_ids_have_a_space_between_them),
		cmocka_unit_test(an_empty_payload_names_nobody),
		cmocka_unit_test(a_canary_names_nobody),
		cmocka_unit_test(a_space_too_many_ends_the_payload),
		cmocka_unit_test(a_space_at_the_end_says_that_others_rang_and_names_nobody),
		cmocka_unit_test(one_word_is_nobody_and_says_that_something_is_due),
		cmocka_unit_test(the_longest_payload_is_read_to_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
