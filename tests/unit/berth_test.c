/* When a process sleeps and when it looks, by what it hears and finds; tests/model has the proof.
 */
#include "cgi/stream/database/berth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
// cmocka wants the four headers above it
#include <cmocka.h>

#define PID 4711
#define MS 1000

static int64_t now_us;

static struct berth
make_awake(void)
{
	struct berth berth;

	now_us = 1000000000;
	berth_start(&berth, now_us);
	return berth;
}

static void
look(struct berth *berth, int64_t transactions)
{
	assert_int_equal(berth_look_wait_us(berth, now_us), 0);
	(void)berth_begin_look(berth, now_us);
	now_us += MS;
	berth_finish_look(berth, "7 1:1:", transactions, true, now_us);
}

static struct berth
make_asleep(void)
{
	struct berth berth = make_awake();

	berth_take_listener(&berth, now_us);
	assert_int_equal(berth_wish(&berth, now_us), BERTH_WISH_TAKE);
	berth_ask(&berth, BERTH_WISH_TAKE, now_us);
	berth_take(&berth, 3, PID);
	look(&berth, 0);
	assert_int_equal(berth.state, BERTH_ASLEEP);
	return berth;
}

/* Rings of a crowd, of other processes each, until there is a wish. */
static void
hear_crowd(struct berth *berth, int rings)
{
	for (int i = 0; i < rings; i++) {
		now_us += 5 * MS;
		berth_take_ring(berth, 100 + i, true, now_us);
	}
}

static void
one_that_was_not_started_neither_sleeps_nor_looks(void **state)
{
	struct berth berth = { .state = BERTH_OFF };

	(void)state;
	assert_int_equal(berth_look_wait_us(&berth, 1), INT64_MAX);
	assert_int_equal(berth_wish(&berth, 1), BERTH_WISH_NOTHING);
	assert_true(berth_is_watching(&berth));
	berth_lose_reader(&berth);
	berth_clear(&berth);
	berth_clear(&berth);
}

static void
it_watches_from_its_first_look_on_and_tries_for_no_berth_without_a_listener(void **state)
{
	struct berth berth = make_awake();

	(void)state;
	assert_false(berth_is_watching(&berth));
	assert_int_equal(berth_wish(&berth, now_us), BERTH_WISH_NOTHING);
	look(&berth, 0);
	assert_true(berth_is_watching(&berth));
	assert_string_equal(berth.seen, "7 1:1:");
	berth_clear(&berth);
}

static void
it_sleeps_once_it_has_a_berth_and_has_looked_after_that(void **state)
{
	struct berth berth = make_awake();

	(void)state;
	look(&berth, 0);
	berth_take_listener(&berth, now_us);
	assert_int_equal(berth_patience_ms(&berth, now_us), BERTH_PATIENCE_MS);
	berth_ask(&berth, BERTH_WISH_TAKE, now_us);
	now_us += BERTH_PAUSE_IDLE_US;
	assert_int_equal(berth_begin_look(&berth, now_us), 0); /* before it has one */
	berth_take(&berth, 3, PID);
	berth_finish_look(&berth, "7 2:2:", 0, false, now_us);
	assert_int_equal(berth.state, BERTH_SETTLING);
	berth.look_at_us = 0;
	assert_int_equal(berth_begin_look(&berth, now_us), 3);
	berth_finish_look(&berth, "7 3:3:", 0, true, now_us);
	assert_int_equal(berth.state, BERTH_ASLEEP);
	assert_null(berth.seen);
	assert_true(berth_is_watching(&berth));
	assert_int_equal(berth_look_wait_us(&berth, now_us), INT64_MAX);
	assert_int_equal(berth.sleeps, 1);
	berth_clear(&berth);
}

static void
one_whose_berth_is_not_where_it_looks_looks_on_and_gives_it_back(void **state)
{
	struct berth berth = make_awake();

	(void)state;
	berth_take_listener(&berth, now_us);
	berth_ask(&berth, BERTH_WISH_TAKE, now_us);
	berth_take(&berth, 1, PID);
	(void)berth_begin_look(&berth, now_us);
	berth_finish_look(&berth, "7 3:3:", 0, false, now_us);
	assert_int_equal(berth.state, BERTH_ASTRAY);
	assert_true(berth_look_wait_us(&berth, now_us) < INT64_MAX);
	assert_int_equal(berth_wish(&berth, now_us), BERTH_WISH_LEAVE);
	berth_ask(&berth, BERTH_WISH_LEAVE, now_us);
	berth_leave(&berth, "8 1:1:", now_us);
	assert_int_equal(berth.state, BERTH_AWAKE);
	berth_clear(&berth);
}

static void
a_crowd_wakes_it_and_those_who_ring_alone_do_not(void **state)
{
	struct berth berth = make_asleep();

	(void)state;
	for (int i = 0; i < 1000; i++) { /* two hundred a second, of one or of many */
		now_us += 5 * MS;
		berth_take_ring(&berth, 100 + i % 7, false, now_us);
	}
	for (int i = 0; i < 50; i++) /* a long list, in many pieces */
		berth_take_ring(&berth, 99, false, now_us);
	assert_int_equal(berth_wish(&berth, now_us), BERTH_WISH_NOTHING);
	hear_crowd(&berth, BERTH_CROWD - 1);
	now_us += BERTH_LULL_US + 1;
	hear_crowd(&berth, BERTH_CROWD - 1);
	assert_int_equal(berth_wish(&berth, now_us), BERTH_WISH_NOTHING);
	hear_crowd(&berth, 1);
	assert_int_equal(berth_wish(&berth, now_us), BERTH_WISH_LEAVE);
	berth_ask(&berth, BERTH_WISH_LEAVE, now_us);
	assert_int_equal(berth.state, BERTH_LEAVING);
	assert_int_equal(berth_wish(&berth, now_us), BERTH_WISH_NOTHING);
	berth_leave(&berth, "7 9:9:", now_us);
	assert_int_equal(berth.state, BERTH_AWAKE);
	assert_string_equal(berth.seen, "7 9:9:");
	assert_int_equal(berth_look_wait_us(&berth, now_us), 0);
	berth_clear(&berth);
}

static void
rings_of_many_that_come_close_are_a_crowd(void **state)
{
	struct berth berth = make_asleep();

	(void)state;
	for (int i = 0; i <= BERTH_CROWD; i++) {
		now_us += BERTH_CLOSE_US - 1;
		berth_take_ring(&berth, 100 + i, false, now_us);
	}
	assert_int_equal(berth_wish(&berth, now_us), BERTH_WISH_LEAVE);
	berth_clear(&berth);
}

/* Looks over one window, that find so many commits in all. */
static void
look_for_a_window(struct berth *berth, int64_t transactions)
{
	int64_t end_us = now_us + BERTH_WINDOW_US;

	while (now_us < end_us) {
		now_us += berth_look_wait_us(berth, now_us);
		look(berth, transactions);
		transactions = 0;
	}
}

static void
it_tries_for_a_berth_when_there_is_little_to_find(void **state)
{
	struct berth berth = make_asleep();

	(void)state;
	hear_crowd(&berth, BERTH_CROWD);
	berth_ask(&berth, BERTH_WISH_LEAVE, now_us);
	berth_leave(&berth, "7 9:9:", now_us);
	look_for_a_window(&berth, BERTH_BUSY);
	assert_int_equal(berth_wish(&berth, now_us), BERTH_WISH_NOTHING);
	look_for_a_window(&berth, BERTH_BUSY - 1);
	assert_int_equal(berth_wish(&berth, now_us), BERTH_WISH_TAKE);
	assert_int_equal(berth_patience_ms(&berth, now_us), 0);
	berth_ask(&berth, BERTH_WISH_TAKE, now_us);
	berth_refuse(&berth, false, now_us);
	assert_int_equal(berth.state, BERTH_AWAKE);
	assert_int_equal(berth_wish(&berth, now_us), BERTH_WISH_NOTHING);
	look_for_a_window(&berth, 0);
	assert_int_equal(berth_wish(&berth, now_us), BERTH_WISH_TAKE);
	berth_clear(&berth);
}

static void
who_finds_nothing_looks_ever_more_rarely_up_to_a_limit(void **state)
{
	struct berth berth = make_awake();

	(void)state;
	look(&berth, 0);
	assert_int_equal(berth_look_wait_us(&berth, now_us), BERTH_PAUSE_EMPTY_US);
	for (int i = 0; i < 20; i++) {
		now_us += berth_look_wait_us(&berth, now_us);
		look(&berth, 0);
	}
	assert_int_equal(berth_look_wait_us(&berth, now_us), BERTH_PAUSE_IDLE_US);
	berth_refuse(&berth, true, now_us);
	for (int i = 0; i < 20; i++) {
		now_us += berth_look_wait_us(&berth, now_us);
		look(&berth, 0);
	}
	assert_int_equal(berth_look_wait_us(&berth, now_us), BERTH_PAUSE_OTHERS_US);
	now_us += berth_look_wait_us(&berth, now_us);
	berth_note_read(&berth, MS);
	look(&berth, 1);
	assert_int_equal(berth_look_wait_us(&berth, now_us), BERTH_PAUSE_OF_LOOK * 2 * MS);
	now_us += berth_look_wait_us(&berth, now_us);
	look(&berth, 1); /* and told itself what it found: no read was behind the last one */
	assert_int_equal(berth_look_wait_us(&berth, now_us), BERTH_PAUSE_OF_LOOK * MS);
	berth_note_read(&berth, 1000 * MS);
	now_us += berth_look_wait_us(&berth, now_us);
	look(&berth, 1);
	assert_int_equal(berth_look_wait_us(&berth, now_us), BERTH_PAUSE_MAX_US);
	berth_clear(&berth);
}

static void
whoever_loses_the_listener_looks_and_knows_nothing(void **state)
{
	enum berth_state states[] = { BERTH_AWAKE, BERTH_TRYING, BERTH_SETTLING, BERTH_ASLEEP,
		BERTH_ASTRAY, BERTH_LEAVING };

	(void)state;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		struct berth berth = make_awake();

		look(&berth, 0);
		berth.state = states[i];
		berth_lose_listener(&berth, now_us);
		assert_int_equal(berth.state, BERTH_AWAKE);
		assert_null(berth.seen);
		assert_false(berth_is_watching(&berth));
		assert_int_equal(berth_look_wait_us(&berth, now_us), 0);
		assert_int_equal(berth_wish(&berth, now_us + BERTH_RETRY_US), BERTH_WISH_NOTHING);
		berth_clear(&berth);
	}
}

static void
a_look_that_was_under_way_when_the_listener_was_lost_is_not_believed(void **state)
{
	struct berth berth = make_awake();

	(void)state;
	look(&berth, 0);
	now_us += berth_look_wait_us(&berth, now_us);
	(void)berth_begin_look(&berth, now_us);
	berth_lose_listener(&berth, now_us);
	berth_finish_look(&berth, "7 5:5:", 0, false, now_us);
	assert_null(berth.seen);
	now_us += berth_look_wait_us(&berth, now_us);
	look(&berth, 0);
	assert_non_null(berth.seen);
	berth_clear(&berth);
}

static void
a_reader_that_is_lost_while_it_settles_looks_once_more_with_the_berth(void **state)
{
	struct berth berth = make_awake();

	(void)state;
	berth_take_listener(&berth, now_us);
	berth_ask(&berth, BERTH_WISH_TAKE, now_us);
	berth_take(&berth, 2, PID);
	assert_int_equal(berth_begin_look(&berth, now_us), 2);
	berth_lose_reader(&berth);
	assert_int_equal(berth.state, BERTH_SETTLING);
	assert_int_equal(berth_look_wait_us(&berth, now_us), 0);
	assert_int_equal(berth_begin_look(&berth, now_us), 2);
	berth_finish_look(&berth, "7 5:5:", 0, true, now_us);
	assert_int_equal(berth.state, BERTH_ASLEEP);
	berth_clear(&berth);
}

static void
what_fails_is_tried_again_after_a_pause(void **state)
{
	struct berth berth = make_asleep();

	(void)state;
	hear_crowd(&berth, BERTH_CROWD);
	berth_ask(&berth, BERTH_WISH_LEAVE, now_us);
	berth_fail(&berth, now_us);
	assert_int_equal(berth.state, BERTH_ASTRAY); /* it is not known whether it has one */
	assert_int_equal(berth_look_wait_us(&berth, now_us), 0);
	assert_int_equal(berth_wish(&berth, now_us), BERTH_WISH_NOTHING);
	assert_int_equal(berth_wish(&berth, now_us + BERTH_RETRY_US), BERTH_WISH_LEAVE);
	berth_clear(&berth);
	berth = make_awake();
	berth_take_listener(&berth, now_us);
	berth_ask(&berth, BERTH_WISH_TAKE, now_us);
	berth_fail(&berth, now_us);
	assert_int_equal(berth.state, BERTH_AWAKE);
	assert_int_equal(berth_wish(&berth, now_us), BERTH_WISH_NOTHING);
	assert_int_equal(berth_wish(&berth, now_us + BERTH_RETRY_US), BERTH_WISH_TAKE);
	berth_clear(&berth);
}

static void
who_is_awake_and_rung_all_the_same_takes_a_berth_with_patience_now_and_then(void **state)
{
	struct berth berth = make_asleep();

	(void)state;
	hear_crowd(&berth, BERTH_CROWD);
	berth_ask(&berth, BERTH_WISH_LEAVE, now_us);
	berth_leave(&berth, "7 9:9:", now_us);
	now_us += BERTH_PATIENCE_US;
	hear_crowd(&berth, BERTH_CROWD);
	assert_int_equal(berth_wish(&berth, now_us), BERTH_WISH_TAKE);
	assert_int_equal(berth_patience_ms(&berth, now_us), BERTH_PATIENCE_MS);
	berth_ask(&berth, BERTH_WISH_TAKE, now_us);
	berth_refuse(&berth, true, now_us);
	hear_crowd(&berth, BERTH_CROWD);
	assert_int_equal(berth_wish(&berth, now_us), BERTH_WISH_NOTHING);
	berth_clear(&berth);
}

static void
where_looks_see_nothing_it_is_as_well_as_can_be_and_never_sleeps(void **state)
{
	struct berth berth = make_awake();

	(void)state;
	(void)berth_begin_look(&berth, now_us);
	berth_finish_look(&berth, NULL, 0, false, now_us);
	assert_true(berth_is_watching(&berth));
	assert_int_equal(berth_look_wait_us(&berth, now_us), BERTH_PAUSE_OTHERS_US);
	berth_clear(&berth);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_was_not_started_neither_sleeps_nor_looks),
		cmocka_unit_test(
		    it_watches_from_its_first_look_on_and_tries_for_no_berth_without_a_listener),
		cmocka_unit_test(it_sleeps_once_it_has_a_berth_and_has_looked_after_that),
		cmocka_unit_test(one_whose_berth_is_not_where_it_looks_looks_on_and_gives_it_back),
		cmocka_unit_test(a_crowd_wakes_it_and_those_who_ring_alone_do_not),
		cmocka_unit_test(rings_of_many_that_come_close_are_a_crowd),
		cmocka_unit_test(it_tries_for_a_berth_when_there_is_little_to_find),
		cmocka_unit_test(who_finds_nothing_looks_ever_more_rarely_up_to_a_limit),
		cmocka_unit_test(whoever_loses_the_listener_looks_and_knows_nothing),
		cmocka_unit_test(
		    a_look_that_was_under_way_when_the_listener_was_lost_is_not_believed),
		cmocka_unit_test(
		    a_reader_that_is_lost_while_it_settles_looks_once_more_with_the_berth),
		cmocka_unit_test(what_fails_is_tried_again_after_a_pause),
		cmocka_unit_test(
		    who_is_awake_and_rung_all_the_same_takes_a_berth_with_patience_now_and_then),
		cmocka_unit_test(where_looks_see_nothing_it_is_as_well_as_can_be_and_never_sleeps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
