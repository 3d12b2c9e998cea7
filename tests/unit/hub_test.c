/* Users, their streams and sessions: who is asked for, who is given what, who is ended. */
#include "cgi/stream/hub.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
// cmocka wants the headers above it
#include <cmocka.h>

#include "common/log.h"
#include "tests/unit/clock.h"
#include "tests/unit/pages.h"
#include "tests/unit/wire.h"

#define STREAMS 6
#define STREAMS_PER_USER 4
#define NEVER INT64_MAX
#define WARNING_S 20

static struct event_base *base;
static struct hub *hub;
static struct metrics metrics;
static struct wire wires[STREAMS + 1];
static struct hub_read asked;

static int64_t
in_seconds(int64_t seconds)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return ((int64_t)now.tv_sec + seconds) * 1000000;
}

static enum hub_join
join_as(size_t i, const struct client_opening *opening, const char *session, int64_t expires_at_us)
{
	const struct session_identity identity = { session, expires_at_us,
		expires_at_us == NEVER ? 0 : expires_at_us - in_seconds(0) };
	enum hub_join result;

	wire_open(&wires[i], base, 1);
	result = hub_join(hub, wires[i].peer, &identity, opening);
	if (result != HUB_JOINED)
		peer_close(wires[i].peer);
	return result;
}

/* Stream i of a user who has had everything up to seq, in a session of its own. */
static void
join(size_t i, const char *user, int64_t seq)
{
	const struct client_opening opening = { user, seq, 3, false, 0, NULL };
	char session[16];

	snprintf(session, sizeof(session), "session %zu", i);
	assert_int_equal(join_as(i, &opening, session, NEVER), HUB_JOINED);
}

/* The same, resuming at seq while the user's number is current. */
static void
join_behind(size_t i, const char *user, int64_t seq, int64_t current)
{
	const struct client_opening opening = { user, current, 3, true, seq, NULL };

	assert_int_equal(join_as(i, &opening, NULL, NEVER), HUB_JOINED);
}

static size_t
take(void)
{
	return hub_take_rung(hub, &asked);
}

static void
assert_taken(size_t count, const char *expected_users, const char *expected_seqs)
{
	assert_int_equal(take(), count);
	assert_string_equal(array_format(&asked.users), expected_users);
	assert_string_equal(array_format(&asked.seqs), expected_seqs);
}

/* Read off what has come so far, and start anew from here. */
static void
settle(void)
{
	for (size_t i = 0; i <= STREAMS; i++) {
		if (wires[i].content == NULL)
			continue;
		wire_read(&wires[i], base);
		wire_forget(&wires[i]);
	}
	(void)take();
}

static void
deliver(const char *user, int64_t first, size_t count, int32_t unread, size_t padding)
{
	struct page page = page_of(first, count, unread, padding);
	struct frame *frame = frame_hold(page.frame);

	hub_deliver_page(hub, user, &page);
	page_clear(&page);
	for (size_t i = 0; i <= STREAMS; i++)
		if (wires[i].content != NULL && wires[i].far >= 0)
			wire_read(&wires[i], base);
	assert_int_equal(frame->references, 1); /* everybody has let go of it */
	frame_release(frame);
}

static void
assert_got(size_t i, const char *numbers)
{
	wire_read(&wires[i], base);
	assert_string_equal(pages_read(wires[i].content), numbers);
}

static bool
is_ended(size_t i)
{
	wire_turn(base);
	wire_read(&wires[i], base);
	return wires[i].ended && wires[i].closed;
}

/* --- joining ----------------------------------------------------------------- */

static void
a_user_who_joins_is_looked_up_from_where_the_stream_stands(void **state)
{
	(void)state;
	join(0, "7", 41);
	assert_true(hub_has_rung(hub));
	assert_taken(1, "{\"7\"}", "{41}");
	assert_string_equal(array_format(&asked.sessions), "{\"session 0\"}");
	assert_false(hub_has_rung(hub));
	assert_taken(0, "{}", "{}");
	join_behind(1, "8", 5, 9);
	assert_taken(1, "{\"8\"}", "{5}");
	assert_string_equal(array_format(&asked.sessions), "{}");
}

static void
a_user_has_so_many_streams_and_not_one_more(void **state)
{
	const struct client_opening seven = { "7", 0, 0, false, 0, NULL };
	const struct client_opening eight = { "8", 0, 0, false, 0, NULL };

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
	const struct client_opening one_more = { "one more", 0, 0, false, 0, NULL };

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
	const struct client_opening opening = { "7", 0, 0, false, 0, NULL };
	const struct session_identity identity = { "session", NEVER, 0 };

	(void)state;
	wire_open(&wires[0], base, 1);
	wire_hang_up(&wires[0]);
	assert_int_equal(hub_join(hub, wires[0].peer, &identity, &opening), HUB_JOINED);
	hub_count(hub, &metrics);
	assert_int_equal(metrics.streams + metrics.users + metrics.sessions, 0);
	assert_false(hub_has_rung(hub));
	assert_int_equal(metrics.closed[CLOSE_CLIENT_LEFT], 1);
}

/* --- ringing ----------------------------------------------------------------- */

static void
a_ring_for_somebody_who_is_not_here_is_nothing(void **state)
{
	(void)state;
	join(0, "7", 41);
	settle();
	assert_false(hub_ring_user(hub, span_of("77")));
	assert_false(hub_ring_user(hub, span_of("")));
	assert_false(hub_has_rung(hub));
}

static void
ringing_twice_is_ringing_once_and_the_first_rung_is_the_first_read(void **state)
{
	(void)state;
	join(0, "a", 1);
	join(1, "b", 2);
	join(2, "c", 3);
	settle();
	assert_true(hub_ring_user(hub, span_of("c")));
	assert_true(hub_ring_user(hub, span_of("a")));
	assert_true(hub_ring_user(hub, span_of("c")));
	assert_taken(2, "{\"c\",\"a\"}", "{3,1}");
	assert_string_equal(array_format(&asked.sessions), "{\"session 2\",\"session 0\"}");
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
	const struct client_opening seven = { "7", 1, 0, false, 0, NULL };
	const struct client_opening eight = { "8", 1, 0, false, 0, NULL };

	(void)state;
	assert_int_equal(join_as(0, &seven, "shared", NEVER), HUB_JOINED);
	assert_int_equal(join_as(1, &seven, "shared", NEVER), HUB_JOINED);
	assert_int_equal(join_as(2, &eight, "other", NEVER), HUB_JOINED);
	for (int read = 0; read < 3; read++) {
		hub_ring_all(hub);
		assert_int_equal(take(), 2);
		assert_int_equal(
		    strlen(array_format(&asked.sessions)), strlen("{\"shared\",\"other\"}"));
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
		hub_ring_part(hub, part);
	assert_int_equal(take(), 3);
	hub_ring_all(hub);
	assert_int_equal(take(), 3);
}

static void
a_read_takes_so_many_users_and_leaves_the_rest_for_the_next(void **state)
{
	const struct hub_limits limits = { HUB_READ_USERS_MAX + 1, 1, 0, 0, 0 };
	static struct wire many[HUB_READ_USERS_MAX + 1];
	struct hub *large = hub_create(base, &limits, &metrics);

	(void)state;
	for (size_t i = 0; i <= HUB_READ_USERS_MAX; i++) {
		const struct session_identity identity = { NULL, NEVER, 0 };
		char name[16];
		const struct client_opening opening = { name, 0, 0, false, 0, NULL };

		snprintf(name, sizeof(name), "%zu", i);
		wire_open(&many[i], base, 1);
		assert_int_equal(hub_join(large, many[i].peer, &identity, &opening), HUB_JOINED);
		free(many[i].content);
		many[i].content = NULL;
	}
	assert_int_equal(hub_take_rung(large, &asked), HUB_READ_USERS_MAX);
	assert_true(hub_has_rung(large));
	assert_int_equal(hub_take_rung(large, &asked), 1);
	assert_string_equal(array_format(&asked.users), "{\"256\"}");
	assert_false(hub_has_rung(large));
	hub_close(large);
	for (size_t i = 0; i <= HUB_READ_USERS_MAX; i++)
		wire_close(&many[i]);
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
	assert_false(hub_has_rung(hub));
}

static void
a_full_page_is_followed_by_the_next(void **state)
{
	(void)state;
	join(0, "7", 0);
	settle();
	deliver("7", 1, PAGE_EVENTS_MAX - 1, 4, 0);
	assert_false(hub_has_rung(hub));
	deliver("7", PAGE_EVENTS_MAX, PAGE_EVENTS_MAX, 4, 0);
	assert_taken(1, "{\"7\"}", "{127}");
}

/* A slow tab holds up nobody, and nothing of its own is lost. */
static void
a_tab_with_a_full_socket_waits_and_is_asked_for_when_it_has_drained(void **state)
{
	struct page page;

	(void)state;
	join(0, "7", 0);
	join(1, "7", 1000);
	settle();
	page = page_of(1, 60, 4, 8000);
	hub_deliver_page(hub, "7", &page);
	page_clear(&page);
	assert_true(hub_ring_user(hub, span_of("7")));
	assert_taken(1, "{\"7\"}", "{1000}");
	deliver("7", 1001, 1, 4, 0);
	assert_got(1, "1001");
	assert_int_equal(atoi(strrchr(pages_read(wires[0].content), ' ')), 60);
	assert_taken(1, "{\"7\"}", "{60}"); /* it has been read empty meanwhile */
}

static void
a_user_whose_tabs_are_all_full_is_asked_for_sessions_only(void **state)
{
	struct page page;

	(void)state;
	join(0, "7", 0);
	settle();
	page = page_of(1, 60, 4, 8000);
	hub_deliver_page(hub, "7", &page);
	page_clear(&page);
	assert_true(hub_ring_user(hub, span_of("7")));
	assert_taken(1, "{}", "{}");
	assert_string_equal(array_format(&asked.sessions), "{\"session 0\"}");
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
	assert_false(hub_has_rung(hub));
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
	    "id: 41\nevent: reset\ndata: {\"reason\":\"trimmed\"}\n\n"
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
		assert_non_null(strstr(wires[i].content, "id: 9\nevent: reset\n"));
	}
	assert_int_equal(metrics.resets, 2);
	assert_taken(1, "{\"7\"}", "{9}");
	deliver("7", 10, 1, 1, 0);
	assert_got(0, "10");
	assert_got(1, "10");
}

/* --- heartbeats -------------------------------------------------------------- */

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
	struct page page;

	(void)state;
	join(0, "7", 0);
	join(1, "7", 0);
	join(2, "8", 0);
	settle();
	page = page_of(1, 60, 4, 8000);
	hub_deliver_page(hub, "7", &page);
	page_clear(&page);
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

/* --- sessions ---------------------------------------------------------------- */

static void
the_end_of_a_session_ends_its_streams_and_no_others(void **state)
{
	const struct client_opening seven = { "7", 1, 0, false, 0, NULL };

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
	const struct client_opening seven = { "7", 1, 0, false, 0, NULL };

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
	const struct client_opening seven = { "7", 1, 0, false, 0, NULL };

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
	const struct client_opening seven = { "7", 1, 0, false, 0, NULL };

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
	const struct client_opening seven = { "7", 1, 0, false, 0, NULL };
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
	const struct client_opening seven = { "7", 1, 0, false, 0, NULL };
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
	const struct client_opening seven = { "7", 1, 0, false, 0, NULL };

	(void)state;
	assert_int_equal(join_as(0, &seven, "a", 1600000000000000), HUB_JOINED);
	assert_int_equal(join_as(1, &seven, "a", 1600000000000000), HUB_JOINED);
	assert_int_equal(join_as(2, &seven, "b", NEVER), HUB_JOINED);
	assert_int_equal(take(), 1);
	assert_string_equal(array_format(&asked.sessions), "{\"b\",\"a\"}");
	assert_string_equal(
	    array_format(&asked.expiries), "{NULL,\"2020-09-13T12:26:40.000000Z\"}");
}

static void
a_session_that_no_longer_expires_keeps_its_streams(void **state)
{
	const struct client_opening seven = { "7", 1, 0, false, 0, NULL };

	(void)state;
	assert_int_equal(join_as(0, &seven, "s", in_seconds(60)), HUB_JOINED);
	assert_int_equal(join_as(1, &seven, "s", NEVER), HUB_JOINED);
	clock_skip(120);
	assert_false(is_ended(0) || is_ended(1));
}

static void
a_session_goes_with_its_last_stream_and_takes_its_timer_along(void **state)
{
	const struct client_opening seven = { "7", 1, 0, false, 0, NULL };

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

static const struct hub_retry retry = { 200, 3000 };

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
		assert_in_range(retry_ms, retry.min_ms, retry.max_ms);
		assert_int_equal(told_ms, retry_ms);
	}
	assert_false(is_ended(2));
	assert_int_equal(hub_drain(hub, 100, &retry), 0);
	assert_int_equal(hub_drain(hub, 100, &retry), 0);
	assert_true(is_ended(2));
	assert_int_equal(metrics.closed[CLOSE_DRAINED], 3);
}

static void
who_was_in_a_read_that_failed_is_rung_again_or_sent_away(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++)
		join(i, i < 2 ? "a" : "b", 0);
	settle();
	hub_ring_all(hub);
	asked.users_max = 1;
	assert_int_equal(take(), 1);
	hub_ring_read(hub);
	asked.users_max = 0;
	assert_int_equal(take(), 2);
	assert_true(hub_ring_user(hub, span_of("a")));
	assert_int_equal(take(), 1);
	hub_end_read(hub, &retry);
	assert_true(is_ended(0) && is_ended(1));
	assert_non_null(strstr(wires[0].content, "event: closing\n"));
	assert_false(is_ended(2));
	assert_int_equal(metrics.closed[CLOSE_UNREADABLE], 2);
}

static void
a_drain_lets_a_slow_stream_take_what_it_was_given(void **state)
{
	struct page page;

	(void)state;
	join(0, "7", 0);
	settle();
	page = page_of(1, 60, 4, 8000);
	hub_deliver_page(hub, "7", &page);
	page_clear(&page);
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

/* --- every test has a hub of its own ------------------------------------------- */

static int
set_up(void **state)
{
	const struct hub_limits limits = { STREAMS, STREAMS_PER_USER, WARNING_S, 0, 0 };

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	log_open("hub_test", LOG_LEVEL_ERROR);
	memset(wires, 0, sizeof(wires));
	metrics = (struct metrics){ 0 };
	base = event_base_new();
	hub = hub_create(base, &limits, &metrics);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	hub_close(hub);
	for (size_t i = 0; i <= STREAMS; i++)
		if (wires[i].content != NULL)
			wire_close(&wires[i]);
	wire_turn(base); /* finishing peers see that nobody is there */
	wire_turn(base);
	event_base_free(base);
	hub_read_clear(&asked);
	return peer_count() != 0;
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

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
		test(a_read_takes_so_many_users_and_leaves_the_rest_for_the_next),
		test(a_user_who_has_left_is_no_longer_rung),
		test(each_tab_gets_exactly_its_rest_of_a_page),
		test(what_was_delivered_is_not_delivered_again),
		test(a_hole_is_never_delivered),
		test(a_page_for_somebody_who_has_left_is_nothing),
		test(a_full_page_is_followed_by_the_next),
		test(a_tab_with_a_full_socket_waits_and_is_asked_for_when_it_has_drained),
		test(a_user_whose_tabs_are_all_full_is_asked_for_sessions_only),
		test(the_web_server_may_leave_while_a_page_is_delivered),
		test(a_reset_reaches_the_tab_that_it_was_asked_for),
		test(a_reset_reaches_every_tab_that_is_ahead_of_the_log),
		test(a_heartbeat_tells_each_tab_where_it_stands),
		test(a_stalled_tab_is_ended_by_the_heartbeat_and_the_others_stay),
		test(the_end_of_a_session_ends_its_streams_and_no_others),
		test(a_session_expires_by_the_clock_and_not_before),
		test(a_session_that_has_expired_already_ends_its_stream_at_once),
		test(a_session_that_was_prolonged_expires_at_its_new_time),
		test(a_session_warns_its_streams_before_it_ends),
		test(a_session_that_was_renewed_is_warned_anew),
		test(a_read_asks_for_each_session_and_its_known_end_once),
		test(a_session_that_no_longer_expires_keeps_its_streams),
		test(a_session_goes_with_its_last_stream_and_takes_its_timer_along),
		test(a_drain_ends_so_many_streams_with_a_time_to_come_back),
		test(who_was_in_a_read_that_failed_is_rung_again_or_sent_away),
		test(a_drain_lets_a_slow_stream_take_what_it_was_given),
		test(closing_the_hub_closes_every_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
