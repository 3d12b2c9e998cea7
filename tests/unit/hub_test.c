/* Who is here and who is asked for. */
#include "tests/unit/hub_scene.h"

/* --- joining ----------------------------------------------------------------- */

static void
a_user_who_joins_is_looked_up_from_where_the_stream_stands(void **state)
{
	(void)state;
	join(0, "7", 41);
	assert_true(question_is_wanted(hub, QUESTION_EVENTS));
	assert_taken(1, "{\"7\"}", "{41}");
	assert_string_equal(look_up(), "{\"session 0\"}");
	assert_false(question_is_wanted(hub, QUESTION_EVENTS));
	assert_taken(0, "{}", "{}");
	join_behind(1, "8", 5, 9);
	assert_taken(1, "{\"8\"}", "{5}");
	assert_string_equal(look_up(), "{}");
}

static void
a_user_has_so_many_streams_and_not_one_more(void **state)
{
	const struct client_opening seven = { .user_id = "7", .seq = 0 };
	const struct client_opening eight = { .user_id = "8", .seq = 0 };

	(void)state;
	for (size_t i = 0; i < STREAMS_PER_USER; i++)
		join(i, "7", 0);
	assert_int_equal(join_as(STREAMS_PER_USER, &seven, NULL, NEVER), HUB_USER_FULL);
	wire_close(&wires[STREAMS_PER_USER]);
	assert_int_equal(join_as(STREAMS_PER_USER, &eight, NULL, NEVER), HUB_JOINED);
	wire_hang_up(&wires[0]);
	wire_turn(base);
	wire_close(&wires[0]);
	assert_int_equal(join_as(0, &seven, NULL, NEVER), HUB_JOINED);
	hub_count(hub, &metrics);
	assert_int_equal(metrics.streams, STREAMS_PER_USER + 1);
	assert_int_equal(metrics.users, 2);
}

static void
a_process_has_so_many_streams_and_not_one_more(void **state)
{
	const struct client_opening one_more = { .user_id = "one more", .seq = 0 };

	(void)state;
	for (size_t i = 0; i < STREAMS; i++) {
		static const char *const names[STREAMS] = { "a", "b", "c", "d", "e", "f" };

		join(i, names[i], 0);
	}
	assert_int_equal(join_as(STREAMS, &one_more, NULL, NEVER), HUB_FULL);
	hub_count(hub, &metrics);
	assert_int_equal(metrics.streams, STREAMS);
	assert_int_equal(metrics.users, STREAMS);
	assert_int_equal(metrics.opened, STREAMS);
}

static void
a_stream_that_breaks_while_it_joins_leaves_nothing(void **state)
{
	const struct client_opening opening = { .user_id = "7", .seq = 0 };
	const struct session_identity identity = { "session", NEVER, 0 };

	(void)state;
	wire_open(&wires[0], base, 1);
	wire_hang_up(&wires[0]);
	assert_int_equal(hub_join(hub, wires[0].peer, &identity, &opening), HUB_JOINED);
	hub_count(hub, &metrics);
	assert_int_equal(metrics.streams + metrics.users + metrics.sessions, 0);
	assert_false(question_is_wanted(hub, QUESTION_EVENTS));
	assert_int_equal(metrics.closed[CLOSE_CLIENT_LEFT], 1);
}

/* --- ringing ----------------------------------------------------------------- */

static void
a_ring_for_somebody_who_is_not_here_is_nothing(void **state)
{
	(void)state;
	join(0, "7", 41);
	settle();
	assert_false(hub_ring(hub, span_of("77"), HUB_RING_ALL));
	assert_false(hub_ring(hub, span_of(""), HUB_RING_ALL));
	assert_false(question_is_wanted(hub, QUESTION_EVENTS));
}

static void
ringing_twice_is_ringing_once_and_the_first_rung_is_the_first_read(void **state)
{
	(void)state;
	join(0, "a", 1);
	join(1, "b", 2);
	join(2, "c", 3);
	settle();
	assert_true(hub_ring(hub, span_of("c"), HUB_RING_ALL));
	assert_true(hub_ring(hub, span_of("a"), HUB_RING_ALL));
	assert_true(hub_ring(hub, span_of("c"), HUB_RING_ALL));
	assert_taken(2, "{\"c\",\"a\"}", "{3,1}");
	assert_string_equal(look_up(), "{\"session 2\",\"session 0\"}");
}

static void
a_user_is_looked_up_from_the_lowest_of_all_tabs(void **state)
{
	(void)state;
	join(0, "7", 50);
	join(1, "7", 41);
	join(2, "7", 60);
	assert_taken(1, "{\"7\"}", "{41}");
}

static void
tabs_of_one_session_ask_for_it_once_in_each_read(void **state)
{
	const struct client_opening seven = { .user_id = "7", .seq = 1 };
	const struct client_opening eight = { .user_id = "8", .seq = 1 };

	(void)state;
	assert_int_equal(join_as(0, &seven, "shared", NEVER), HUB_JOINED);
	assert_int_equal(join_as(1, &seven, "shared", NEVER), HUB_JOINED);
	assert_int_equal(join_as(2, &eight, "other", NEVER), HUB_JOINED);
	for (int read = 0; read < 3; read++) {
		hub_ring_all(hub, HUB_RING_ALL);
		assert_int_equal(take(), 2);
		assert_int_equal(strlen(look_up()), strlen("{\"shared\",\"other\"}"));
	}
	hub_count(hub, &metrics);
	assert_int_equal(metrics.sessions, 2);
}

static void
the_parts_together_ring_everybody(void **state)
{
	(void)state;
	join(0, "a", 1);
	join(1, "b", 2);
	join(2, "c", 3);
	settle();
	for (unsigned part = 0; part < TABLE_PARTS; part++)
		hub_ring_part(hub, part, HUB_RING_ALL);
	assert_int_equal(take(), 3);
	hub_ring_all(hub, HUB_RING_ALL);
	assert_int_equal(take(), 3);
}

static void
a_user_who_has_left_is_no_longer_rung(void **state)
{
	(void)state;
	join(0, "7", 1);
	join(1, "8", 1);
	wire_hang_up(&wires[0]);
	wire_turn(base);
	assert_taken(1, "{\"8\"}", "{1}");
}

/* --- who joins while nobody rings -------------------------------------------- */

static void
who_joins_is_not_looked_up_where_nobody_rang_since_the_database_was_asked(void **state)
{
	(void)state;
	hub_begin_opening(hub);
	join(0, "7", 41);
	assert_false(question_is_wanted(hub, QUESTION_EVENTS));
	deliver("7", 42, 1, 4, 0); /* and is given what comes later */
	assert_got(0, "42");
}

static void
who_is_rung_between_the_snapshot_and_the_joining_is_looked_up(void **state)
{
	(void)state;
	hub_begin_opening(hub);
	assert_false(hub_ring(hub, span_of("7"), HUB_RING_ALL));
	join(0, "7", 41);
	assert_taken(1, "{\"7\"}", "{41}");
	assert_string_equal(look_up(), "{\"session 0\"}");
}

static void
a_tab_that_joins_one_that_was_rung_and_read_meanwhile_is_looked_up_too(void **state)
{
	(void)state;
	join(0, "7", 41);
	settle();
	hub_begin_opening(hub);
	assert_true(hub_ring(hub, span_of("7"), HUB_RING_ALL));
	assert_taken(1, "{\"7\"}", "{41}");
	deliver("7", 42, 1, 4, 0);
	join(1, "7", 41);
	assert_taken(1, "{\"7\"}", "{41}");
	deliver("7", 42, 1, 4, 0);
	assert_got(0, "42");
	assert_got(1, "42");
}

static void
whoever_joins_is_looked_up_when_all_were_rung_meanwhile(void **state)
{
	(void)state;
	hub_begin_opening(hub);
	hub_ring_all(hub, HUB_RING_ALL); /* the listener was away: nobody knows who was rung */
	join(0, "7", 41);
	assert_taken(1, "{\"7\"}", "{41}");
}

static void
a_ring_from_before_the_database_was_asked_is_no_reason_to_look_up(void **state)
{
	(void)state;
	hub_begin_opening(hub);
	(void)hub_ring(hub, span_of("7"), HUB_RING_ALL);
	hub_begin_opening(hub);
	join(0, "7", 41);
	assert_false(question_is_wanted(hub, QUESTION_EVENTS));
}

static void
who_resumes_behind_is_looked_up_and_who_missed_nothing_is_not(void **state)
{
	(void)state;
	hub_begin_opening(hub);
	join_behind(0, "7", 41, 41);
	assert_false(question_is_wanted(hub, QUESTION_EVENTS));
	join_behind(1, "8", 40, 41);
	assert_taken(1, "{\"8\"}", "{40}");
}

/* --- what a ring is about ------------------------------------------------------ */

static void
ring_parts_for_events(void)
{
	for (unsigned part = 0; part < TABLE_PARTS; part++)
		hub_ring_part(hub, part, HUB_RING_EVENTS);
}

static void
a_ring_for_events_asks_for_no_session(void **state)
{
	(void)state;
	join(0, "7", 41);
	settle();
	ring_parts_for_events();
	assert_taken(1, "{\"7\"}", "{41}");
	assert_string_equal(look_up(), "{}");
}

static void
a_ring_for_all_is_not_forgotten_over_one_for_events(void **state)
{
	(void)state;
	join(0, "7", 41);
	settle();
	ring_parts_for_events();
	(void)hub_ring(hub, span_of("7"), HUB_RING_ALL);
	ring_parts_for_events();
	assert_taken(1, "{\"7\"}", "{41}");
	assert_string_equal(look_up(), "{\"session 0\"}");
	ring_parts_for_events();
	assert_taken(1, "{\"7\"}", "{41}");
	assert_string_equal(look_up(), "{}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_user_who_joins_is_looked_up_from_where_the_stream_stands),
		test(a_user_has_so_many_streams_and_not_one_more),
		test(a_process_has_so_many_streams_and_not_one_more),
		test(a_stream_that_breaks_while_it_joins_leaves_nothing),
		test(a_ring_for_somebody_who_is_not_here_is_nothing),
		test(ringing_twice_is_ringing_once_and_the_first_rung_is_the_first_read),
		test(a_user_is_looked_up_from_the_lowest_of_all_tabs),
		test(tabs_of_one_session_ask_for_it_once_in_each_read),
		test(the_parts_together_ring_everybody),
		test(a_user_who_has_left_is_no_longer_rung),
		test(who_joins_is_not_looked_up_where_nobody_rang_since_the_database_was_asked),
		test(who_is_rung_between_the_snapshot_and_the_joining_is_looked_up),
		test(a_tab_that_joins_one_that_was_rung_and_read_meanwhile_is_looked_up_too),
		test(whoever_joins_is_looked_up_when_all_were_rung_meanwhile),
		test(a_ring_from_before_the_database_was_asked_is_no_reason_to_look_up),
		test(who_resumes_behind_is_looked_up_and_who_missed_nothing_is_not),
		test(a_ring_for_events_asks_for_no_session),
		test(a_ring_for_all_is_not_forgotten_over_one_for_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
