/* What a hub asks of the database: in batches, again where no answer came, and of whom. */
#include "tests/unit/follower_scene.h"

/* --- events and sessions ------------------------------------------------------ */

static void
a_batch_takes_so_many_users_and_leaves_the_others_for_the_next(void **state)
{
	const struct hub_limits limits = { ADDRESSES_READ_MAX + 1, 1, 0, 0, 0, 0, 0, 1000 };
	static struct wire many[ADDRESSES_READ_MAX + 1];
	struct hub *large = hub_create(base, &limits, &metrics);

	(void)state;
	for (size_t i = 0; i <= ADDRESSES_READ_MAX; i++) {
		const struct session_identity identity = { NULL, NEVER, 0 };
		char name[16];
		const struct client_opening opening = { .user_id = name, .seq = 0 };

		assert_int_equal(question_is_full(large, QUESTION_EVENTS), i == ADDRESSES_READ_MAX);
		snprintf(name, sizeof(name), "%zu", i);
		wire_open(&many[i], base, 1);
		assert_int_equal(hub_join(large, many[i].peer, &identity, &opening), HUB_JOINED);
		free(many[i].content);
		many[i].content = NULL;
	}
	assert_int_equal(question_take(large, QUESTION_EVENTS, &asked), ADDRESSES_READ_MAX);
	question_finish(large, QUESTION_EVENTS);
	assert_true(question_is_wanted(large, QUESTION_EVENTS));
	assert_int_equal(question_take(large, QUESTION_EVENTS, &asked), 1);
	assert_string_equal(array_format(&asked.arrays[QUESTION_IDS]), "{\"256\"}");
	assert_false(question_is_wanted(large, QUESTION_EVENTS));
	hub_close(large);
	for (size_t i = 0; i <= ADDRESSES_READ_MAX; i++)
		wire_close(&many[i]);
}

/* Two streams of "a" and one of "b", each in a session of its own. */
static void
join_three(void)
{
	for (size_t i = 0; i < 3; i++)
		join(i, i < 2 ? "a" : "b", 0);
	settle();
}

static const struct retry retry = { 200, 3000 };

static void
who_was_in_a_read_that_failed_is_rung_again_or_sent_away(void **state)
{
	(void)state;
	join_three();
	ring("a");
	ring("b");
	assert_int_equal(question_take(hub, QUESTION_EVENTS, &asked), 2);
	question_return(hub, QUESTION_EVENTS);
	assert_int_equal(question_take(hub, QUESTION_EVENTS, &asked), 1);
	assert_string_equal(array_format(&asked.arrays[QUESTION_IDS]), "{\"a\"}");
	question_end(hub, QUESTION_EVENTS, &retry);
	question_finish(hub, QUESTION_EVENTS);
	assert_taken(1, "{\"b\"}", "{0}");
	assert_true(is_ended(0) && is_ended(1));
	assert_non_null(strstr(wires[0].content, "event: closing\n"));
	assert_false(is_ended(2));
	assert_int_equal(metrics.closed[CLOSE_UNREADABLE], 2);
}

static void
who_has_a_session_that_cannot_be_looked_up_is_sent_away(void **state)
{
	(void)state;
	join_three();
	ring("a");
	assert_int_equal(question_take(hub, QUESTION_SESSIONS, &looked_up), 2);
	question_return(hub, QUESTION_SESSIONS);
	assert_int_equal(question_take(hub, QUESTION_SESSIONS, &looked_up), 1);
	assert_string_equal(array_format(&looked_up.arrays[QUESTION_IDS]), "{\"session 1\"}");
	question_end(hub, QUESTION_SESSIONS, &retry);
	question_finish(hub, QUESTION_SESSIONS);
	assert_true(is_ended(1));
	assert_non_null(strstr(wires[1].content, "event: closing\n"));
	assert_false(is_ended(0) || is_ended(2));
	assert_string_equal(look_up(), "{\"session 0\"}");
	assert_taken(1, "{\"a\"}", "{0}");
}

static void
an_answer_that_was_cut_short_leaves_those_behind_the_cut_for_the_next(void **state)
{
	(void)state;
	join_three();
	ring("a");
	ring("b");
	assert_int_equal(question_take(hub, QUESTION_EVENTS, &asked), 2);
	question_cut(hub, "b");
	question_finish(hub, QUESTION_EVENTS);
	assert_taken(1, "{\"b\"}", "{0}");
	assert_false(question_is_wanted(hub, QUESTION_EVENTS));
}

static void
one_of_whom_there_is_more_waits_for_no_others(void **state)
{
	(void)state;
	join_three();
	ring("a");
	assert_int_equal(question_take(hub, QUESTION_EVENTS, &asked), 1);
	assert_false(question_knows_of_more(hub));
	hub_ring_more(hub, "a");
	question_finish(hub, QUESTION_EVENTS);
	assert_true(question_is_full(hub, QUESTION_EVENTS));
	assert_int_equal(question_take(hub, QUESTION_EVENTS, &asked), 1);
	assert_true(question_knows_of_more(hub));
	question_finish(hub, QUESTION_EVENTS);
}

/* --- who may follow ----------------------------------------------------------- */

static void
each_person_is_asked_about_once_for_each_topic_and_visitors_together(void **state)
{
	(void)state;
	followers("7 ab", "7 a", "8 a", "- a", "- a");
	assert_string_equal(of_whom(QUESTION_FOLLOWS), "{}");
	ring(FOLLOWS "a");
	assert_string_equal(of_whom(QUESTION_FOLLOWS), "{NULL,\"8\",\"7\"}");
	assert_string_equal(array_format(&asked.arrays[QUESTION_KNOWN]), "{\"a\",\"a\",\"a\"}");
	assert_string_equal(of_whom(QUESTION_FOLLOWS), "{}");
	for (unsigned part = 0; part < TABLE_PARTS; part++)
		hub_ring_part(hub, part, HUB_RING_EVENTS);
	assert_int_equal(question_take(hub, QUESTION_FOLLOWS, &asked), 4);
	question_finish(hub, QUESTION_FOLLOWS);
}

/* Three follow a topic, of whom it was asked in vain. */
static void
ask_three_in_vain(void)
{
	followers("7 a", "8 a", "9 a");
	ring(FOLLOWS "a");
	assert_int_equal(question_take(hub, QUESTION_FOLLOWS, &asked), 3);
	question_return(hub, QUESTION_FOLLOWS);
}

static void
a_question_without_an_answer_is_asked_again_by_halves(void **state)
{
	(void)state;
	ask_three_in_vain();
	assert_string_equal(of_whom(QUESTION_FOLLOWS), "{\"9\",\"8\"}");
	assert_string_equal(of_whom(QUESTION_FOLLOWS), "{\"7\"}");
	assert_string_equal(of_whom(QUESTION_FOLLOWS), "{}");
}

/* Each of them gets its turn, whoever rings, comes and goes meanwhile. */
static void
all_followers_of_a_topic_are_asked_about_however_often_it_is_rung(void **state)
{
	(void)state;
	ask_three_in_vain();
	assert_string_equal(of_whom(QUESTION_FOLLOWS), "{\"9\",\"8\"}");
	ring(FOLLOWS "a"); /* all round, from the next one on */
	follow(3, "6 a");
	wire_hang_up(&wires[1]); /* 8, of whom it was asked */
	wire_turn(base);
	assert_string_equal(of_whom(QUESTION_FOLLOWS), "{\"7\",\"6\",\"9\"}");
	assert_false(question_is_wanted(hub, QUESTION_FOLLOWS));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_batch_takes_so_many_users_and_leaves_the_others_for_the_next),
		test(who_was_in_a_read_that_failed_is_rung_again_or_sent_away),
		test(who_has_a_session_that_cannot_be_looked_up_is_sent_away),
		test(an_answer_that_was_cut_short_leaves_those_behind_the_cut_for_the_next),
		test(one_of_whom_there_is_more_waits_for_no_others),
		test(each_person_is_asked_about_once_for_each_topic_and_visitors_together),
		test(a_question_without_an_answer_is_asked_again_by_halves),
		test(all_followers_of_a_topic_are_asked_about_however_often_it_is_rung),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
