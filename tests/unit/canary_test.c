/* The doorbell to ourselves: when one is sent, overdue, lost or refused. */
#include "cgi/stream/database/canary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
// cmocka wants the headers above it
#include <cmocka.h>

#define PERIOD_S 5
#define NOW_MS INT64_C(1000000)

static struct canary
begin(void)
{
	struct canary canary;

	canary_init(&canary, PERIOD_S);
	canary_begin(&canary, NOW_MS);
	return canary;
}

static void
no_two_have_the_same_payload_and_none_is_a_users_id(void **state)
{
	struct canary one = begin(), another = begin();

	(void)state;
	assert_string_not_equal(one.payload, another.payload);
	assert_int_equal(one.payload[0], ' ');
}

static void
one_is_sent_at_every_other_look(void **state)
{
	struct canary canary = begin();

	(void)state;
	for (int i = 0; i < 6; i++) {
		canary_look(&canary);
		assert_int_equal(canary.is_owed, i % 2 == 0);
		canary.is_owed = false; /* it has been sent */
	}
}

static void
it_is_well_for_one_and_a_half_periods_and_lost_after_two(void **state)
{
	struct canary canary = begin();
	const int64_t overdue_ms = NOW_MS + PERIOD_S * 1500 + CANARY_LATE_MS;
	const int64_t lost_ms = NOW_MS + PERIOD_S * 2000 - CANARY_LATE_MS;

	(void)state;
	assert_true(canary_is_well(&canary, overdue_ms - 1));
	assert_false(canary_is_well(&canary, overdue_ms));
	assert_false(canary_is_lost(&canary, lost_ms - 1));
	assert_true(canary_is_lost(&canary, lost_ms));
	canary_return(&canary, lost_ms);
	assert_true(canary_is_well(&canary, lost_ms));
	assert_false(canary_is_lost(&canary, lost_ms));
}

static void
one_that_is_refused_is_not_well_and_not_lost_until_one_comes_back(void **state)
{
	struct canary canary = begin();

	(void)state;
	canary_refuse(&canary, NOW_MS + 9000);
	assert_false(canary_is_well(&canary, NOW_MS + 9000));
	assert_false(canary_is_lost(&canary, NOW_MS + 12000));
	canary_return(&canary, NOW_MS + 12000);
	assert_true(canary_is_well(&canary, NOW_MS + 12000));
}

static void
a_new_connection_owes_nothing_for_the_one_before(void **state)
{
	struct canary canary = begin();

	(void)state;
	canary_look(&canary);
	canary_refuse(&canary, NOW_MS);
	canary_begin(&canary, NOW_MS + 20000);
	assert_false(canary.is_owed);
	assert_false(canary.is_refused);
	assert_false(canary_is_lost(&canary, NOW_MS + 20000));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_two_have_the_same_payload_and_none_is_a_users_id),
		cmocka_unit_test(one_is_sent_at_every_other_look),
		cmocka_unit_test(it_is_well_for_one_and_a_half_periods_and_lost_after_two),
		cmocka_unit_test(one_that_is_refused_is_not_well_and_not_lost_until_one_comes_back),
		cmocka_unit_test(a_new_connection_owes_nothing_for_the_one_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
