/* How streams begin: what was asked for, and what the database said of it. */
#include "cgi/stream/audience/start.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
// cmocka wants the four headers above it
#include <cmocka.h>

#define REPLAY_EVENTS 100

static struct start start;

/* A stream of somebody whose log is at 41. */
static void
decide(struct topic_after after, const char *topics, const char *follows)
{
	const struct start_wish wish = { after, topics, REPLAY_EVENTS };
	const struct start_answer answer = { .opening = { .user_id = "7", .seq = 41 },
		.follows = follows };

	start_decide(&start, &wish, &answer);
}

static void
assert_topic(size_t i, const char *name, int64_t seq, int64_t after, const char *reset_reason)
{
	const struct client_topic *topic = &start.opening.topics[i];

	assert_string_equal(topic->name, name);
	assert_false(topic->is_refused);
	assert_int_equal(topic->seq, seq);
	assert_int_equal(topic->resumes ? topic->after : -1, after);
	if (reset_reason == NULL)
		assert_null(topic->reset_reason);
	else
		assert_string_equal(topic->reset_reason, reset_reason);
}

static const struct topic_after from_now = { false, 0 };

static void
a_stream_without_topics_begins_with_its_own_log(void **state)
{
	(void)state;
	decide(from_now, NULL, NULL);
	assert_false(start.opening.resumes);
	assert_int_equal(start.opening.topic_count, 0);
	decide((struct topic_after){ true, 40 }, NULL, NULL);
	assert_true(start.opening.resumes);
	assert_int_equal(start.opening.after, 40);
}

static void
each_topic_begins_now_or_where_it_was_left(void **state)
{
	(void)state;
	decide(from_now, "a b=7 c=0 d=3", "12 7 5 4+1");
	assert_int_equal(start.opening.topic_count, 4);
	assert_int_equal(start.followed, 4);
	assert_topic(0, "a", 12, -1, NULL);
	assert_topic(1, "b", 7, 7, NULL);
	assert_topic(2, "c", 5, 0, NULL);
	assert_topic(3, "d", 4, 3, NULL);
}

static void
a_topic_that_cannot_go_on_is_reset_alone(void **state)
{
	(void)state;
	decide((struct topic_after){ true, 41 }, "a=9 b=1 c=2 d=1",
	    "3!unknown 3!trimmed 3 3!nonsense");
	assert_topic(0, "a", 3, -1, "unknown");
	assert_topic(1, "b", 3, -1, "trimmed");
	assert_topic(2, "c", 3, 2, NULL);
	assert_topic(3, "d", 3, -1, "trimmed"); /* one of our own words, whatever it is */
	assert_true(start.opening.resumes);
}

/* Each log by itself, and numbers that were never given do not count. */
static void
who_has_missed_more_of_a_log_than_is_replayed_is_told(void **state)
{
	(void)state;
	decide(from_now, "a=0 b=0 c=0 d=0", "100 101 101+1 201+100");
	assert_topic(0, "a", 100, 0, NULL);
	assert_topic(1, "b", 101, -1, "too_far");
	assert_topic(2, "c", 101, 0, NULL);
	assert_topic(3, "d", 201, -1, "too_far");
	assert_int_equal(start.too_far, 2);
}

static void
what_may_not_be_followed_or_is_not_understood_is_refused(void **state)
{
	static const char *const words[] = { "-", "", "x", "-1", "7x", "7+", "7+x", "+", "!unknown",
		"99999999999999999999" };

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		bool is_empty_number = strcmp(words[i], "7+") == 0; /* as none */
		char follows[64];

		snprintf(follows, sizeof(follows), "%s 3", words[i]);
		decide(from_now, "a b", follows);
		assert_int_equal(start.opening.topics[0].is_refused, !is_empty_number);
		assert_topic(1, "b", 3, -1, NULL);
	}
	decide(from_now, "a b", "3");
	assert_true(start.opening.topics[1].is_refused); /* nothing was said of it */
	assert_int_equal(start.followed, 1);
	decide(from_now, "a b", NULL);
	assert_int_equal(start.followed, 0);
	assert_int_equal(start.opening.topic_count, 2);
}

static void
a_visitor_has_no_log_of_its_own(void **state)
{
	const struct start_wish wish = { { true, 7 }, "a", REPLAY_EVENTS };
	const struct start_answer answer = { .opening = { .seq = 9, .reset_reason = "unknown" },
		.follows = "3" };

	(void)state;
	start_decide(&start, &wish, &answer);
	assert_null(start.opening.user_id);
	assert_null(start.opening.reset_reason);
	assert_false(start.opening.resumes);
	assert_int_equal(start.opening.seq, 0);
	assert_topic(0, "a", 3, -1, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stream_without_topics_begins_with_its_own_log),
		cmocka_unit_test(each_topic_begins_now_or_where_it_was_left),
		cmocka_unit_test(a_topic_that_cannot_go_on_is_reset_alone),
		cmocka_unit_test(who_has_missed_more_of_a_log_than_is_replayed_is_told),
		cmocka_unit_test(what_may_not_be_followed_or_is_not_understood_is_refused),
		cmocka_unit_test(a_visitor_has_no_log_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
