/*
 * Openings in front of an empty hub, and their streams' wires: what the tests
 * of openings share.  For one source file of a program.
 */
#ifndef PGBELL_TESTS_OPENING_SCENE_H
#define PGBELL_TESTS_OPENING_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
// cmocka wants the headers above it
#include <cmocka.h>

#include "cgi/stream/audience/lanes.h"
#include "cgi/stream/audience/opening.h"
#include "cgi/stream/audience/question.h"
#include "common/log.h"
#include "tests/unit/wire.h"

#define WAIT_S 5
#define REPLAY_EVENTS 1000
#define STREAMS 200
#define STREAMS_PER_USER 2
#define VISITORS 3

static struct event_base *base;
static struct hub *hub;
static struct openings *openings;
static struct metrics metrics;
static struct wire wires[LANE_BATCH_MAX + 2];
static struct batch batch;
static unsigned stats_asked;

static inline void
add(size_t i, enum route_kind kind, const char *token, const char *ticket)
{
	struct route route = { .kind = kind };

	snprintf(route.token, sizeof(route.token), "%s", token);
	snprintf(route.ticket, sizeof(route.ticket), "%s", ticket);
	wire_open(&wires[i], base, 1);
	openings_add(openings, wires[i].peer, &route);
}

static inline void
add_stream(size_t i)
{
	char token[16];

	snprintf(token, sizeof(token), "token-%zu", i);
	add(i, ROUTE_STREAM, token, "");
}

static inline void
add_follower(size_t i, const char *topic)
{
	struct route route = { .kind = ROUTE_STREAM };

	assert_int_equal(topics_add(&route.topics, span_of(topic)), TOPICS_ADDED);
	snprintf(route.token, sizeof(route.token), "token-%zu", i);
	wire_open(&wires[i], base, 1);
	openings_add(openings, wires[i].peer, &route);
}

static inline size_t
take(void)
{
	return openings_take_batch(openings, &batch);
}

static inline void
decide(size_t index, const char *user_id)
{
	const struct opening_verdict verdict = {
		.is_known = true,
		.session = { NULL, INT64_MAX, 0 },
		.answer.opening = { .user_id = user_id, .seq = 41, .unread_count = 3 },
	};

	openings_decide(openings, index, &verdict);
}

static inline void
assert_answer(size_t i, const char *start)
{
	wire_read(&wires[i], base);
	if (strncmp(wires[i].content, start, strlen(start)) != 0)
		fail_msg("\"%s\" does not begin with \"%s\"", wires[i].content, start);
}

static inline void
on_stats(void *owner, struct peer *peer)
{
	assert_ptr_equal(owner, &stats_asked);
	stats_asked++;
	peer_close(peer);
}

/* --- every test has openings of its own ---------------------------------------- */

static inline int
set_up(void **state)
{
	const struct hub_limits limits = { STREAMS, STREAMS_PER_USER, 0, 0, 0, 0, VISITORS, 1000 };
	const struct openings_settings settings = { WAIT_S, REPLAY_EVENTS, CREDENTIALS_WHOLE };

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	log_open("opening_test", LOG_LEVEL_ERROR);
	memset(wires, 0, sizeof(wires));
	metrics = (struct metrics){ 0 };
	stats_asked = 0;
	base = event_base_new();
	hub = hub_create(base, &limits, &metrics);
	openings = openings_create(base, hub, &metrics, &settings, on_stats, &stats_asked);
	return 0;
}

static inline int
tear_down(void **state)
{
	(void)state;
	openings_close(openings);
	openings_close(NULL);
	hub_close(hub);
	for (size_t i = 0; i < sizeof(wires) / sizeof(wires[0]); i++)
		if (wires[i].content != NULL)
			wire_close(&wires[i]);
	wire_turn(base);
	event_base_free(base);
	batch_clear(&batch);
	return peer_count() != 0;
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
