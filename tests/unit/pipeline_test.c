/* What is under way, in its order, and how long it has been waited for. */
#include "cgi/stream/database/pipeline.h"

#include <setjmp.h>
#include <stdarg.h>
// cmocka wants the headers above it
#include <cmocka.h>

static void
answers_come_in_the_order_of_the_questions(void **state)
{
	struct pipeline pipeline = { .count = 0 };

	(void)state;
	assert_true(pipeline_is_empty(&pipeline));
	for (int turn = 0; turn < 3; turn++) {
		for (int command = 0; command < COMMANDS; command++)
			pipeline_add(&pipeline, (enum command)command, 0);
		for (int command = 0; command < COMMANDS; command++) {
			assert_true(pipeline_has(&pipeline, (enum command)command));
			assert_int_equal(pipeline_first(&pipeline), command);
			pipeline_finish(&pipeline, 0);
			assert_false(pipeline_has(&pipeline, (enum command)command));
		}
		assert_true(pipeline_is_empty(&pipeline));
	}
}

static void
each_answer_has_its_own_time_from_the_one_before(void **state)
{
	struct pipeline pipeline = { .count = 0 };

	(void)state;
	assert_int_equal(pipeline_wait_us(&pipeline, 1000), 0);
	pipeline_add(&pipeline, COMMAND_OPEN, 1000);
	pipeline_add(&pipeline, COMMAND_READ, 1500);
	assert_int_equal(pipeline_wait_us(&pipeline, 1600), 600);
	pipeline_finish(&pipeline, 1700);
	assert_int_equal(pipeline_wait_us(&pipeline, 1800), 100);
	pipeline_finish(&pipeline, 1900);
	assert_int_equal(pipeline_wait_us(&pipeline, 5000), 0);
	pipeline_add(&pipeline, COMMAND_TRIM, 6000);
	assert_int_equal(pipeline_wait_us(&pipeline, 6001), 1);
}

static void
a_connection_that_is_gone_leaves_nothing_under_way(void **state)
{
	struct pipeline pipeline = { .count = 0 };

	(void)state;
	pipeline_add(&pipeline, COMMAND_SETUP, 1);
	pipeline_add(&pipeline, COMMAND_READ, 2);
	pipeline_clear(&pipeline);
	assert_true(pipeline_is_empty(&pipeline));
	assert_false(pipeline_has(&pipeline, COMMAND_READ));
	assert_int_equal(pipeline_wait_us(&pipeline, 9), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_come_in_the_order_of_the_questions),
		cmocka_unit_test(each_answer_has_its_own_time_from_the_one_before),
		cmocka_unit_test(a_connection_that_is_gone_leaves_nothing_under_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
