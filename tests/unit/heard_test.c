/* Who was named since: never a no for one who was. */
#include "cgi/stream/heard.h"

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
	const struct heard heard = { { 0 } };

	(void)state;
	for (uint32_t hash = 0; hash < HEARD_BITS; hash++)
		assert_false(heard_has(&heard, hash));
}

static void
whoever_was_named_is_there_and_few_others(void **state)
{
	struct heard heard = { { 0 } };
	unsigned mistaken = 0;

	(void)state;
	for (uint32_t i = 0; i < NAMED; i++)
		heard_add(&heard, HASH_OF(i));
	for (uint32_t i = 0; i < NAMED; i++)
		assert_true(heard_has(&heard, HASH_OF(i)));
	for (uint32_t i = NAMED; i < 10 * NAMED; i++)
		mistaken += heard_has(&heard, HASH_OF(i));
	assert_int_in_range(mistaken, 0, 9 * NAMED / 10);
}

static void
each_hash_has_a_bit_of_its_own_up_to_the_size(void **state)
{
	(void)state;
	for (uint32_t hash = 0; hash < HEARD_BITS; hash++) {
		struct heard heard = { { 0 } };

		heard_add(&heard, hash);
		assert_true(heard_has(&heard, hash));
		assert_true(heard_has(&heard, hash + HEARD_BITS));
		assert_false(heard_has(&heard, hash + 1));
		assert_false(heard_has(&heard, hash + HEARD_BITS / 2));
	}
}

static void
all_are_there_until_it_begins_anew(void **state)
{
	struct heard heard = { { 0 } };

	(void)state;
	heard_add_all(&heard);
	for (uint32_t hash = 0; hash < HEARD_BITS; hash++)
		assert_true(heard_has(&heard, hash));
	heard_clear(&heard);
	for (uint32_t hash = 0; hash < HEARD_BITS; hash++)
		assert_false(heard_has(&heard, hash));
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
