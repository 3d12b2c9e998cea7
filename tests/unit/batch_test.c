/* Batches: arrays that are parameters of one statement, used again for the next. */
#include "cgi/stream/parts/batch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
// cmocka wants the four headers above it
#include <cmocka.h>

static void
its_arrays_are_parameters_in_their_order(void **state)
{
	struct batch batch = { 0 };
	const char *values[3];

	(void)state;
	batch_format(&batch, 3, values);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(values[i], "{}");
	array_add_text(&batch.arrays[0], "a");
	array_add_null(&batch.arrays[0]);
	array_add_integer(&batch.arrays[1], 7);
	array_add_integer(&batch.arrays[1], 8);
	batch_format(&batch, 2, values);
	assert_string_equal(values[0], "{\"a\",NULL}");
	assert_string_equal(values[1], "{7,8}");
	batch_clear(&batch);
}

static void
one_that_is_reset_is_empty_and_keeps_its_memory(void **state)
{
	struct batch batch = { 0 };
	const char *before, *values[BATCH_ARRAYS_MAX];

	(void)state;
	for (size_t i = 0; i < BATCH_ARRAYS_MAX; i++)
		array_add_text(&batch.arrays[i], "something");
	before = batch.arrays[0].text;
	batch_reset(&batch);
	batch_format(&batch, BATCH_ARRAYS_MAX, values);
	for (size_t i = 0; i < BATCH_ARRAYS_MAX; i++)
		assert_string_equal(values[i], "{}");
	array_add_text(&batch.arrays[0], "other");
	assert_ptr_equal(batch.arrays[0].text, before);
	batch_clear(&batch);
	batch_clear(&batch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_arrays_are_parameters_in_their_order),
		cmocka_unit_test(one_that_is_reset_is_empty_and_keeps_its_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
