/* Streams that follow topics: what they are given, where they stand, and who may still follow. */
#include "tests/unit/follower_scene.h"

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

/* --- events ------------------------------------------------------------------ */

static void
each_stream_gets_its_own_numbers_behind_the_same_event(void **state)
{
	(void)state;
	followers("- a", "- ab", "7 ab");
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
	followers("- a", "7 ab");
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
	const struct client_opening resuming = { .topics = behind, .topic_count = 1 };
	struct page page = { .is_of_topic = true };

	(void)state;
	follow(0, "- a");
	assert_int_equal(join_as(1, &resuming, NULL, NEVER), HUB_JOINED);
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
	followers("- ab", "- ab");
	for (int64_t seq = 8; seq < 20; seq++)
		tell(TOPIC "a", seq, 100000);
	wire_read(&wires[1], base);
	(void)take();
	tell(TOPIC "b", 4, 0); /* which it cannot take */
	wire_read(&wires[0], base);
	assert_int_equal(take(), 2); /* both are asked for, from where the stream stands */
	assert_non_null(strstr(array_format(&asked.arrays[QUESTION_IDS]), "b"));
	tell(TOPIC "b", 4, 0);
	wire_read(&wires[0], base);
	assert_non_null(strstr(wires[0].content, "data: 4\nid: ;a="));
}

static void
a_reset_of_a_topic_is_of_that_one_alone(void **state)
{
	(void)state;
	followers("- ab", "7 a");
	ring(TOPIC "a");
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
	follow(0, "- ab");
	follow(1, "7 a");
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
	followers("- a");
	assert_false(hub_ring(hub, span_of(TOPIC "b"), HUB_RING_ALL));
	assert_false(hub_ring(hub, span_of(FOLLOWS "b"), HUB_RING_ALL));
	assert_false(hub_ring(hub, span_of("a"), HUB_RING_ALL)); /* a person of that name */
	assert_false(question_is_wanted(hub, QUESTION_EVENTS));
	assert_false(question_is_wanted(hub, QUESTION_FOLLOWS));
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
	const struct client_topic topic = { .name = "a", .seq = TOPIC_A_SEQ };
	const struct client_opening opening = { .topics = &topic, .topic_count = 1 };

	(void)state;
	for (size_t i = 0; i < VISITORS; i++)
		follow(i, "- a");
	assert_int_equal(join_as(VISITORS, &opening, NULL, NEVER), HUB_VISITORS_FULL);
	wire_close(&wires[VISITORS]);
	follow(VISITORS, "7 a");
	wire_hang_up(&wires[0]);
	wire_turn(base);
	follow(VISITORS + 1, "- a");
	hub_count(hub, &metrics);
	assert_int_equal(metrics.visitors, VISITORS);
	assert_int_equal(metrics.users, 1);
	assert_int_equal(metrics.topics, 1);
	assert_int_equal(metrics.follows, VISITORS + 1);
}

/* --- who may follow -------------------------------------------------------------- */

static void
an_event_of_a_topic_asks_for_no_session_and_no_right(void **state)
{
	(void)state;
	followers("7 a");
	ring(TOPIC "a");
	assert_string_equal(look_up(), "{}");
	assert_false(question_is_wanted(hub, QUESTION_FOLLOWS));
	assert_taken(1, "{\"" TOPIC "a\"}", "{7}");
}

static void
who_may_follow_no_more_is_told_and_hears_the_rest(void **state)
{
	(void)state;
	followers("7 ab", "7 a", "8 a", "- ab");
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
	followers("- ab", "- a");
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
	follow(0, "7 ab");
	assert_int_equal(take(), 0);
	ring(TOPIC "b");
	(void)take();
	ring(FOLLOWS "a");
	(void)of_whom(QUESTION_FOLLOWS);
	follow(1, "- ab");
	assert_taken(1, "{\"" TOPIC "b\"}", "{3}");
	assert_string_equal(of_whom(QUESTION_FOLLOWS), "{NULL,\"7\"}");
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
		test(an_event_of_a_topic_asks_for_no_session_and_no_right),
		test(who_may_follow_no_more_is_told_and_hears_the_rest),
		test(a_visitor_who_may_follow_nothing_any_more_ends),
		test(a_stream_that_joins_is_looked_up_for_each_log_that_was_rung),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
