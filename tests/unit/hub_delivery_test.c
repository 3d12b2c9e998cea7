/* Who is given what: pages, resets and heartbeats. */
#include "tests/unit/hub_scene.h"

/* --- delivery ---------------------------------------------------------------- */

static void
each_tab_gets_exactly_its_rest_of_a_page(void **state)
{
	(void)state;
	join(0, "7", 10);
	join(1, "7", 12);
	join(2, "7", 14);
	join(3, "8", 10);
	settle();
	deliver("7", 11, 4, 4, 0);
	assert_got(0, "11 12 13 14");
	assert_got(1, "13 14");
	assert_got(2, "");
	assert_got(3, "");
	deliver("7", 15, 2, 5, 0);
	assert_got(0, "11 12 13 14 15 16");
	assert_got(1, "13 14 15 16");
	assert_got(2, "15 16");
	assert_int_equal(metrics.events_delivered, 4 + 2 + 3 * 2);
}

static void
assert_news(const char *user, int64_t old, int64_t new)
{
	assert_false(hub_is_news(hub, user, old));
	assert_true(hub_is_news(hub, user, new));
}

/* Latency is that of events that come to pass, not of those that are told again. */
static void
what_is_told_again_is_no_news(void **state)
{
	(void)state;
	assert_false(hub_is_news(hub, "7", 1));
	join_behind(0, "7", 10, 12);
	settle();
	assert_news("7", 12, 13);
	deliver("7", 11, 3, 4, 0);
	assert_news("7", 13, 14);
	join_behind(1, "7", 8, 16); /* while 14 to 16 have yet to reach the first */
	assert_news("7", 13, 14);
	deliver("7", 9, 3, 4, 0);
	assert_news("7", 13, 14);
	hub_deliver_reset(hub, "7", 3, span_of("{}"), 1);
	assert_news("7", 3, 4);
}

static void
what_was_delivered_is_not_delivered_again(void **state)
{
	(void)state;
	join(0, "7", 10);
	settle();
	deliver("7", 11, 2, 4, 0);
	deliver("7", 11, 2, 4, 0);
	deliver("7", 12, 2, 4, 0);
	assert_got(0, "11 12 13");
}

static void
find(const char *user, int64_t first, size_t count, bool is_here)
{
	struct page page = page_of(first, count, 4, 0);

	assert_int_equal(hub_deliver_news(hub, user, &page), is_here);
	page_clear(&page);
}

static void
what_a_look_found_is_given_to_whom_it_reaches_and_others_are_read(void **state)
{
	(void)state;
	join(0, "7", 10);
	join(1, "7", 11);
	join(2, "8", 20);
	settle();
	find("7", 11, 2, true);
	assert_got(0, "11 12");
	assert_got(1, "12");
	assert_taken(0, "{}", "{}");
	find("8", 22, 1, true); /* and 21 was not found */
	assert_got(2, "");
	assert_taken(1, "{\"8\"}", "{20}");
	find("8", 21, 2, true);
	find("8", 21, 2, true); /* twice is no harm */
	assert_got(2, "21 22");
	assert_taken(0, "{}", "{}");
}

static void
who_joins_behind_what_a_look_found_is_read(void **state)
{
	(void)state;
	hub_begin_opening(hub);
	find("7", 11, 1, false);
	join(0, "7", 10); /* by a snapshot before that */
	join(1, "8", 10);
	assert_taken(1, "{\"7\"}", "{10}");
}

static void
who_has_too_much_of_a_look_is_read_when_it_can_take_more(void **state)
{
	(void)state;
	join(0, "7", 0);
	settle();
	deliver_too_much("7");
	find("7", 61, 1, true);
	assert_taken(0, "{}", "{}");
	wire_read(&wires[0], base);
	assert_taken(1, "{\"7\"}", "{60}");
}

static void
a_hole_is_never_delivered(void **state)
{
	(void)state;
	join(0, "7", 10);
	join(1, "7", 20);
	settle();
	deliver("7", 21, 1, 4, 0); /* asked for the second before the first joined */
	assert_got(0, "");
	assert_got(1, "21");
	deliver("7", 11, 11, 4, 0);
	assert_got(0, "11 12 13 14 15 16 17 18 19 20 21");
	assert_got(1, "21");
}

static void
a_page_for_somebody_who_has_left_is_nothing(void **state)
{
	(void)state;
	join(0, "7", 10);
	wire_hang_up(&wires[0]);
	wire_turn(base);
	deliver("7", 11, 2, 4, 0);
	hub_deliver_reset(hub, "7", 12, span_of("{}"), 0);
	hub_end_session(hub, "session 0", "revoked");
	assert_false(question_is_wanted(hub, QUESTION_EVENTS));
}

static void
a_full_page_is_followed_by_the_next(void **state)
{
	(void)state;
	join(0, "7", 0);
	settle();
	deliver("7", 1, PAGE_EVENTS_MAX - 1, 4, 0);
	assert_false(question_is_wanted(hub, QUESTION_EVENTS));
	deliver("7", PAGE_EVENTS_MAX, PAGE_EVENTS_MAX, 4, 0);
	assert_taken(1, "{\"7\"}", "{127}");
}

/* A slow tab holds up nobody, and nothing of its own is lost. */
static void
a_tab_with_a_full_socket_waits_and_is_asked_for_when_it_has_drained(void **state)
{
	(void)state;
	join(0, "7", 0);
	join(1, "7", 1000);
	settle();
	deliver_too_much("7");
	assert_true(hub_ring(hub, span_of("7"), HUB_RING_ALL));
	assert_taken(1, "{\"7\"}", "{1000}");
	deliver("7", 1001, 1, 4, 0);
	assert_got(1, "1001");
	assert_int_equal(atoi(strrchr(pages_read(wires[0].content), ' ')), 60);
	assert_taken(1, "{\"7\"}", "{60}"); /* it has been read empty meanwhile */
}

static void
a_user_whose_tabs_are_all_full_is_asked_for_sessions_only(void **state)
{
	(void)state;
	join(0, "7", 0);
	settle();
	deliver_too_much("7");
	assert_true(hub_ring(hub, span_of("7"), HUB_RING_ALL));
	assert_taken(0, "{}", "{}");
	assert_string_equal(look_up(), "{\"session 0\"}");
	wire_read(&wires[0], base);
	assert_taken(1, "{\"7\"}", "{60}");
}

static void
the_web_server_may_leave_while_a_page_is_delivered(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++)
		join(i, "7", 0);
	settle();
	wire_hang_up(&wires[1]);
	wire_hang_up(&wires[3]);
	deliver("7", 1, 2, 4, 0);
	assert_got(0, "1 2");
	assert_got(2, "1 2");
	hub_count(hub, &metrics);
	assert_int_equal(metrics.streams, 2);
	wire_hang_up(&wires[0]);
	wire_hang_up(&wires[2]);
	deliver("7", 3, PAGE_EVENTS_MAX, 4, 0);
	hub_count(hub, &metrics);
	assert_int_equal(metrics.streams + metrics.users + metrics.sessions, 0);
	assert_false(question_is_wanted(hub, QUESTION_EVENTS));
}

/* --- resets ------------------------------------------------------------------ */

static void
a_reset_reaches_the_tab_that_it_was_asked_for(void **state)
{
	(void)state;
	join(0, "7", 10);
	join(1, "7", 40);
	settle(); /* which asks from 10 */
	hub_deliver_reset(hub, "7", 41, span_of("{\"reason\":\"trimmed\"}"), 9);
	wire_read(&wires[0], base);
	assert_string_equal(wires[0].content,
	    "event: reset\ndata: {\"reason\":\"trimmed\"}\nid: 41\n\n"
	    "event: unread_count\ndata: {\"unread_count\":9,\"seq\":41}\n\n");
	wire_read(&wires[1], base);
	assert_string_equal(wires[1].content, "");
	assert_int_equal(metrics.resets, 1);
	assert_taken(1, "{\"7\"}", "{40}"); /* the other may be well: it is asked for next */
	deliver("7", 41, 2, 9, 0);
	assert_got(0, "42");
	assert_got(1, "41 42");
}

/* The database was restored to an earlier state: every tab is ahead of it. */
static void
a_reset_reaches_every_tab_that_is_ahead_of_the_log(void **state)
{
	(void)state;
	join(0, "7", 10);
	join(1, "7", 12);
	join(2, "7", 8);
	settle();
	wire_hang_up(&wires[2]);
	wire_turn(base);
	hub_deliver_reset(hub, "7", 9, span_of("{}"), 1);
	for (size_t i = 0; i < 2; i++) {
		wire_read(&wires[i], base);
		assert_non_null(strstr(wires[i].content, "event: reset\ndata: {}\nid: 9\n\n"));
	}
	assert_int_equal(metrics.resets, 2);
	assert_taken(1, "{\"7\"}", "{9}");
	deliver("7", 10, 1, 1, 0);
	assert_got(0, "10");
	assert_got(1, "10");
}

static void
a_slow_tab_is_reset_only_when_it_has_taken_what_it_was_given(void **state)
{
	(void)state;
	join(0, "7", 0);
	settle();
	deliver_too_much("7");
	hub_deliver_reset(hub, "7", 9, span_of("{}"), 1); /* which is behind it */
	assert_int_equal(metrics.resets, 0);
	wire_read(&wires[0], base);
	assert_null(strstr(wires[0].content, "event: reset\n"));
	assert_taken(1, "{\"7\"}", "{60}");
	hub_deliver_reset(hub, "7", 9, span_of("{}"), 1);
	wire_read(&wires[0], base);
	assert_non_null(strstr(wires[0].content, "event: reset\ndata: {}\nid: 9\n\n"));
}

/* --- heartbeats -------------------------------------------------------------- */

static void
a_heartbeat_tells_each_tab_its_own_count(void **state)
{
	const struct client_opening earlier = { .user_id = "7", .seq = 10, .unread_count = 4 };

	(void)state;
	join(0, "7", 10);
	assert_int_equal(join_as(1, &earlier, NULL, NEVER), HUB_JOINED);
	join(2, "7", 10);
	settle();
	for (unsigned part = 0; part < TABLE_PARTS; part++)
		hub_beat_part(hub, part);
	for (size_t i = 0; i < 3; i++) {
		wire_read(&wires[i], base);
		assert_non_null(strstr(wires[i].content,
		    i == 1 ? "\"seq\":10,\"unread_count\":4}" : "\"seq\":10,\"unread_count\":3}"));
	}
}

static void
a_heartbeat_tells_each_tab_where_it_stands(void **state)
{
	(void)state;
	join(0, "7", 10);
	join(1, "7", 10);
	join(2, "7", 12);
	join(3, "8", 2);
	settle();
	for (unsigned part = 0; part < TABLE_PARTS; part++)
		hub_beat_part(hub, part);
	for (size_t i = 0; i < 4; i++) {
		static const char *const where[] = { "\"seq\":10,", "\"seq\":10,", "\"seq\":12,",
			"\"seq\":2," };

		wire_read(&wires[i], base);
		assert_non_null(strstr(wires[i].content, "event: heartbeat\n"));
		assert_non_null(strstr(wires[i].content, where[i]));
	}
	assert_int_equal(metrics.heartbeats, 4);
}

static void
a_stalled_tab_is_ended_by_the_heartbeat_and_the_others_stay(void **state)
{
	(void)state;
	join(0, "7", 0);
	join(1, "7", 0);
	join(2, "8", 0);
	settle();
	deliver_too_much("7");
	wire_read(&wires[1], base);
	for (int beat = 0; beat < 2; beat++)
		for (unsigned part = 0; part < TABLE_PARTS; part++)
			hub_beat_part(hub, part);
	hub_count(hub, &metrics);
	assert_int_equal(metrics.streams, 2);
	assert_int_equal(metrics.closed[CLOSE_SLOW], 1);
	wire_read(&wires[0], base);
	assert_true(wires[0].closed && !wires[0].ended);
	wire_read(&wires[1], base);
	assert_false(wires[1].closed);
}

/* A web server that was reloaded keeps a process for those that it has: some must come back some
 * day. */
static void
a_stream_that_has_had_its_time_is_sent_away_by_a_heartbeat(void **state)
{
	(void)state;
	join(0, "7", 0);
	join(1, "8", 0);
	settle();
	clock_skip(LIFETIME_S - 10);
	join(2, "7", 0);
	settle();
	for (int beat = 0; beat < 2; beat++) {
		for (unsigned part = 0; part < TABLE_PARTS; part++)
			hub_beat_part(hub, part);
		assert_int_equal(metrics.closed[CLOSE_OLD], beat == 0 ? 0 : 2);
		clock_skip(20);
	}
	for (size_t i = 0; i < 3; i++) {
		wire_read(&wires[i], base);
		assert_true(wires[i].ended == (i < 2));
		assert_true((strstr(wires[i].content, "\nevent: closing\n") != NULL) == (i < 2));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(each_tab_gets_exactly_its_rest_of_a_page),
		test(what_is_told_again_is_no_news),
		test(what_was_delivered_is_not_delivered_again),
		test(what_a_look_found_is_given_to_whom_it_reaches_and_others_are_read),
		test(who_joins_behind_what_a_look_found_is_read),
		test(who_has_too_much_of_a_look_is_read_when_it_can_take_more),
		test(a_hole_is_never_delivered),
		test(a_page_for_somebody_who_has_left_is_nothing),
		test(a_full_page_is_followed_by_the_next),
		test(a_tab_with_a_full_socket_waits_and_is_asked_for_when_it_has_drained),
		test(a_user_whose_tabs_are_all_full_is_asked_for_sessions_only),
		test(the_web_server_may_leave_while_a_page_is_delivered),
		test(a_reset_reaches_the_tab_that_it_was_asked_for),
		test(a_reset_reaches_every_tab_that_is_ahead_of_the_log),
		test(a_slow_tab_is_reset_only_when_it_has_taken_what_it_was_given),
		test(a_heartbeat_tells_each_tab_its_own_count),
		test(a_heartbeat_tells_each_tab_where_it_stands),
		test(a_stalled_tab_is_ended_by_the_heartbeat_and_the_others_stay),
		test(a_stream_that_has_had_its_time_is_sent_away_by_a_heartbeat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
