/* Lanes of openings: whose turn it is, and who comes first in each. */
#include "cgi/stream/audience/lanes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
// cmocka wants the four headers above it
#include <cmocka.h>

/* The first item of the lane whose turn it is now, which stops waiting. */
static const struct lane_item *
take(struct lanes *lanes)
{
	struct lane_item *item = lanes_first(lanes, lanes_take_turn(lanes));

	if (item != NULL)
		lanes_remove(lanes, item);
	return item;
}

static void
lanes_take_turns_however_many_wait_in_one_of_them(void **state)
{
	struct lane_item plain[3], topics, apart;
	struct lanes lanes;

	(void)state;
	lanes_init(&lanes);
	for (size_t i = 0; i < 3; i++)
		lanes_add(&lanes, &plain[i], LANE_PLAIN);
	lanes_add(&lanes, &topics, LANE_TOPICS);
	lanes_add(&lanes, &apart, LANE_APART);
	assert_ptr_equal(take(&lanes), &topics);
	assert_ptr_equal(take(&lanes), &apart);
	for (size_t i = 0; i < 3; i++)
		assert_ptr_equal(take(&lanes), &plain[i]);
	assert_true(lanes_are_empty(&lanes));
	assert_null(take(&lanes));
}

static void
one_that_is_returned_comes_before_those_that_have_not_been_asked_about(void **state)
{
	struct lane_item first, second;
	struct lanes lanes;

	(void)state;
	lanes_init(&lanes);
	lanes_add(&lanes, &first, LANE_PLAIN);
	lanes_add(&lanes, &second, LANE_PLAIN);
	assert_ptr_equal(take(&lanes), &first);
	lanes_return(&lanes, &first, LANE_PLAIN);
	assert_ptr_equal(take(&lanes), &first);
	lanes_return(&lanes, &first, LANE_APART);
	assert_ptr_equal(lanes_first(&lanes, LANE_PLAIN), &second);
	assert_ptr_equal(lanes_first(&lanes, LANE_APART), &first);
	assert_false(lanes_are_empty(&lanes));
}

static void
who_may_be_the_reason_of_a_failure_is_asked_about_alone(void **state)
{
	(void)state;
	assert_int_equal(lane_batch_max(LANE_APART), 1);
	assert_int_equal(lane_batch_max(LANE_PLAIN), LANE_BATCH_MAX);
	assert_int_equal(lane_batch_max(LANE_TOPICS), LANE_BATCH_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lanes_take_turns_however_many_wait_in_one_of_them),
		cmocka_unit_test(
		    one_that_is_returned_comes_before_those_that_have_not_been_asked_about),
		cmocka_unit_test(who_may_be_the_reason_of_a_failure_is_asked_about_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
