/*
 * A hub with some streams on wires of their own: what the tests of the hub
 * share.  For one source file of a program.
 */
#ifndef PGBELL_TESTS_HUB_SCENE_H
#define PGBELL_TESTS_HUB_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
// cmocka wants the headers above it
#include <cmocka.h>

#include "cgi/stream/audience/hub_join.h"
#include "cgi/stream/audience/question.h"
#include "common/log.h"
#include "tests/unit/clock.h"
#include "tests/unit/pages.h"
#include "tests/unit/wire.h"

#define STREAMS 6
#define STREAMS_PER_USER 4
#define VISITORS 3
#define NEVER INT64_MAX
#define WARNING_S 20
#define LIFETIME_S 100000

static struct event_base *base;
static struct hub *hub;
static struct metrics metrics;
static struct wire wires[STREAMS + 1];
static struct batch asked, looked_up;

static inline int64_t
in_seconds(int64_t seconds)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return ((int64_t)now.tv_sec + seconds) * 1000000;
}

static inline enum hub_join
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
static inline void
join(size_t i, const char *user, int64_t seq)
{
	const struct client_opening opening = { .user_id = user, .seq = seq, .unread_count = 3 };
	char session[16];

	snprintf(session, sizeof(session), "session %zu", i);
	assert_int_equal(join_as(i, &opening, session, NEVER), HUB_JOINED);
}

/* The same, resuming at seq while the user's number is current. */
static inline void
join_behind(size_t i, const char *user, int64_t seq, int64_t current)
{
	const struct client_opening opening = {
		.user_id = user, .seq = current, .unread_count = 3, .resumes = true, .after = seq
	};

	assert_int_equal(join_as(i, &opening, NULL, NEVER), HUB_JOINED);
}

/* A read whose answer is that there is nothing; returns of how many users it is. */
static inline size_t
take(void)
{
	size_t count = question_take(hub, QUESTION_EVENTS, &asked);

	question_finish(hub, QUESTION_EVENTS);
	return count;
}

static inline void
assert_taken(size_t count, const char *expected_users, const char *expected_seqs)
{
	assert_int_equal(take(), count);
	assert_string_equal(array_format(&asked.arrays[QUESTION_IDS]), expected_users);
	assert_string_equal(array_format(&asked.arrays[QUESTION_KNOWN]), expected_seqs);
}

/* The sessions that are looked up now; nothing has become of them. */
static inline const char *
look_up(void)
{
	question_take(hub, QUESTION_SESSIONS, &looked_up);
	question_finish(hub, QUESTION_SESSIONS);
	return array_format(&looked_up.arrays[QUESTION_IDS]);
}

/* Read off what has come so far, and start anew from here. */
static inline void
settle(void)
{
	for (size_t i = 0; i <= STREAMS; i++) {
		if (wires[i].content == NULL)
			continue;
		wire_read(&wires[i], base);
		wire_forget(&wires[i]);
	}
	(void)take();
	(void)look_up();
	(void)question_take(hub, QUESTION_FOLLOWS, &asked);
	question_finish(hub, QUESTION_FOLLOWS);
}

static inline void
deliver(const char *user, int64_t first, size_t count, int32_t unread, size_t padding)
{
	struct page page = page_of(first, count, unread, padding);
	struct frame *frame = frame_hold(page_frame(&page, FRAME_RECORDS, true));

	hub_deliver_page(hub, user, &page);
	page_clear(&page);
	for (size_t i = 0; i <= STREAMS; i++)
		if (wires[i].content != NULL && wires[i].far >= 0)
			wire_read(&wires[i], base);
	assert_int_equal(frame->references, 1); /* everybody has let go of it */
	frame_release(frame);
}

/* Events 1 to 60, more than a socket takes, and nobody reads them. */
static inline void
deliver_too_much(const char *user)
{
	struct page page = page_of(1, 60, 4, 8000);

	hub_deliver_page(hub, user, &page);
	page_clear(&page);
}

static inline void
assert_got(size_t i, const char *numbers)
{
	wire_read(&wires[i], base);
	assert_string_equal(pages_read(wires[i].content), numbers);
}

static inline bool
is_ended(size_t i)
{
	wire_turn(base);
	wire_read(&wires[i], base);
	return wires[i].ended && wires[i].closed;
}

/* --- every test has a hub of its own ------------------------------------------- */

static inline int
set_up(void **state)
{
	const struct hub_limits limits = { STREAMS, STREAMS_PER_USER, WARNING_S, 0, 0, LIFETIME_S,
		VISITORS, 1000 };

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	log_open("hub", LOG_LEVEL_ERROR);
	memset(wires, 0, sizeof(wires));
	metrics = (struct metrics){ 0 };
	base = event_base_new();
	hub = hub_create(base, &limits, &metrics);
	return 0;
}

static inline int
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
	batch_clear(&asked);
	batch_clear(&looked_up);
	return peer_count() != 0;
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
