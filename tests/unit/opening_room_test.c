/* A person who has as many streams as may be: those that were left are found before one is refused.
 */
#include "tests/unit/clock.h"
#include "tests/unit/opening_scene.h"

#define NEXT STREAMS_PER_USER /* the opening that is one too many */

/* Streams of "7" up to the limit, and one opening more, which the database knows. */
static void
fill(void)
{
	for (size_t i = 0; i <= NEXT; i++)
		add_stream(i);
	take();
	for (size_t i = 0; i <= NEXT; i++)
		decide(i, "7");
	openings_finish_batch(openings);
}

/* Time for a sounding to tell. */
static void
pass(void)
{
	clock_skip(1);
	wire_turn(base);
}

static size_t
count_heartbeats(struct wire *wire)
{
	size_t count = 0;

	wire_read(wire, base);
	for (const char *at = wire->content; (at = strstr(at, "event: heartbeat\n")) != NULL; at++)
		count++;
	return count;
}

static void
assert_streams(size_t count)
{
	hub_count(hub, &metrics);
	assert_int_equal(metrics.streams, count);
}

static void
a_limit_sounds_and_then_refuses_and_ends_no_stream(void **state)
{
	(void)state;
	fill();
	assert_int_equal(openings_count(openings), 1);
	assert_answer(NEXT, "");
	for (size_t i = 0; i < NEXT; i++)
		assert_int_equal(count_heartbeats(&wires[i]), 1);
	for (int i = 0; i < 4; i++)
		pass();
	assert_int_equal(openings_count(openings), 1);
	assert_int_equal(wires[NEXT].length, 0);
	pass();
	assert_answer(NEXT, "Status: 429 ");
	assert_non_null(strstr(wires[NEXT].content, "\r\nRetry-After: "));
	assert_int_equal(metrics.refused[REFUSE_USER_LIMIT], 1);
	assert_int_equal(openings_count(openings), 0);
	assert_int_equal(metrics.soundings, 5);
	assert_streams(NEXT);
	for (size_t i = 0; i < NEXT; i++)
		assert_false(wires[i].ended || wires[i].closed);
}

static void
a_stream_that_was_left_makes_room_as_soon_as_a_sounding_tells(void **state)
{
	(void)state;
	for (size_t sounding = 1; sounding <= 5; sounding++) {
		fill();
		for (size_t i = 1; i < sounding; i++)
			pass();
		assert_int_equal(count_heartbeats(&wires[0]), sounding);
		wire_hang_up(&wires[0]);
		wire_turn(base);
		pass();
		assert_answer(NEXT, "Status: 200 OK\r\n");
		assert_non_null(strstr(wires[NEXT].content, "\"user_id\":\"7\""));
		assert_streams(NEXT);
		assert_int_equal(metrics.refused[REFUSE_USER_LIMIT], 0);
		tear_down(state);
		set_up(state);
	}
}

/* What was committed while it waited is behind the verdict that it kept. */
static void
one_that_waited_for_room_is_looked_up(void **state)
{
	(void)state;
	hub_begin_opening(hub);
	fill();
	assert_false(question_is_wanted(hub, QUESTION_EVENTS));
	wire_hang_up(&wires[0]);
	wire_turn(base);
	hub_begin_opening(hub); /* others are asked for meanwhile */
	pass();
	assert_answer(NEXT, "Status: 200 OK\r\n");
	assert_true(question_is_wanted(hub, QUESTION_EVENTS));
}

static void
those_that_wait_share_a_sounding(void **state)
{
	(void)state;
	clock_stop();
	fill();
	for (size_t i = NEXT + 1; i < NEXT + 5; i++)
		add_stream(i);
	take();
	for (size_t i = 0; i < 4; i++)
		decide(i, "7");
	openings_finish_batch(openings);
	assert_int_equal(openings_count(openings), 5);
	assert_int_equal(metrics.soundings, 1);
	pass();
	assert_int_equal(metrics.soundings, 2);
	for (size_t i = 0; i < NEXT; i++)
		assert_int_equal(count_heartbeats(&wires[i]), 2);
	clock_go();
}

static void
one_that_waits_for_room_may_leave_and_is_told_to_come_back_when_the_process_goes(void **state)
{
	(void)state;
	fill();
	wire_hang_up(&wires[NEXT]);
	wire_turn(base);
	assert_int_equal(openings_count(openings), 0);
	for (int i = 0; i < 6; i++)
		pass();
	assert_int_equal(metrics.soundings, 1);
	assert_int_equal(metrics.refused[REFUSE_USER_LIMIT], 0);

	add_stream(NEXT + 1);
	take();
	decide(0, "7");
	assert_int_equal(openings_count(openings), 1);
	openings_dismiss(openings);
	assert_int_equal(openings_count(openings), 0);
	assert_answer(NEXT + 1, "Status: 200 OK\r\n");
	assert_non_null(strstr(wires[NEXT + 1].content, "\r\n\r\nretry: "));
	assert_true(wires[NEXT + 1].ended);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_limit_sounds_and_then_refuses_and_ends_no_stream),
		test(a_stream_that_was_left_makes_room_as_soon_as_a_sounding_tells),
		test(one_that_waited_for_room_is_looked_up),
		test(those_that_wait_share_a_sounding),
		test(
		    one_that_waits_for_room_may_leave_and_is_told_to_come_back_when_the_process_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
