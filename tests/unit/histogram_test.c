/* The bench's histogram: exact where it says so, within 1.6 % elsewhere, whatever is counted. */
#include "tests/bench/histogram.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
// cmocka wants the four headers above it
#include <cmocka.h>

#include "tests/unit/in_range.h"

static void
an_empty_one_finds_nothing(void **state)
{
	static const struct histogram histogram;

	(void)state;
	assert_int_equal(histogram_find(&histogram, 500), 0);
	assert_int_equal(histogram_find(&histogram, 1000), 0);
}

static void
a_single_time_is_found_whatever_it_is(void **state)
{
	(void)state;
	for (uint64_t us = 0; us < UINT64_C(1) << 36; us = us * 5 / 3 + 1) {
		struct histogram histogram = { .total = 0 };

		histogram_add(&histogram, (int64_t)us);
		assert_int_equal(histogram_find(&histogram, 500), us);
		assert_int_equal(histogram.max_us, us);
	}
}

/* The bound of a step is what is found, if something larger was counted too. */
static void
a_time_is_exact_below_64_us_and_within_one_in_64_above(void **state)
{
	(void)state;
	for (uint64_t us = 0; us < UINT64_C(1) << 34; us = us < 300 ? us + 1 : us * 7 / 5) {
		struct histogram histogram = { .total = 0 };
		uint64_t found;

		histogram_add(&histogram, (int64_t)us);
		histogram_add(&histogram, INT64_MAX);
		found = histogram_find(&histogram, 500);
		assert_int_in_range(
		    found, us, us < HISTOGRAM_STEPS ? us : us + us / HISTOGRAM_STEPS);
	}
}

static void
so_many_in_a_thousand_do_not_exceed_what_is_found(void **state)
{
	struct histogram histogram = { .total = 0 };

	(void)state;
	for (int64_t us = 1; us <= 50; us++)
		histogram_add(&histogram, us);
	assert_int_equal(histogram_find(&histogram, 0), 1);
	assert_int_equal(histogram_find(&histogram, 20), 1);
	assert_int_equal(histogram_find(&histogram, 21), 2);
	assert_int_equal(histogram_find(&histogram, 500), 25);
	assert_int_equal(histogram_find(&histogram, 990), 50);
	assert_int_equal(histogram_find(&histogram, 1000), 50);
}

static void
a_negative_time_counts_as_none_and_the_largest_has_a_place(void **state)
{
	struct histogram histogram = { .total = 0 };

	(void)state;
	histogram_add(&histogram, -5);
	histogram_add(&histogram, INT64_MAX);
	assert_int_equal(histogram.total, 2);
	assert_int_equal(histogram_find(&histogram, 500), 0);
	assert_int_equal(histogram.max_us, INT64_MAX);
	assert_true(histogram_find(&histogram, 1000) <= INT64_MAX);
}

static void
it_prints_members_of_a_json_object(void **state)
{
	struct histogram histogram = { .total = 0 };
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	(void)state;
	assert_non_null(out);
	for (int64_t us = 0; us < 3; us++)
		histogram_add(&histogram, 10 * us);
	histogram_print(&histogram, out);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, "\"p50_us\":10,\"p99_us\":20,\"max_us\":20");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_one_finds_nothing),
		cmocka_unit_test(a_single_time_is_found_whatever_it_is),
		cmocka_unit_test(a_time_is_exact_below_64_us_and_within_one_in_64_above),
		cmocka_unit_test(so_many_in_a_thousand_do_not_exceed_what_is_found),
		cmocka_unit_test(a_negative_time_counts_as_none_and_the_largest_has_a_place),
		cmocka_unit_test(it_prints_members_of_a_json_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
