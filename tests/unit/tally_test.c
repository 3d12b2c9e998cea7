/* Whether it pays that looks bring events along. */
#include "cgi/stream/database/tally.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
// cmocka wants the headers above it
#include <cmocka.h>

static void
it_pays_at_first_and_where_one_of_eight_is_here(void **state)
{
	struct tally tally = { 0 };

	(void)state;
	assert_true(tally_pays(&tally));
	tally_note(&tally, true);
	for (unsigned found = 2; found <= TALLY_SHARE; found++) {
		tally_note(&tally, false);
		assert_true(tally_pays(&tally));
	}
	tally_note(&tally, false);
	assert_false(tally_pays(&tally));
	tally_note(&tally, true);
	assert_true(tally_pays(&tally));
}

static void
what_was_long_ago_counts_ever_less(void **state)
{
	struct tally tally = { 0 };
	int notes = 0;

	(void)state;
	for (int i = 0; i < 100000; i++)
		tally_note(&tally, false);
	assert_false(tally_pays(&tally));
	assert_true(tally.found <= TALLY_MAX);
	for (; !tally_pays(&tally); notes++)
		tally_note(&tally, true);
	assert_true(notes <= TALLY_MAX / TALLY_SHARE + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_pays_at_first_and_where_one_of_eight_is_here),
		cmocka_unit_test(what_was_long_ago_counts_ever_less),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
