/* What the bench counts of an event stream: nothing lost or doubled, and nothing that is no event.
 */
#include "tests/bench/feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
// cmocka wants the four headers above it
#include <cmocka.h>

#include "tests/unit/exact.h"

#define NOW_US 2000

static const char two_events[] =
    "event: connected\ndata: {\"user_id\":\"7\",\"seq\":41}\nid: 41\n\n"
    "event: new_notification\ndata: {\"id\":9,\"data\":{\"n\":500,\"at\":1990}}\nid: 42\n\n"
    "event: unread_count\ndata: {\"unread_count\":1,\"seq\":42}\n\n"
    "event: new_notification\ndata: {\"data\":{\"at\": 1960, \"n\": 70}}\nid: 43\n\n";

static struct histogram delays;

static unsigned
take(struct feed *feed, const char *bytes, size_t length)
{
	return feed_take(feed, exact_bytes(bytes, length), NOW_US, &delays);
}

static unsigned
take_text(struct feed *feed, const char *text)
{
	return take(feed, text, strlen(text));
}

static void
events_are_counted_with_their_numbers_and_times(void **state)
{
	struct feed feed = { .sum = 0 };

	(void)state;
	delays = (struct histogram){ .total = 0 };
	assert_int_equal(take_text(&feed, two_events), 2);
	assert_int_equal(feed.events, 2);
	assert_int_equal(feed.sum, 570);
	assert_int_equal(feed.id, 43);
	assert_int_equal(feed.gaps, 0);
	assert_int_equal(delays.total, 2);
	assert_int_equal(delays.max_us, 40);
	feed_clear(&feed);
}

static void
it_does_not_matter_where_the_bytes_are_cut(void **state)
{
	size_t length = strlen(two_events);

	(void)state;
	for (size_t first = 0; first <= length; first++) {
		for (size_t second = first; second <= length; second += 7) {
			struct feed feed = { .sum = 0 };
			unsigned events = take(&feed, two_events, first);

			events += take(&feed, two_events + first, second - first);
			events += take(&feed, two_events + second, length - second);
			assert_int_equal(events, 2);
			assert_int_equal(feed.sum, 570);
			assert_int_equal(feed.gaps, 0);
			assert_null(feed.rest);
			feed_clear(&feed);
		}
	}
}

static void
a_stream_has_spoken_with_its_first_whole_line(void **state)
{
	struct feed feed = { .sum = 0 };

	(void)state;
	assert_int_equal(take_text(&feed, ": connec"), 0);
	assert_false(feed.has_spoken);
	assert_int_equal(take_text(&feed, "ted\n"), 0);
	assert_true(feed.has_spoken);
	feed_clear(&feed);
}

static void
what_is_no_event_of_the_bench_is_not_counted(void **state)
{
	struct feed feed = { .sum = 0 };

	(void)state;
	assert_int_equal(
	    take_text(&feed,
		": \"n\":1\n\nevent: heartbeat\ndata: {\"seq\":44,\"unread_count\":3}\n\n"
		"retry: 1500\nevent: \"n\":1\nda\ndata\n\n\n"),
	    0);
	assert_int_equal(feed.events, 0);
	assert_int_equal(feed.sum, 0);
	feed_clear(&feed);
}

static void
ids_that_do_not_follow_one_another_are_gaps(void **state)
{
	struct feed feed = { .sum = 0 };

	(void)state;
	take_text(&feed, "id: 7\ndata: 1\n\nid: 8\ndata: 1\n\n");
	assert_int_equal(feed.gaps, 0);
	take_text(&feed, "id: 10\ndata: 1\n\n");
	assert_int_equal(feed.gaps, 1);
	take_text(&feed, "id: 10\ndata: 1\n\n");
	assert_int_equal(feed.gaps, 2);
	feed_clear(&feed);
}

static void
a_reset_forgets_what_was_counted_and_not_where_the_stream_stands(void **state)
{
	struct feed feed = { .sum = 0 };

	(void)state;
	take_text(&feed, two_events);
	take_text(&feed, "id: 44\ndata: {\"n\"");
	feed_reset(&feed);
	assert_int_equal(feed.events, 0);
	assert_int_equal(feed.sum, 0);
	assert_int_equal(take_text(&feed, ":3,\"at\":1}\n\n"), 1);
	assert_int_equal(feed.sum, 3);
	assert_int_equal(feed.gaps, 0);
	feed_clear(&feed);
}

static void
a_message_is_an_event_like_a_line_wherever_it_is_cut(void **state)
{
	static const char message[] =
	    "{\"event\":\"new_notification\",\"id\":7,\"data\":{\"n\":5,\"at\":90}}";

	(void)state;
	for (size_t cut = 0; cut < sizeof(message) - 1; cut++) {
		struct feed feed = { .id = 6 };
		size_t left = sizeof(message) - 1 - cut;
		unsigned events;

		events = feed_take_message(&feed, exact_bytes(message, cut), false, 100, &delays);
		assert_false(feed.has_spoken);
		events +=
		    feed_take_message(&feed, exact_bytes(message + cut, left), true, 100, &delays);
		events += feed_take_message(&feed,
		    span_of("{\"event\":\"unread_count\",\"data\":{\"unread_count\":1,\"seq\":7}}"),
		    true, 100, &delays);
		assert_int_equal(events, 1);
		assert_int_equal(feed.sum, 5);
		assert_int_equal(feed.id, 7);
		assert_int_equal(feed.gaps, 0);
		assert_null(feed.rest);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_are_counted_with_their_numbers_and_times),
		cmocka_unit_test(it_does_not_matter_where_the_bytes_are_cut),
		cmocka_unit_test(a_stream_has_spoken_with_its_first_whole_line),
		cmocka_unit_test(what_is_no_event_of_the_bench_is_not_counted),
		cmocka_unit_test(ids_that_do_not_follow_one_another_are_gaps),
		cmocka_unit_test(a_reset_forgets_what_was_counted_and_not_where_the_stream_stands),
		cmocka_unit_test(a_message_is_an_event_like_a_line_wherever_it_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
