/* What becomes of an opening whose verdict does not come, or whose time or peer is gone. */
#include "tests/unit/clock.h"
#include "tests/unit/in_range.h"
#include "tests/unit/opening_scene.h"

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
	assert_int_in_range(retry_ms, 1000, 5000);
	assert_true(wires[i].ended && wires[i].closed);
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
	assert_string_equal(
	    array_format(&batch.arrays[OPENING_TOKENS]), "{\"token-0\",\"token-2\",\"token-3\"}");
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
	openings_return_batch(openings, OPENING_LOST);
	openings_finish_batch(openings); /* there is no batch any more */
	assert_int_equal(openings_count(openings), 3);
	assert_int_equal(take(), 3);
	assert_string_equal(
	    array_format(&batch.arrays[OPENING_TOKENS]), "{\"token-0\",\"token-2\",\"token-3\"}");
}

static void
assert_taken(const char *tokens)
{
	assert_true(take() > 0);
	assert_string_equal(array_format(&batch.arrays[OPENING_TOKENS]), tokens);
}

static void
accept_taken(const char *user_id)
{
	decide(0, user_id);
	openings_finish_batch(openings);
}

/* One of a batch may be what the database stumbles over: the others must not pay for it. */
static void
a_batch_that_failed_is_asked_one_by_one_by_turns_with_those_that_came_behind(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++)
		add_stream(i);
	take();
	add_stream(3);
	add_stream(4);
	openings_return_batch(openings, OPENING_FAILED);
	assert_taken("{\"token-0\"}");
	accept_taken("a");
	assert_taken("{\"token-3\",\"token-4\"}");
	decide(0, "d");
	accept_taken("e");
	assert_taken("{\"token-1\"}");
	openings_return_batch(openings, OPENING_FAILED); /* this was the one */
	assert_sent_back(1);
	assert_taken("{\"token-2\"}");
	accept_taken("c");
	assert_int_equal(openings_count(openings), 0);
}

static void
a_slow_topic_holds_up_who_follows_it_and_a_plain_stream_for_one_batch_at_most(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++)
		add_follower(i, "slow");
	add_follower(3, "quick");
	assert_taken("{\"token-0\",\"token-1\",\"token-2\",\"token-3\"}");
	add_stream(4);
	openings_return_batch(openings, OPENING_FAILED);
	assert_taken("{\"token-0\"}");
	add_follower(5, "quick");
	openings_return_batch(openings, OPENING_FAILED);
	for (size_t i = 0; i < 3; i++)
		assert_sent_back(i); /* each would take as long */
	assert_taken("{\"token-4\"}");
	accept_taken("e");
	assert_taken("{\"token-5\"}");
	accept_taken("f");
	assert_taken("{\"token-3\"}");
	accept_taken("d");
	assert_int_equal(openings_count(openings), 0);
}

static void
a_batch_is_about_so_many_topics_and_leaves_the_rest_for_the_next(void **state)
{
	const size_t whole = OPENING_TOPICS_MAX / TOPICS_MAX;

	(void)state;
	for (size_t i = 0; i <= whole; i++) {
		struct route route = { .kind = ROUTE_STREAM, .token = "t" };
		char name[32];

		for (size_t topic = 0; topic < TOPICS_MAX; topic++) {
			snprintf(name, sizeof(name), "public:%zu", topic);
			assert_int_equal(topics_add(&route.topics, span_of(name)), TOPICS_ADDED);
		}
		wire_open(&wires[i], base, 1);
		openings_add(openings, wires[i].peer, &route);
	}
	assert_int_equal(take(), whole);
	openings_finish_batch(openings);
	assert_int_equal(take(), 1);
	openings_finish_batch(openings);
	assert_int_equal(openings_count(openings), 0);
}

static void
who_follows_what_is_locked_is_sent_back_alone_and_who_needs_the_sessions_waits(void **state)
{
	(void)state;
	add_follower(0, "locked");
	take();
	add_stream(1);
	openings_return_batch(openings, OPENING_LOCKED);
	assert_taken("{\"token-0\"}"); /* alone by chance: asked once more */
	openings_return_batch(openings, OPENING_LOCKED);
	assert_sent_back(0);
	assert_taken("{\"token-1\"}");
	openings_return_batch(openings, OPENING_LOCKED);
	openings_return_batch(openings, OPENING_LOCKED);
	assert_taken("{\"token-1\"}");
	accept_taken("b");
	assert_int_equal(openings_count(openings), 0);
}

static void
who_was_alone_in_a_batch_by_chance_waits_while_the_connection_is_away(void **state)
{
	(void)state;
	add_stream(0);
	take();
	openings_return_batch(openings, OPENING_LOST);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_peer_that_leaves_the_queue_or_the_batch_leaves_nothing),
		test(one_that_has_waited_too_long_is_told_to_come_back),
		test(a_batch_without_a_verdict_waits_again_in_its_order),
		test(a_batch_that_failed_is_asked_one_by_one_by_turns_with_those_that_came_behind),
		test(a_slow_topic_holds_up_who_follows_it_and_a_plain_stream_for_one_batch_at_most),
		test(a_batch_is_about_so_many_topics_and_leaves_the_rest_for_the_next),
		test(
		    who_follows_what_is_locked_is_sent_back_alone_and_who_needs_the_sessions_waits),
		test(who_was_alone_in_a_batch_by_chance_waits_while_the_connection_is_away),
		test(dismissing_sends_everybody_back_and_late_verdicts_are_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
