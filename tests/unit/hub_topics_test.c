/* Streams that follow topics: what they are given, where they stand, and who may still follow. */
#include "tests/unit/hub_scene.h"

#define TOPIC "\1"

/* Stream i of a person, or of a visitor (NULL), that follows topics, each from now on. */
static void
follow(size_t i, const char *user, const struct client_topic *topics, size_t count)
{
	const struct client_opening opening = { .user_id = user,
		.seq = user == NULL ? 0 : 41,
		.topics = topics,
		.topic_count = count };

	assert_int_equal(join_as(i, &opening, user, NEVER), HUB_JOINED);
}

static const struct client_topic one[] = { { .name = "a", .seq = 7 } };
static const struct client_topic two[] = { { .name = "a", .seq = 7 }, { .name = "b", .seq = 3 } };

/* An event of a topic or a person, with so much padding. */
static void
tell(const char *address, int64_t seq, size_t padding)
{
	struct page page = { .is_of_topic = address_is_topic(address) };
	char *data = calloc(1, padding + 32);

	assert_non_null(data);
	memset(data, '.', padding + (size_t)sprintf(data, "%lld", (long long)seq));
	sprintf(data, "%lld", (long long)seq);
	data[strlen(data)] = padding > 0 ? '.' : '\0';
	assert_true(page_add_event(&page, seq - 1, seq, "e", span_of(data), 4));
	hub_deliver_page(hub, address, &page);
	page_clear(&page);
	free(data);
}

static void
assert_content(size_t i, const char *expected)
{
	wire_read(&wires[i], base);
	assert_string_equal(wires[i].content, expected);
	wire_forget(&wires[i]);
}

static const char *
of_whom(enum hub_question question)
{
	hub_take_batch(hub, question, &asked);
	hub_finish_batch(hub, question);
	return array_format(&asked.arrays[HUB_IDS]);
}

/* --- events ------------------------------------------------------------------ */

static void
each_stream_gets_its_own_numbers_behind_the_same_event(void **state)
{
	(void)state;
	follow(0, NULL, one, 1);
	follow(1, NULL, two, 2);
	follow(2, "7", two, 2);
	settle();
	tell(TOPIC "a", 8, 0);
	assert_content(0, "event: e\ndata: 8\nid: ;a=8\n\n");
	assert_content(1, "event: e\ndata: 8\nid: ;a=8;b=3\n\n");
	assert_content(2, "event: e\ndata: 8\nid: 41;a=8;b=3\n\n");
	tell(TOPIC "b", 4, 0);
	assert_content(0, "");
	assert_content(1, "event: e\ndata: 4\nid: ;a=8;b=4\n\n");
	assert_content(2, "event: e\ndata: 4\nid: 41;a=8;b=4\n\n");
	tell("7", 42, 0);
	assert_content(1, "");
	assert_content(2, "event: e\ndata: 42\nid: 42;a=8;b=4\n\n"
			  "event: unread_count\ndata: {\"unread_count\":4,\"seq\":42}\n\n");
	assert_int_equal(metrics.publications_delivered, 5);
	assert_int_equal(metrics.events_delivered, 6);
}

/* Events too long to be copied are sent as they are, with a tail behind each. */
static void
a_long_event_comes_whole_with_its_numbers_behind_it(void **state)
{
	static const size_t lengths[] = { 1000, 2030, 2100, 16350, 16384, 16400, 40000, 200000 };

	(void)state;
	follow(0, NULL, one, 1);
	follow(1, "7", two, 2);
	settle();
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		char tail[32];

		tell(TOPIC "a", 8 + (int64_t)i, lengths[i]);
		for (size_t n = 0; n < 2; n++) {
			wire_read(&wires[n], base);
			snprintf(tail, sizeof(tail),
			    n == 0 ? ".\nid: ;a=%zu\n\n" : ".\nid: 41;a=%zu;b=3\n\n", 8 + i);
			assert_true(wires[n].length > lengths[i]);
			assert_string_equal(
			    wires[n].content + wires[n].length - strlen(tail), tail);
			assert_memory_equal(wires[n].content, "event: e\ndata: ", 15);
			wire_forget(&wires[n]);
		}
	}
}

static void
a_page_is_given_from_where_each_stream_stands(void **state)
{
	const struct client_topic behind[] = {
		{ .name = "a", .seq = 9, .resumes = true, .after = 8 }
	};
	struct page page = { .is_of_topic = true };

	(void)state;
	follow(0, NULL, one, 1);
	follow(1, NULL, behind, 1);
	wire_read(&wires[1], base);
	assert_non_null(strstr(wires[1].content, "\"topics\":{\"a\":9}}\nid: ;a=8\n\n"));
	wire_forget(&wires[1]);
	wire_read(&wires[0], base);
	wire_forget(&wires[0]);
	assert_taken(1, "{\"" TOPIC "a\"}", "{7}");
	for (int64_t seq = 8; seq < 10; seq++)
		assert_true(page_add_event(&page, seq - 1, seq, "e", span_of("x"), 0));
	hub_deliver_page(hub, TOPIC "a", &page);
	page_clear(&page);
	assert_content(0, "event: e\ndata: x\nid: ;a=8\n\nevent: e\ndata: x\nid: ;a=9\n\n");
	assert_content(1, "event: e\ndata: x\nid: ;a=9\n\n");
}

static void
a_slow_stream_asks_for_what_its_topics_had_when_it_has_drained(void **state)
{
	(void)state;
	follow(0, NULL, two, 2);
	follow(1, NULL, two, 2);
	settle();
	for (int64_t seq = 8; seq < 20; seq++)
		tell(TOPIC "a", seq, 100000);
	wire_read(&wires[1], base);
	(void)take();
	tell(TOPIC "b", 4, 0); /* which it cannot take */
	wire_read(&wires[0], base);
	assert_int_equal(take(), 2); /* both are asked for, from where the stream stands */
	assert_non_null(strstr(array_format(&asked.arrays[HUB_IDS]), "b"));
	tell(TOPIC "b", 4, 0);
	wire_read(&wires[0], base);
	assert_non_null(strstr(wires[0].content, "data: 4\nid: ;a="));
}

static void
a_reset_of_a_topic_is_of_that_one_alone(void **state)
{
	(void)state;
	follow(0, NULL, two, 2);
	follow(1, "7", one, 1);
	settle();
	assert_true(hub_ring(hub, span_of(TOPIC "a"), HUB_RING_ALL));
	assert_int_equal(take(), 1);
	hub_deliver_reset(hub, TOPIC "a", 20, span_of("{\"topic\":\"a\"}"), 0);
	assert_content(0, "event: reset\ndata: {\"topic\":\"a\"}\nid: ;a=20;b=3\n\n");
	assert_content(1, "event: reset\ndata: {\"topic\":\"a\"}\nid: 41;a=20\n\n");
	assert_int_equal(metrics.resets, 2);
}

static void
heartbeats_tell_where_a_stream_stands_in_all_its_logs(void **state)
{
	(void)state;
	follow(0, NULL, two, 2);
	follow(1, "7", one, 1);
	join(2, "7", 41);
	settle();
	for (unsigned part = 0; part < TABLE_PARTS; part++)
		hub_beat_part(hub, part);
	for (size_t i = 0; i < 3; i++) {
		static const char *const ends[] = {
			"\"seq\":0,\"unread_count\":0,\"topics\":{\"a\":7,\"b\":3}}\n\n",
			"\"seq\":41,\"unread_count\":0,\"topics\":{\"a\":7}}\n\n",
			"\"seq\":41,\"unread_count\":3}\n\n"
		};

		wire_read(&wires[i], base);
		assert_string_equal(wires[i].content + wires[i].length - strlen(ends[i]), ends[i]);
	}
	assert_int_equal(metrics.heartbeats, 3);
}

static void
a_topic_that_nobody_follows_is_no_ones_business(void **state)
{
	(void)state;
	follow(0, NULL, one, 1);
	settle();
	assert_false(hub_ring(hub, span_of(TOPIC "b"), HUB_RING_ALL));
	assert_false(hub_ring(hub, span_of("\2b"), HUB_RING_ALL));
	assert_false(hub_ring(hub, span_of("a"), HUB_RING_ALL)); /* a person of that name */
	assert_false(hub_is_asking(hub, HUB_EVENTS));
	assert_false(hub_is_asking(hub, HUB_FOLLOWS));
	wire_hang_up(&wires[0]);
	wire_turn(base);
	assert_false(hub_ring(hub, span_of(TOPIC "a"), HUB_RING_ALL));
	hub_count(hub, &metrics);
	assert_int_equal(metrics.topics + metrics.follows + metrics.visitors + metrics.streams, 0);
}

/* --- limits -------------------------------------------------------------------- */

static void
there_are_so_many_visitors_and_not_one_more(void **state)
{
	const struct client_opening opening = { .topics = one, .topic_count = 1 };

	(void)state;
	for (size_t i = 0; i < VISITORS; i++)
		follow(i, NULL, one, 1);
	assert_int_equal(join_as(VISITORS, &opening, NULL, NEVER), HUB_VISITORS_FULL);
	wire_close(&wires[VISITORS]);
	follow(VISITORS, "7", one, 1);
	wire_hang_up(&wires[0]);
	wire_turn(base);
	follow(VISITORS + 1, NULL, one, 1);
	hub_count(hub, &metrics);
	assert_int_equal(metrics.visitors, VISITORS);
	assert_int_equal(metrics.users, 1);
	assert_int_equal(metrics.topics, 1);
	assert_int_equal(metrics.follows, VISITORS + 1);
}

/* --- who may follow -------------------------------------------------------------- */

static void
each_person_is_asked_about_once_for_each_topic_and_visitors_together(void **state)
{
	(void)state;
	follow(0, "7", two, 2);
	follow(1, "7", one, 1);
	follow(2, "8", one, 1);
	follow(3, NULL, one, 1);
	follow(4, NULL, one, 1);
	settle();
	assert_string_equal(of_whom(HUB_FOLLOWS), "{}");
	assert_true(hub_ring(hub, span_of("\2a"), HUB_RING_ALL));
	assert_string_equal(of_whom(HUB_FOLLOWS), "{NULL,\"8\",\"7\"}");
	assert_string_equal(array_format(&asked.arrays[HUB_KNOWN]), "{\"a\",\"a\",\"a\"}");
	assert_string_equal(of_whom(HUB_FOLLOWS), "{}");
	hub_ring_part(hub, 0, HUB_RING_EVENTS);
	for (unsigned part = 1; part < TABLE_PARTS; part++)
		hub_ring_part(hub, part, HUB_RING_EVENTS);
	assert_int_equal(hub_take_batch(hub, HUB_FOLLOWS, &asked), 4);
	hub_finish_batch(hub, HUB_FOLLOWS);
}

static void
an_event_of_a_topic_asks_for_no_session_and_no_right(void **state)
{
	(void)state;
	follow(0, "7", one, 1);
	settle();
	assert_true(hub_ring(hub, span_of(TOPIC "a"), HUB_RING_ALL));
	assert_string_equal(look_up(), "{}");
	assert_false(hub_is_asking(hub, HUB_FOLLOWS));
	assert_taken(1, "{\"" TOPIC "a\"}", "{7}");
}

static void
a_question_without_an_answer_is_asked_again_by_halves(void **state)
{
	(void)state;
	follow(0, "7", one, 1);
	follow(1, "8", one, 1);
	follow(2, "9", one, 1);
	settle();
	assert_true(hub_ring(hub, span_of("\2a"), HUB_RING_ALL));
	assert_int_equal(hub_take_batch(hub, HUB_FOLLOWS, &asked), 3);
	hub_return_batch(hub, HUB_FOLLOWS);
	assert_string_equal(of_whom(HUB_FOLLOWS), "{\"9\",\"8\"}");
	assert_string_equal(of_whom(HUB_FOLLOWS), "{\"7\"}");
	assert_string_equal(of_whom(HUB_FOLLOWS), "{}");
}

/* Each of them gets its turn, whoever rings, comes and goes meanwhile. */
static void
all_followers_of_a_topic_are_asked_about_however_often_it_is_rung(void **state)
{
	(void)state;
	follow(0, "7", one, 1);
	follow(1, "8", one, 1);
	follow(2, "9", one, 1);
	settle();
	assert_true(hub_ring(hub, span_of("\2a"), HUB_RING_ALL));
	assert_int_equal(hub_take_batch(hub, HUB_FOLLOWS, &asked), 3);
	hub_return_batch(hub, HUB_FOLLOWS);
	assert_string_equal(of_whom(HUB_FOLLOWS), "{\"9\",\"8\"}");
	assert_true(
	    hub_ring(hub, span_of("\2a"), HUB_RING_ALL)); /* all round, from the next one on */
	follow(3, "6", one, 1);
	wire_hang_up(&wires[1]); /* 8, of whom it was asked */
	wire_turn(base);
	assert_string_equal(of_whom(HUB_FOLLOWS), "{\"7\",\"6\",\"9\"}");
	assert_false(hub_is_asking(hub, HUB_FOLLOWS));
}

static void
who_may_follow_no_more_is_told_and_hears_the_rest(void **state)
{
	(void)state;
	follow(0, "7", two, 2);
	follow(1, "7", one, 1);
	follow(2, "8", one, 1);
	follow(3, NULL, two, 2);
	settle();
	hub_lose_follow(hub, "7", "a");
	hub_lose_follow(hub, "7", "a");
	hub_lose_follow(hub, "9", "a");
	hub_lose_follow(hub, NULL, "c");
	assert_content(
	    0, "event: unfollowed\ndata: {\"topic\":\"a\",\"reason\":\"forbidden\"}\n\n");
	assert_content(
	    1, "event: unfollowed\ndata: {\"topic\":\"a\",\"reason\":\"forbidden\"}\n\n");
	tell(TOPIC "a", 8, 0);
	tell(TOPIC "b", 4, 0);
	tell("7", 42, 0);
	assert_content(0, "event: e\ndata: 4\nid: 41;b=4\n\nevent: e\ndata: 42\nid: 42;b=4\n\n"
			  "event: unread_count\ndata: {\"unread_count\":4,\"seq\":42}\n\n");
	assert_content(1, "event: e\ndata: 42\nid: 42\n\n"
			  "event: unread_count\ndata: {\"unread_count\":4,\"seq\":42}\n\n");
	assert_content(2, "event: e\ndata: 8\nid: 41;a=8\n\n");
	assert_content(3, "event: e\ndata: 8\nid: ;a=8;b=3\n\nevent: e\ndata: 4\nid: ;a=8;b=4\n\n");
	assert_int_equal(metrics.follows_lost, 2);
}

static void
a_visitor_who_may_follow_nothing_any_more_ends(void **state)
{
	(void)state;
	follow(0, NULL, two, 2);
	follow(1, NULL, one, 1);
	settle();
	hub_lose_follow(hub, NULL, "a");
	assert_true(is_ended(1));
	assert_string_equal(wires[1].content,
	    "event: unfollowed\ndata: {\"topic\":\"a\",\"reason\":\"forbidden\"}\n\n"
	    "event: session_ended\ndata: {\"reason\":\"revoked\"}\n\n");
	assert_false(is_ended(0));
	hub_lose_follow(hub, NULL, "b");
	assert_true(is_ended(0));
	assert_int_equal(metrics.closed[CLOSE_SESSION_ENDED], 2);
}

/* What was committed since the snapshot of the opening was rung for, and is asked. */
static void
a_stream_that_joins_is_looked_up_for_each_log_that_was_rung(void **state)
{
	(void)state;
	hub_begin_opening(hub);
	follow(0, "7", two, 2);
	assert_int_equal(take(), 0);
	assert_true(hub_ring(hub, span_of(TOPIC "b"), HUB_RING_ALL));
	(void)take();
	assert_true(hub_ring(hub, span_of("\2a"), HUB_RING_ALL));
	(void)of_whom(HUB_FOLLOWS);
	follow(1, NULL, two, 2);
	assert_taken(1, "{\"" TOPIC "b\"}", "{3}");
	assert_string_equal(of_whom(HUB_FOLLOWS), "{NULL,\"7\"}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(each_stream_gets_its_own_numbers_behind_the_same_event),
		test(a_long_event_comes_whole_with_its_numbers_behind_it),
		test(a_page_is_given_from_where_each_stream_stands),
		test(a_slow_stream_asks_for_what_its_topics_had_when_it_has_drained),
		test(a_reset_of_a_topic_is_of_that_one_alone),
		test(heartbeats_tell_where_a_stream_stands_in_all_its_logs),
		test(a_topic_that_nobody_follows_is_no_ones_business),
		test(there_are_so_many_visitors_and_not_one_more),
		test(each_person_is_asked_about_once_for_each_topic_and_visitors_together),
		test(an_event_of_a_topic_asks_for_no_session_and_no_right),
		test(a_question_without_an_answer_is_asked_again_by_halves),
		test(all_followers_of_a_topic_are_asked_about_however_often_it_is_rung),
		test(who_may_follow_no_more_is_told_and_hears_the_rest),
		test(a_visitor_who_may_follow_nothing_any_more_ends),
		test(a_stream_that_joins_is_looked_up_for_each_log_that_was_rung),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
