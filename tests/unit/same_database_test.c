/* Whether two connections are in one place, by what they tell of it and when. */
#include "cgi/stream/database/same_database.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
// cmocka wants the four headers above it
#include <cmocka.h>

#define STARTED "1700000000.123456"
#define STARTED_LATER "1700000000.123457"

/* A canary: the listener tells, the reader is asked and answers. */
static void
compare(struct same_database *same_database, const char *database, const char *server)
{
	same_database_take_listener(same_database, "shop", STARTED);
	assert_true(same_database->is_wanted);
	same_database->is_wanted = false;
	same_database_take_reader(same_database, database, server);
}

static void
one_database_of_one_server_is_one_place(void **state)
{
	struct same_database same_database = { .is_known = false };

	(void)state;
	assert_false(same_database.are_apart);
	for (int i = 0; i < 5; i++)
		compare(&same_database, "shop", STARTED);
	assert_false(same_database.are_apart);
}

static void
two_differences_in_a_row_show_another_database(void **state)
{
	struct same_database same_database = { .is_known = false };

	(void)state;
	compare(&same_database, "shop_old", STARTED);
	assert_false(same_database.are_apart);
	compare(&same_database, "shop_old", STARTED);
	assert_true(same_database.are_apart);
}

static void
a_database_of_that_name_on_another_server_is_another(void **state)
{
	struct same_database same_database = { .is_known = false };

	(void)state;
	compare(&same_database, "shop", STARTED_LATER);
	compare(&same_database, "shop", STARTED_LATER);
	assert_true(same_database.are_apart);
}

static void
a_difference_that_passes_is_none(void **state)
{
	struct same_database same_database = { .is_known = false };

	(void)state;
	for (int i = 0; i < 5; i++) {
		compare(&same_database, "shop", STARTED_LATER);
		compare(&same_database, "shop", STARTED);
	}
	assert_false(same_database.are_apart);
	compare(&same_database, "shop", STARTED_LATER);
	same_database_lose_listener(&same_database); /* it is replaced, and begins anew */
	compare(&same_database, "shop", STARTED_LATER);
	assert_false(same_database.are_apart);
}

static void
they_are_apart_until_they_are_seen_together(void **state)
{
	struct same_database same_database = { .is_known = false };

	(void)state;
	compare(&same_database, "shop_old", STARTED);
	compare(&same_database, "shop_old", STARTED);
	same_database_lose_listener(&same_database);
	assert_true(same_database.are_apart);
	compare(&same_database, "shop_old", STARTED);
	assert_true(same_database.are_apart);
	compare(&same_database, "shop", STARTED);
	assert_false(same_database.are_apart);
	compare(&same_database, "shop_old", STARTED);
	assert_false(same_database.are_apart);
}

static void
an_answer_that_comes_when_the_listener_is_gone_says_nothing(void **state)
{
	struct same_database same_database = { .is_known = false };

	(void)state;
	same_database_take_listener(&same_database, "shop", STARTED);
	same_database_lose_listener(&same_database);
	assert_false(same_database.is_wanted);
	for (int i = 0; i < 5; i++)
		same_database_take_reader(&same_database, "shop_old", STARTED);
	assert_false(same_database.are_apart);
}

static void
the_longest_names_are_compared_to_their_ends(void **state)
{
	struct same_database same_database = { .is_known = false };
	char one[SAME_DATABASE_BYTES] = "", other[SAME_DATABASE_BYTES] = "";

	(void)state;
	memset(one, 'x', sizeof(one) - 1);
	memset(other, 'x', sizeof(other) - 1);
	other[sizeof(other) - 2] = 'y';
	for (int i = 0; i < 2; i++) {
		same_database_take_listener(&same_database, one, STARTED);
		same_database_take_reader(&same_database, one, STARTED);
	}
	assert_false(same_database.are_apart);
	for (int i = 0; i < 2; i++) {
		same_database_take_listener(&same_database, one, STARTED);
		same_database_take_reader(&same_database, other, STARTED);
	}
	assert_true(same_database.are_apart);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_database_of_one_server_is_one_place),
		cmocka_unit_test(two_differences_in_a_row_show_another_database),
		cmocka_unit_test(a_database_of_that_name_on_another_server_is_another),
		cmocka_unit_test(a_difference_that_passes_is_none),
		cmocka_unit_test(they_are_apart_until_they_are_seen_together),
		cmocka_unit_test(an_answer_that_comes_when_the_listener_is_gone_says_nothing),
		cmocka_unit_test(the_longest_names_are_compared_to_their_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
