/* When the next read may be asked for: at once now and then, with pauses under load. */
#include "cgi/stream/database/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
// cmocka wants the four headers above it
#include <cmocka.h>

#define START_US INT64_C(1000000000)
#define READ_US 400

/* A read of such a length; when it is over. */
static int64_t
read_for(struct pace *pace, int64_t now_us, int64_t length_us)
{
	pace_begin(pace, now_us);
	pace_finish(pace, now_us + length_us);
	return now_us + length_us;
}

static void
reads_now_and_then_follow_each_ring_at_once(void **state)
{
	const int64_t period_us = READ_US * (1 + PACE_PAUSE_OF_READ);
	struct pace pace = { 0 };

	(void)state;
	for (int64_t i = 0; i < 1000; i++) {
		int64_t now_us = START_US + i * period_us;

		assert_int_equal(pace_pause_us(&pace, now_us), 0);
		(void)read_for(&pace, now_us, READ_US);
	}
}

static void
some_reads_in_a_row_after_a_quiet_time_need_no_pause(void **state)
{
	const int64_t saved = PACE_SAVED_MAX_US / (READ_US * PACE_PAUSE_OF_READ);
	struct pace pace = { 0 };
	int64_t now_us = START_US;

	(void)state;
	for (int64_t i = 0; i < saved; i++) {
		assert_int_equal(pace_pause_us(&pace, now_us), 0);
		now_us = read_for(&pace, now_us, READ_US);
	}
	now_us = read_for(&pace, now_us, READ_US);
	assert_true(pace_pause_us(&pace, now_us) > 0);
	assert_true(pace_pause_us(&pace, now_us) <= READ_US * PACE_PAUSE_OF_READ);
}

static void
reads_without_end_pause_in_proportion_to_their_length(void **state)
{
	static const int64_t lengths_us[] = { 50, READ_US, PACE_PAUSE_MAX_US / PACE_PAUSE_OF_READ };
	struct pace pace = { 0 };
	int64_t now_us = START_US;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		for (int n = 0; n < 5000; n++) { /* until nothing is saved any more */
			now_us = read_for(&pace, now_us, lengths_us[i]);
			now_us += pace_pause_us(&pace, now_us);
		}
		now_us = read_for(&pace, now_us, lengths_us[i]);
		assert_int_equal(pace_pause_us(&pace, now_us), lengths_us[i] * PACE_PAUSE_OF_READ);
		assert_int_equal(
		    pace_pause_us(&pace, now_us + 10), lengths_us[i] * PACE_PAUSE_OF_READ - 10);
		now_us += pace_pause_us(&pace, now_us);
		assert_int_equal(pace_pause_us(&pace, now_us), 0);
	}
}

static void
no_pause_is_longer_than_its_limit(void **state)
{
	struct pace slow = { 0 }, busy = { 0 };
	int64_t now_us = START_US;

	(void)state;
	for (int i = 0; i < 10; i++)
		now_us = read_for(&slow, now_us, 60 * INT64_C(1000000));
	assert_int_equal(pace_pause_us(&slow, now_us), PACE_PAUSE_MAX_US);
	for (int i = 0; i < 1000; i++) /* with a full read waiting each time: no pause was made */
		now_us = read_for(&busy, now_us, READ_US);
	assert_int_equal(pace_pause_us(&busy, now_us), PACE_PAUSE_MAX_US);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_now_and_then_follow_each_ring_at_once),
		cmocka_unit_test(some_reads_in_a_row_after_a_quiet_time_need_no_pause),
		cmocka_unit_test(reads_without_end_pause_in_proportion_to_their_length),
		cmocka_unit_test(no_pause_is_longer_than_its_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
