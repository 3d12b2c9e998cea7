/* Openings: batches, verdicts, and what becomes of one whose time or peer is gone. */
#include "cgi/stream/opening.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
// cmocka wants the headers above it
#include <cmocka.h>

#include "common/log.h"
#include "tests/unit/clock.h"
#include "tests/unit/wire.h"

#define WAIT_S 5
#define REPLAY_EVENTS 1000
#define STREAMS 200
#define STREAMS_PER_USER 2

static struct event_base *base;
static struct hub *hub;
static struct openings *openings;
static struct metrics metrics;
static struct wire wires[OPENING_BATCH_MAX + 2];
static struct array tokens, tickets, afters;

static void
add(size_t i, enum route_kind kind, const char *token, const char *ticket)
{
	struct route route = { .kind = kind };

	snprintf(route.token, sizeof(route.token), "%s", token);
	snprintf(route.ticket, sizeof(route.ticket), "%s", ticket);
	wire_open(&wires[i], base, 1);
	openings_add(openings, wires[i].peer, &route);
}

static void
add_stream(size_t i)
{
	char token[16];

	snprintf(token, sizeof(token), "token-%zu", i);
	add(i, ROUTE_STREAM, token, "");
}

static size_t
take(void)
{
	array_reset(&tokens);
	array_reset(&tickets);
	array_reset(&afters);
	return openings_take_batch(openings, &tokens, &tickets, &afters);
}

static void
decide(size_t index, const char *user_id)
{
	const struct opening_verdict verdict = {
		.is_known = true,
		.session = { NULL, INT64_MAX, 0 },
		.opening = { .user_id = user_id, .seq = 41, .unread_count = 3 },
	};

	openings_decide(openings, index, &verdict);
}

static void
assert_answer(size_t i, const char *start)
{
	wire_read(&wires[i], base);
	if (strncmp(wires[i].content, start, strlen(start)) != 0)
		fail_msg("\"%s\" does not begin with \"%s\"", wires[i].content, start);
}

/* It was told to come back: an event stream that ends at once. */
static void
assert_sent_back(size_t i)
{
	const char *body;
	unsigned retry_ms;

	assert_answer(i, "Status: 200 OK\r\n");
	body = strstr(wires[i].content, "\r\n\r\n");
	assert_non_null(body);
	assert_int_equal(sscanf(body, "\r\n\r\nretry: %u\n\n", &retry_ms), 1);
	assert_in_range(retry_ms, 1000, 5000);
	assert_true(wires[i].ended && wires[i].closed);
}

static void
a_batch_holds_what_was_shown_and_what_was_seen_last(void **state)
{
	struct route resuming = {
		.kind = ROUTE_STREAM, .token = "three", .has_after = true, .after = ROUTE_UNKNOWN_ID
	};

	(void)state;
	assert_int_equal(take(), 0);
	add(0, ROUTE_STREAM, "one", "");
	add(1, ROUTE_STREAM, "", "two");
	wire_open(&wires[2], base, 1);
	openings_add(openings, wires[2].peer, &resuming);
	assert_true(openings_are_waiting(openings));
	assert_int_equal(take(), 3);
	assert_string_equal(array_format(&tokens), "{\"one\",NULL,\"three\"}");
	assert_string_equal(array_format(&tickets), "{NULL,\"two\",NULL}");
	assert_string_equal(array_format(&afters), "{NULL,NULL,-1}");
	assert_false(openings_are_waiting(openings));
	assert_int_equal(openings_count(openings), 3);
}

static void
a_batch_takes_so_many_and_leaves_the_rest_for_the_next(void **state)
{
	(void)state;
	for (size_t i = 0; i <= OPENING_BATCH_MAX; i++)
		add_stream(i);
	assert_int_equal(take(), OPENING_BATCH_MAX);
	assert_true(openings_are_waiting(openings));
	openings_finish_batch(openings);
	assert_int_equal(openings_count(openings), 1);
	assert_int_equal(take(), 1);
	assert_string_equal(array_format(&tokens), "{\"token-128\"}");
}

static void
who_is_known_joins_and_who_is_not_is_refused(void **state)
{
	const struct opening_verdict unknown = { .is_known = false };

	(void)state;
	for (size_t i = 0; i < 3; i++)
		add_stream(i);
	take();
	decide(0, "7");
	openings_decide(openings, 1, &unknown);
	openings_finish_batch(openings); /* nothing was said of the third */
	assert_answer(0, "Status: 200 OK\r\nContent-Type: text/event-stream\r\n");
	assert_false(wires[0].ended);
	for (size_t i = 1; i < 3; i++) {
		assert_answer(i, "Status: 401 ");
		assert_non_null(strstr(wires[i].content, "\r\nWWW-Authenticate: Bearer"));
		assert_true(wires[i].ended && wires[i].closed);
	}
	assert_int_equal(openings_count(openings), 0);
	assert_int_equal(metrics.refused[REFUSE_IDENTITY], 2);
}

static void
a_verdict_on_nobody_is_nothing(void **state)
{
	(void)state;
	add_stream(0);
	take();
	decide((size_t)-1, "7");
	decide(1, "7");
	decide(OPENING_BATCH_MAX, "7");
	decide(0, "7");
	decide(0, "8");
	hub_count(hub, &metrics);
	assert_int_equal(metrics.streams, 1);
	assert_int_equal(openings_count(openings), 0);
}

static void
where_to_go_on_from_is_the_clients_word_unless_it_is_reset(void **state)
{
	struct opening_verdict verdict = {
		.is_known = true,
		.session = { NULL, INT64_MAX, 0 },
		.opening = { .user_id = "7", .seq = 41, .unread_count = 3 },
	};
	struct route route = { .kind = ROUTE_STREAM, .token = "t", .has_after = true, .after = 38 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		wire_open(&wires[i], base, 1);
		openings_add(openings, wires[i].peer, &route);
	}
	take();
	openings_decide(openings, 0, &verdict);
	verdict.opening.reset_reason = "trimmed";
	openings_decide(openings, 1, &verdict);
	wire_read(&wires[0], base);
	assert_null(strstr(wires[0].content, "id: "));
	wire_read(&wires[1], base);
	assert_non_null(strstr(wires[1].content, "id: 41\nevent: reset\n"));
}

static void
who_has_missed_more_than_is_replayed_is_reset(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct route route = { .kind = ROUTE_STREAM, .token = "t", .has_after = true };
		struct opening_verdict verdict = {
			.is_known = true,
			.session = { NULL, INT64_MAX, 0 },
			.opening = { .user_id = "7", .seq = 5000, .unread_count = 3 },
		};

		route.after = 5000 - REPLAY_EVENTS - (int64_t)i;
		wire_open(&wires[i], base, 1);
		openings_add(openings, wires[i].peer, &route);
		take();
		openings_decide(openings, 0, &verdict);
		openings_finish_batch(openings);
		wire_read(&wires[i], base);
		assert_int_equal(strstr(wires[i].content, "\"too_far\"") != NULL, i == 1);
		assert_int_equal(metrics.resets_too_far, i);
	}
}

static void
a_limit_refuses_and_says_when_to_come_back(void **state)
{
	(void)state;
	for (size_t i = 0; i <= STREAMS_PER_USER; i++)
		add_stream(i);
	take();
	for (size_t i = 0; i <= STREAMS_PER_USER; i++)
		decide(i, "7");
	assert_answer(STREAMS_PER_USER, "Status: 429 ");
	assert_non_null(strstr(wires[STREAMS_PER_USER].content, "\r\nRetry-After: "));
	assert_int_equal(metrics.refused[REFUSE_USER_LIMIT], 1);
	assert_int_equal(openings_count(openings), 0);
}

static void
statistics_are_for_operators(void **state)
{
	struct opening_verdict verdict = { .is_known = true, .opening = { .user_id = "7" } };

	(void)state;
	add(0, ROUTE_STATS, "a", "");
	add(1, ROUTE_STATS, "b", "");
	take();
	openings_decide(openings, 0, &verdict);
	verdict.is_operator = true;
	openings_decide(openings, 1, &verdict);
	assert_answer(0, "Status: 403 ");
	assert_answer(1, "Status: 200 OK\r\nContent-Type: application/json\r\n");
	assert_non_null(strstr(wires[1].content, "\"waiting\":0"));
	assert_true(wires[1].ended && wires[1].closed);
}

static void
a_peer_that_leaves_the_queue_or_the_batch_leaves_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++)
		add_stream(i);
	wire_hang_up(&wires[1]);
	wire_turn(base);
	assert_int_equal(openings_count(openings), 3);
	assert_int_equal(take(), 3);
	assert_string_equal(array_format(&tokens), "{\"token-0\",\"token-2\",\"token-3\"}");
	wire_hang_up(&wires[2]);
	wire_turn(base);
	assert_int_equal(openings_count(openings), 2);
	decide(0, "a");
	decide(1, "b"); /* whose peer has left */
	decide(2, "c");
	openings_finish_batch(openings);
	hub_count(hub, &metrics);
	assert_int_equal(metrics.streams, 2);
	assert_answer(3, "Status: 200 OK\r\n");
	assert_non_null(strstr(wires[3].content, "\"user_id\":\"c\""));
	assert_int_equal(openings_count(openings), 0);
}

static void
one_that_has_waited_too_long_is_told_to_come_back(void **state)
{
	(void)state;
	add_stream(0);
	clock_skip(WAIT_S - 1);
	add_stream(1);
	take(); /* also while it is asked for */
	add(2, ROUTE_STATS, "t", "");
	wire_turn(base);
	assert_int_equal(openings_count(openings), 3);
	clock_skip(2);
	wire_turn(base);
	assert_sent_back(0);
	assert_int_equal(openings_count(openings), 2);
	decide(0, "late");
	decide(1, "in time");
	hub_count(hub, &metrics);
	assert_int_equal(metrics.streams, 1);
	clock_skip(WAIT_S);
	wire_turn(base);
	assert_answer(2, "Status: 503 "); /* no event stream: a plain refusal */
	assert_int_equal(metrics.refused[REFUSE_UNAVAILABLE], 2);
	assert_int_equal(openings_count(openings), 0);
}

static void
a_batch_without_a_verdict_waits_again_in_its_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++)
		add_stream(i);
	take();
	add_stream(3);
	wire_hang_up(&wires[1]);
	wire_turn(base);
	openings_return_batch(openings, false);
	openings_finish_batch(openings); /* there is no batch any more */
	assert_int_equal(openings_count(openings), 3);
	assert_int_equal(take(), 3);
	assert_string_equal(array_format(&tokens), "{\"token-0\",\"token-2\",\"token-3\"}");
}

/* One of a batch may be what the database stumbles over: the others must not pay for it. */
static void
a_batch_that_failed_is_asked_one_by_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++)
		add_stream(i);
	take();
	add_stream(3);
	add_stream(4);
	openings_return_batch(openings, true);
	assert_int_equal(take(), 1);
	assert_string_equal(array_format(&tokens), "{\"token-0\"}");
	decide(0, "a");
	openings_finish_batch(openings);
	assert_int_equal(take(), 1);
	assert_string_equal(array_format(&tokens), "{\"token-1\"}");
	openings_return_batch(openings, true); /* this was the one */
	assert_sent_back(1);
	assert_int_equal(take(), 1);
	decide(0, "c");
	openings_finish_batch(openings);
	assert_int_equal(take(), 2);
	assert_string_equal(array_format(&tokens), "{\"token-3\",\"token-4\"}");
}

static void
who_was_alone_in_a_batch_by_chance_waits_while_the_connection_is_away(void **state)
{
	(void)state;
	add_stream(0);
	take();
	openings_return_batch(openings, false);
	assert_int_equal(openings_count(openings), 1);
	assert_int_equal(take(), 1);
	decide(0, "7");
	assert_answer(0, "Status: 200 OK\r\n");
	assert_false(wires[0].ended);
}

static void
dismissing_sends_everybody_back_and_late_verdicts_are_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++)
		add_stream(i);
	take();
	for (size_t i = 3; i < 5; i++)
		add_stream(i);
	openings_dismiss(openings);
	openings_dismiss(openings);
	for (size_t i = 0; i < 5; i++)
		assert_sent_back(i);
	decide(0, "7");
	openings_finish_batch(openings);
	hub_count(hub, &metrics);
	assert_int_equal(metrics.streams, 0);
	assert_int_equal(openings_count(openings), 0);
}

/* --- every test has openings of its own ---------------------------------------- */

static int
set_up(void **state)
{
	const struct hub_limits limits = { STREAMS, STREAMS_PER_USER, 0, 0, 0 };
	const struct openings_settings settings = { WAIT_S, REPLAY_EVENTS };

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	log_open("opening_test", LOG_LEVEL_ERROR);
	memset(wires, 0, sizeof(wires));
	metrics = (struct metrics){ 0 };
	base = event_base_new();
	hub = hub_create(base, &limits, &metrics);
	openings = openings_create(base, hub, &metrics, &settings);
	return 0;
}

static int
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
	array_clear(&tokens);
	array_clear(&tickets);
	array_clear(&afters);
	return peer_count() != 0;
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_batch_holds_what_was_shown_and_what_was_seen_last),
		test(a_batch_takes_so_many_and_leaves_the_rest_for_the_next),
		test(who_is_known_joins_and_who_is_not_is_refused),
		test(a_verdict_on_nobody_is_nothing),
		test(where_to_go_on_from_is_the_clients_word_unless_it_is_reset),
		test(who_has_missed_more_than_is_replayed_is_reset),
		test(a_limit_refuses_and_says_when_to_come_back),
		test(statistics_are_for_operators),
		test(a_peer_that_leaves_the_queue_or_the_batch_leaves_nothing),
		test(one_that_has_waited_too_long_is_told_to_come_back),
		test(a_batch_without_a_verdict_waits_again_in_its_order),
		test(a_batch_that_failed_is_asked_one_by_one),
		test(who_was_alone_in_a_batch_by_chance_waits_while_the_connection_is_away),
		test(dismissing_sends_everybody_back_and_late_verdicts_are_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
