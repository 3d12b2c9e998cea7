/* When clients are told to come back: spread over all of a range, and never beyond it. */
#include "cgi/stream/parts/retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
// cmocka wants the headers above it
#include <cmocka.h>

#include "tests/unit/in_range.h"

static void
every_time_of_a_range_is_chosen_and_no_other(void **state)
{
	const struct retry retry = { 200, 203 };
	bool chosen[4] = { false };

	(void)state;
	for (int i = 0; i < 1000; i++) {
		unsigned ms = retry_choose_ms(&retry);

		assert_int_in_range(ms, 200, 203);
		chosen[ms - 200] = true;
	}
	for (int i = 0; i < 4; i++)
		assert_true(chosen[i]);
}

static void
a_range_of_one_time_is_that_time(void **state)
{
	const struct retry retry = { 5000, 5000 };

	(void)state;
	assert_int_equal(retry_choose_ms(&retry), 5000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_time_of_a_range_is_chosen_and_no_other),
		cmocka_unit_test(a_range_of_one_time_is_that_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
