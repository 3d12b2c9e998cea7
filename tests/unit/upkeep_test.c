/* What is done whether or not anybody is there: trims, and what is due. */
#include "cgi/stream/database/upkeep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
// cmocka wants the headers above it
#include <cmocka.h>

static void
a_trim_goes_on_while_there_is_more(void **state)
{
	struct upkeep upkeep;

	(void)state;
	upkeep_init(&upkeep, true);
	assert_true(upkeep.wants_trim);
	upkeep_begin_trim(&upkeep);
	assert_false(upkeep.wants_trim);
	upkeep_take_trim(&upkeep, true);
	assert_true(upkeep.wants_trim);
	upkeep_begin_trim(&upkeep);
	upkeep_take_trim(&upkeep, false);
	assert_false(upkeep.wants_trim);
}

static void
a_trim_that_was_too_long_is_tried_with_fewer_rows_and_never_with_none(void **state)
{
	struct upkeep upkeep;

	(void)state;
	upkeep_init(&upkeep, true);
	for (int rows = UPKEEP_ROWS; rows > 1; rows /= 2) {
		assert_int_equal(upkeep.trim_rows, rows);
		upkeep_begin_trim(&upkeep);
		upkeep_fail_trim(&upkeep, true);
		assert_true(upkeep.wants_trim);
	}
	assert_int_equal(upkeep.trim_rows, 1);
	upkeep_fail_trim(&upkeep, false);
	assert_int_equal(upkeep.trim_rows, 1);
	assert_false(upkeep.wants_trim);
	upkeep_take_trim(&upkeep, false);
	assert_int_equal(upkeep.trim_rows, UPKEEP_ROWS);
}

static void
what_is_due_is_asked_when_the_database_says_so_and_now_and_then(void **state)
{
	struct upkeep upkeep;

	(void)state;
	upkeep_init(&upkeep, true);
	assert_int_equal(upkeep_due_wait_ms(&upkeep), UPKEEP_DUE_WAIT_MS);
	upkeep_begin_due(&upkeep);
	upkeep_take_due(&upkeep, 70);
	assert_int_equal(upkeep_due_wait_ms(&upkeep), 70);
	upkeep_take_due(&upkeep, 0);
	assert_int_equal(upkeep_due_wait_ms(&upkeep), 0);
	upkeep_take_due(
	    &upkeep, UPKEEP_DUE_WAIT_MS + 1); /* something may be put off until sooner */
	assert_int_equal(upkeep_due_wait_ms(&upkeep), UPKEEP_DUE_WAIT_MS);
	upkeep_begin_due(&upkeep);
	assert_int_equal(upkeep_due_wait_ms(&upkeep), UPKEEP_DUE_WAIT_MS);
	upkeep_fail_due(&upkeep, true);
	assert_true(upkeep.wants_due);
	assert_int_equal(upkeep.due_rows, UPKEEP_ROWS / 2);
	for (int i = 0; i < 20; i++)
		upkeep_fail_due(&upkeep, true);
	assert_int_equal(upkeep.due_rows, 1);
	upkeep_take_due(&upkeep, 0);
	assert_int_equal(upkeep.due_rows, 1);
	upkeep_take_due(&upkeep, UPKEEP_DUE_REST_MS);
	assert_int_equal(upkeep.due_rows, 1);
	upkeep_take_due(&upkeep, UPKEEP_DUE_REST_MS + 1);
	assert_int_equal(upkeep.due_rows, UPKEEP_ROWS);
	upkeep_fail_due(&upkeep, true);
	upkeep_take_due(&upkeep, -1);
	assert_int_equal(upkeep.due_rows, UPKEEP_ROWS);
}

static void
it_is_done_when_both_were_seen_to_and_one_that_never_trims_is_half_done(void **state)
{
	struct upkeep trimming, other;

	(void)state;
	upkeep_init(&trimming, true);
	upkeep_init(&other, false);
	assert_false(other.wants_trim);
	trimming.has_done_due = other.has_done_due = true;
	assert_false(upkeep_is_done(&trimming));
	assert_true(upkeep_is_done(&other));
	trimming.has_trimmed = true;
	assert_true(upkeep_is_done(&trimming));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_trim_goes_on_while_there_is_more),
		cmocka_unit_test(
		    a_trim_that_was_too_long_is_tried_with_fewer_rows_and_never_with_none),
		cmocka_unit_test(what_is_due_is_asked_when_the_database_says_so_and_now_and_then),
		cmocka_unit_test(
		    it_is_done_when_both_were_seen_to_and_one_that_never_trims_is_half_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
