/* When what no event is to wait for may be asked. */
#include "cgi/stream/database/chore.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
// cmocka wants the four headers above it
#include <cmocka.h>

#define START_US INT64_C(1000000000)
#define DELAY_US 100

static void
it_waits_a_moment_for_others_from_when_it_came_up(void **state)
{
	struct chore chore = { 0 };

	(void)state;
	assert_int_equal(chore_wait_us(&chore, DELAY_US, START_US), DELAY_US);
	assert_int_equal(chore_wait_us(&chore, DELAY_US, START_US + 60), 40);
	assert_int_equal(chore_wait_us(&chore, DELAY_US, START_US + DELAY_US), 0);
	chore_settle(&chore);
	assert_int_equal(chore_wait_us(&chore, DELAY_US, START_US + 101), 0); /* there is more */
	chore_forget(&chore);
	assert_int_equal(chore_wait_us(&chore, DELAY_US, START_US + 500), DELAY_US);
	assert_int_equal(chore_wait_us(&(struct chore){ 0 }, 0, START_US), 0);
}

static void
one_that_is_hindered_waits_longer_each_time_and_not_without_end(void **state)
{
	struct chore chore = { 0 };
	int64_t pause_us = CHORE_PAUSE_MIN_US;

	(void)state;
	assert_int_equal(chore_wait_us(&chore, 0, START_US), 0);
	for (int times = 0; times < 10; times++) {
		chore_hinder(&chore, START_US);
		assert_int_equal(chore_wait_us(&chore, DELAY_US, START_US), pause_us);
		assert_int_equal(chore_wait_us(&chore, DELAY_US, START_US + pause_us), 0);
		pause_us = 2 * pause_us < CHORE_PAUSE_MAX_US ? 2 * pause_us : CHORE_PAUSE_MAX_US;
	}
	chore_settle(&chore);
	chore_hinder(&chore, START_US);
	assert_int_equal(chore_wait_us(&chore, 0, START_US), CHORE_PAUSE_MIN_US);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_waits_a_moment_for_others_from_when_it_came_up),
		cmocka_unit_test(one_that_is_hindered_waits_longer_each_time_and_not_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
