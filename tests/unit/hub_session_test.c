/* Sessions, and how streams end. */
#include "tests/unit/hub_scene.h"
#include "tests/unit/in_range.h"

/* --- sessions ---------------------------------------------------------------- */

static void
the_end_of_a_session_ends_its_streams_and_no_others(void **state)
{
	const struct client_opening seven = { .user_id = "7", .seq = 1 };

	(void)state;
	assert_int_equal(join_as(0, &seven, "laptop", NEVER), HUB_JOINED);
	assert_int_equal(join_as(1, &seven, "phone", NEVER), HUB_JOINED);
	assert_int_equal(join_as(2, &seven, "laptop", NEVER), HUB_JOINED);
	assert_int_equal(join_as(3, &seven, NULL, NEVER), HUB_JOINED);
	settle();
	hub_end_session(hub, "desk", "signed_out");
	hub_end_session(hub, "", "signed_out");
	hub_end_session(hub, "laptop", "signed_out");
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(is_ended(i), i % 2 == 0);
		assert_string_equal(wires[i].content,
		    i % 2 == 0 ? "event: session_ended\ndata: {\"reason\":\"signed_out\"}\n\n"
			       : "");
	}
	hub_end_session(hub, "laptop", "signed_out");
	hub_count(hub, &metrics);
	assert_int_equal(metrics.streams, 2);
	assert_int_equal(metrics.sessions, 1);
	assert_int_equal(metrics.closed[CLOSE_SESSION_ENDED], 2);
}

static void
a_session_expires_by_the_clock_and_not_before(void **state)
{
	const struct client_opening seven = { .user_id = "7", .seq = 1 };

	(void)state;
	assert_int_equal(join_as(0, &seven, "named", in_seconds(60)), HUB_JOINED);
	assert_int_equal(join_as(1, &seven, NULL, in_seconds(60)), HUB_JOINED);
	assert_int_equal(join_as(2, &seven, "for good", NEVER), HUB_JOINED);
	clock_skip(55);
	settle();
	wire_turn(base);
	hub_count(hub, &metrics);
	assert_int_equal(metrics.streams, 3);
	clock_skip(10);
	for (size_t i = 0; i < 2; i++) {
		assert_true(is_ended(i));
		assert_string_equal(
		    wires[i].content, "event: session_ended\ndata: {\"reason\":\"expired\"}\n\n");
	}
	assert_false(is_ended(2));
}

static void
a_session_that_has_expired_already_ends_its_stream_at_once(void **state)
{
	const struct client_opening seven = { .user_id = "7", .seq = 1 };

	(void)state;
	assert_int_equal(join_as(0, &seven, "late", in_seconds(-60)), HUB_JOINED);
	assert_int_equal(join_as(1, &seven, "ancient", 0), HUB_JOINED);
	assert_int_equal(
	    join_as(2, &seven, "far", in_seconds((int64_t)8000 * 365 * 86400)), HUB_JOINED);
	assert_true(is_ended(0));
	assert_true(is_ended(1));
	assert_non_null(strstr(wires[0].content, "\"expired\""));
	assert_false(is_ended(2));
}

static void
a_session_that_was_prolonged_expires_at_its_new_time(void **state)
{
	const struct client_opening seven = { .user_id = "7", .seq = 1 };

	(void)state;
	assert_int_equal(join_as(0, &seven, "s", in_seconds(60)), HUB_JOINED);
	assert_int_equal(join_as(1, &seven, "s", in_seconds(600)), HUB_JOINED);
	clock_skip(120);
	assert_false(is_ended(0) || is_ended(1));
	clock_skip(500);
	assert_true(is_ended(0) && is_ended(1));
}

static void
a_session_warns_its_streams_before_it_ends(void **state)
{
	const struct client_opening seven = { .user_id = "7", .seq = 1 };
	int64_t end = in_seconds(60);

	(void)state;
	assert_int_equal(join_as(0, &seven, "s", end), HUB_JOINED);
	settle();
	clock_skip(60 - WARNING_S - 5);
	wire_turn(base);
	wire_read(&wires[0], base);
	assert_string_equal(wires[0].content, "");
	clock_skip(10);
	wire_read(&wires[0], base);
	assert_non_null(
	    strstr(wires[0].content, "event: session_expiring\ndata: {\"expires_at\":\""));
	settle();
	assert_int_equal(join_as(1, &seven, "s", end), HUB_JOINED);
	wire_read(&wires[1], base);
	assert_non_null(strstr(wires[1].content, "event: session_expiring\n"));
	wire_read(&wires[0], base);
	assert_string_equal(wires[0].content, ""); /* it has been told */
	clock_skip(20);
	assert_true(is_ended(0) && is_ended(1));
}

static void
a_session_that_was_renewed_is_warned_anew(void **state)
{
	const struct client_opening seven = { .user_id = "7", .seq = 1 };
	const struct session_identity renewed = { "s", in_seconds(600), 600 * 1000000LL };
	const struct session_identity stranger = { "x", in_seconds(600), 600 * 1000000LL };

	(void)state;
	assert_int_equal(join_as(0, &seven, "s", in_seconds(60)), HUB_JOINED);
	clock_skip(50);
	wire_turn(base);
	settle();
	hub_renew_session(hub, &renewed);
	hub_renew_session(hub, &stranger);
	clock_skip(100);
	assert_false(is_ended(0));
	assert_string_equal(wires[0].content, "");
	clock_skip(500 - WARNING_S + 5);
	wire_turn(base);
	wire_read(&wires[0], base);
	assert_non_null(strstr(wires[0].content, "event: session_expiring\n"));
	clock_skip(WARNING_S);
	assert_true(is_ended(0));
}

static void
a_read_asks_for_each_session_and_its_known_end_once(void **state)
{
	const struct client_opening seven = { .user_id = "7", .seq = 1 };

	(void)state;
	assert_int_equal(join_as(0, &seven, "a", 1600000000000000), HUB_JOINED);
	assert_int_equal(join_as(1, &seven, "a", 1600000000000000), HUB_JOINED);
	assert_int_equal(join_as(2, &seven, "b", NEVER), HUB_JOINED);
	assert_string_equal(look_up(), "{\"a\",\"b\"}");
	assert_string_equal(array_format(&looked_up.arrays[QUESTION_KNOWN]),
	    "{\"2020-09-13T12:26:40.000000Z\",NULL}");
}

static void
a_session_that_no_longer_expires_keeps_its_streams(void **state)
{
	const struct client_opening seven = { .user_id = "7", .seq = 1 };

	(void)state;
	assert_int_equal(join_as(0, &seven, "s", in_seconds(60)), HUB_JOINED);
	assert_int_equal(join_as(1, &seven, "s", NEVER), HUB_JOINED);
	clock_skip(120);
	assert_false(is_ended(0) || is_ended(1));
	assert_null(strstr(wires[0].content, "session_expiring"));
}

static void
a_session_ends_unannounced_where_no_warning_is_wanted(void **state)
{
	const struct client_opening seven = { .user_id = "7", .seq = 1 };
	const struct hub_limits limits = { STREAMS, STREAMS_PER_USER, 0, 0, 0, 0, 0, 1000 };

	(void)state;
	hub_close(hub);
	hub = hub_create(base, &limits, &metrics);
	assert_int_equal(join_as(0, &seven, "s", in_seconds(60)), HUB_JOINED);
	clock_skip(70);
	assert_true(is_ended(0));
	assert_null(strstr(wires[0].content, "session_expiring"));
	assert_non_null(strstr(wires[0].content, "event: session_ended\n"));
}

static void
a_session_goes_with_its_last_stream_and_takes_its_timer_along(void **state)
{
	const struct client_opening seven = { .user_id = "7", .seq = 1 };

	(void)state;
	assert_int_equal(join_as(0, &seven, "s", in_seconds(60)), HUB_JOINED);
	assert_int_equal(join_as(1, &seven, "s", in_seconds(60)), HUB_JOINED);
	wire_hang_up(&wires[0]);
	wire_turn(base);
	hub_count(hub, &metrics);
	assert_int_equal(metrics.sessions, 1);
	wire_hang_up(&wires[1]);
	wire_turn(base);
	hub_count(hub, &metrics);
	assert_int_equal(metrics.sessions + metrics.users + metrics.streams, 0);
	clock_skip(120);
	wire_turn(base);
	assert_int_equal(metrics.closed[CLOSE_SESSION_ENDED], 0);
}

/* --- ending ------------------------------------------------------------------ */

static const struct retry retry = { 200, 3000 };

static void
a_drain_ends_so_many_streams_with_a_time_to_come_back(void **state)
{
	unsigned retry_ms, told_ms;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		join(i, "7", 0);
	settle();
	assert_int_equal(hub_drain(hub, 0, &retry), 3);
	assert_int_equal(hub_drain(hub, 2, &retry), 1);
	for (size_t i = 0; i < 2; i++) { /* the oldest first */
		assert_true(is_ended(i));
		assert_int_equal(sscanf(wires[i].content,
				     "retry: %u\n\nevent: closing\ndata: {\"retry_ms\":%u}\n\n",
				     &retry_ms, &told_ms),
		    2);
		assert_int_in_range(retry_ms, retry.min_ms, retry.max_ms);
		assert_int_equal(told_ms, retry_ms);
	}
	assert_false(is_ended(2));
	assert_int_equal(hub_drain(hub, 100, &retry), 0);
	assert_int_equal(hub_drain(hub, 100, &retry), 0);
	assert_true(is_ended(2));
	assert_int_equal(metrics.closed[CLOSE_DRAINED], 3);
}

static void
a_drain_lets_a_slow_stream_take_what_it_was_given(void **state)
{
	(void)state;
	join(0, "7", 0);
	settle();
	deliver_too_much("7");
	assert_int_equal(hub_drain(hub, 1, &retry), 0);
	assert_true(is_ended(0));
	assert_int_equal(atoi(strrchr(pages_read(wires[0].content), ' ')), 60);
	assert_non_null(strstr(wires[0].content, "\n\nretry: "));
}

static void
closing_the_hub_closes_every_stream(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++)
		join(i, "7", 0);
	hub_close(hub);
	hub = NULL;
	hub_close(NULL);
	for (size_t i = 0; i < 3; i++) {
		wire_read(&wires[i], base);
		assert_true(wires[i].closed);
	}
	assert_int_equal(peer_count(), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(the_end_of_a_session_ends_its_streams_and_no_others),
		test(a_session_expires_by_the_clock_and_not_before),
		test(a_session_that_has_expired_already_ends_its_stream_at_once),
		test(a_session_that_was_prolonged_expires_at_its_new_time),
		test(a_session_warns_its_streams_before_it_ends),
		test(a_session_that_was_renewed_is_warned_anew),
		test(a_read_asks_for_each_session_and_its_known_end_once),
		test(a_session_that_no_longer_expires_keeps_its_streams),
		test(a_session_ends_unannounced_where_no_warning_is_wanted),
		test(a_session_goes_with_its_last_stream_and_takes_its_timer_along),
		test(a_drain_ends_so_many_streams_with_a_time_to_come_back),
		test(a_drain_lets_a_slow_stream_take_what_it_was_given),
		test(closing_the_hub_closes_every_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
