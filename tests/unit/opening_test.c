/* Batches of openings, and the verdicts on them. */
#include "tests/unit/opening_scene.h"

static void
a_batch_holds_what_was_shown_and_what_was_seen_last(void **state)
{
	struct route resuming = {
		.kind = ROUTE_STREAM, .token = "three", .has_after = true, .after = TOPICS_NO_NUMBER
	};

	(void)state;
	assert_int_equal(take(), 0);
	add(0, ROUTE_STREAM, "one", "");
	add(1, ROUTE_STREAM, "", "two");
	wire_open(&wires[2], base, 1);
	openings_add(openings, wires[2].peer, &resuming);
	assert_true(openings_are_waiting(openings));
	assert_int_equal(take(), 3);
	assert_string_equal(
	    array_format(&batch.arrays[OPENING_TOKENS]), "{\"one\",NULL,\"three\"}");
	assert_string_equal(array_format(&batch.arrays[OPENING_TICKETS]), "{NULL,\"two\",NULL}");
	assert_string_equal(
	    array_format(&batch.arrays[OPENING_AFTERS]), "{NULL,NULL,9223372036854775807}");
	assert_false(openings_are_waiting(openings));
	assert_int_equal(openings_count(openings), 3);
}

static void
a_batch_takes_so_many_and_leaves_the_rest_for_the_next(void **state)
{
	(void)state;
	for (size_t i = 0; i <= LANE_BATCH_MAX; i++)
		add_stream(i);
	assert_int_equal(take(), LANE_BATCH_MAX);
	assert_true(openings_are_waiting(openings));
	openings_finish_batch(openings);
	assert_int_equal(openings_count(openings), 1);
	assert_int_equal(take(), 1);
	assert_string_equal(array_format(&batch.arrays[OPENING_TOKENS]), "{\"token-128\"}");
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
	assert_answer(0, "Status: 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n");
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
	decide(LANE_BATCH_MAX, "7");
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
		.answer.opening = { .user_id = "7", .seq = 41, .unread_count = 3 },
	};
	struct route route = { .kind = ROUTE_STREAM, .token = "t", .has_after = true, .after = 38 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		wire_open(&wires[i], base, 1);
		openings_add(openings, wires[i].peer, &route);
	}
	take();
	openings_decide(openings, 0, &verdict);
	verdict.answer.opening.reset_reason = "trimmed";
	openings_decide(openings, 1, &verdict);
	wire_read(&wires[0], base);
	assert_null(strstr(wires[0].content, "id: "));
	wire_read(&wires[1], base);
	assert_non_null(strstr(wires[1].content, "event: reset\n"));
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
			.answer.opening = { .user_id = "7", .seq = 5000, .unread_count = 3 },
		};

		route.after = 5000 - REPLAY_EVENTS - (int64_t)i;
		verdict.answer.leapt =
		    1000000; /* numbers that are left out are none that were missed */
		verdict.answer.opening.seq += verdict.answer.leapt;
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
statistics_are_for_operators(void **state)
{
	struct opening_verdict verdict = { .is_known = true, .answer.opening = { .user_id = "7" } };

	(void)state;
	add(0, ROUTE_STATS, "a", "");
	add(1, ROUTE_STATS, "b", "");
	take();
	openings_decide(openings, 0, &verdict);
	verdict.is_operator = true;
	assert_int_equal(stats_asked, 0);
	openings_decide(openings, 1, &verdict);
	assert_answer(0, "Status: 403 ");
	assert_int_equal(stats_asked, 1);
	assert_int_equal(openings_count(openings), 0); /* it does not count itself */
}

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
		test(statistics_are_for_operators),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
