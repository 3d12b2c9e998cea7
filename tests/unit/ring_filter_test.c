/* Who was named since: never a no for one who was. */
#include "cgi/stream/audience/ring_filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
// cmocka wants the four headers above it
#include <cmocka.h>

#include "tests/unit/in_range.h"

#define NAMED 200
#define HASH_OF(i) (2654435761u * (uint32_t)(i))

static void
an_empty_set_has_nobody(void **state)
{
	const struct ring_filter filter = { { 0 } };

	(void)state;
	for (uint32_t hash = 0; hash < RING_FILTER_BITS; hash++)
		assert_false(ring_filter_has(&filter, hash));
}

static void
whoever_was_named_is_there_and_few_others(void **state)
{
	struct ring_filter filter = { { 0 } };
	unsigned mistaken = 0;

	(void)state;
	for (uint32_t i = 0; i < NAMED; i++)
		ring_filter_add(&filter, HASH_OF(i));
	for (uint32_t i = 0; i < NAMED; i++)
		assert_true(ring_filter_has(&filter, HASH_OF(i)));
	for (uint32_t i = NAMED; i < 10 * NAMED; i++)
		mistaken += ring_filter_has(&filter, HASH_OF(i));
	assert_int_in_range(mistaken, 0, 9 * NAMED / 10);
}

static void
each_hash_has_a_bit_of_its_own_up_to_the_size(void **state)
{
	(void)state;
	for (uint32_t hash = 0; hash < RING_FILTER_BITS; hash++) {
		struct ring_filter filter = { { 0 } };

		ring_filter_add(&filter, hash);
		assert_true(ring_filter_has(&filter, hash));
		assert_true(ring_filter_has(&filter, hash + RING_FILTER_BITS));
		assert_false(ring_filter_has(&filter, hash + 1));
		assert_false(ring_filter_has(&filter, hash + RING_FILTER_BITS / 2));
	}
}

static void
all_are_there_until_it_begins_anew(void **state)
{
	struct ring_filter filter = { { 0 } };

	(void)state;
	ring_filter_add_all(&filter);
	for (uint32_t hash = 0; hash < RING_FILTER_BITS; hash++)
		assert_true(ring_filter_has(&filter, hash));
	ring_filter_clear(&filter);
	for (uint32_t hash = 0; hash < RING_FILTER_BITS; hash++)
		assert_false(ring_filter_has(&filter, hash));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_set_has_nobody),
		cmocka_unit_test(whoever_was_named_is_there_and_few_others),
		cmocka_unit_test(each_hash_has_a_bit_of_its_own_up_to_the_size),
		cmocka_unit_test(all_are_there_until_it_begins_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
