/* Drains: a process ends its streams over a while, and then waits for nobody. */
#include "cgi/stream/audience/drain.h"
#include "tests/unit/hub_scene.h"

static const struct retry retry = { 200, 3000 };

static size_t
count_streams(void)
{
	hub_count(hub, &metrics);
	return metrics.streams;
}

/* Streams that are left after so many steps of a drain of a second, each of which ends one. */
static size_t
left_after_steps(const struct drain *drain)
{
	int steps = ((1 + PEER_LINGER_S) * 1000 - drain->ms_left) / DRAIN_STEP_MS;

	return steps < STREAMS ? (size_t)(STREAMS - steps) : 0;
}

/* A step's time is over, or that of more where this machine stood still. */
static void
step(struct drain *drain)
{
	struct timespec a_step = { .tv_nsec = DRAIN_STEP_MS * 1000000L };
	int before = drain->ms_left;

	while (drain->ms_left == before) {
		nanosleep(&a_step, NULL);
		wire_turn(base);
	}
}

static void
streams_are_ended_a_step_at_a_time(void **state)
{
	struct drain drain = { 0 };

	(void)state;
	for (size_t i = 0; i < STREAMS; i++)
		join(i, i < 3 ? "7" : "8", 0);
	assert_false(drain_has_begun(&drain));
	assert_false(drain_is_over(&drain));
	drain_begin(&drain, base, hub, STREAMS, 1, &retry);
	assert_true(drain_has_begun(&drain));
	assert_int_equal(count_streams(), STREAMS - 1); /* the first at once */
	while (count_streams() > 0) {
		assert_false(drain_is_over(&drain));
		step(&drain);
		assert_int_equal(count_streams(), left_after_steps(&drain));
	}
	assert_int_equal(metrics.closed[CLOSE_DRAINED], STREAMS);
	for (size_t i = 0; i < STREAMS; i++)
		assert_true(is_ended(i));
	for (size_t i = 0; i < STREAMS; i++)
		wire_hang_up(&wires[i]);
	wire_turn(base);
	assert_true(drain_is_over(&drain));
	drain_clear(&drain);
	drain_clear(&drain);
}

static void
a_drain_without_time_ends_all_at_once(void **state)
{
	struct drain drain = { 0 };

	(void)state;
	for (size_t i = 0; i < 3; i++)
		join(i, "7", 0);
	drain_begin(&drain, base, hub, 3, 0, &retry);
	assert_int_equal(count_streams(), 0);
	drain_clear(&drain);
}

/* A web server that does not read what it is sent, and does not leave. */
static void
a_peer_that_takes_nothing_is_not_waited_for_without_end(void **state)
{
	struct drain drain = { 0 };

	(void)state;
	join(0, "7", 0);
	settle();
	deliver_too_much("7");
	drain_begin(&drain, base, hub, 1, 0, &retry);
	assert_true(peer_count() > 0);
	assert_false(drain_is_over(&drain));
	drain.ms_left = DRAIN_STEP_MS; /* as it will be PEER_LINGER_S later */
	step(&drain);
	assert_true(drain_is_over(&drain));
	drain_clear(&drain);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(streams_are_ended_a_step_at_a_time),
		test(a_drain_without_time_ends_all_at_once),
		test(a_peer_that_takes_nothing_is_not_waited_for_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
