/* Pages: consecutive events only, up to the limit, with a start for each. */
#include "cgi/stream/events/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
// cmocka wants the four headers above it
#include <cmocka.h>

#include "common/fastcgi.h"

#define FRAME page_frame(&page, FRAME_RECORDS, true)
#define SHORTER page_frame(&page, FRAME_RECORDS, false)
#define STARTS page.forms[FRAME_RECORDS].starts

static const char counted[] = "event: unread_count\ndata: {\"unread_count\":7,\"seq\":109}\n\n";

static void
assert_added(struct page *page, int64_t seq, int32_t unread_count)
{
	assert_true(
	    page_add_event(page, seq - 1, seq, "new_notification", span_of("{}"), unread_count));
}

static void
a_page_starts_at_any_number_and_goes_on_from_there(void **state)
{
	struct page page = { 0 };

	(void)state;
	assert_added(&page, INT64_MAX - 2, 1);
	assert_added(&page, INT64_MAX - 1, 2);
	assert_added(&page, INT64_MAX, 3);
	assert_int_equal(page_find_next(&page, INT64_MAX - 3), 0);
	assert_int_equal(page_find_next(&page, INT64_MAX - 1), 2);
	assert_int_equal(page_find_next(&page, INT64_MAX), 3);
	assert_int_equal(page_last_seq(&page), INT64_MAX);
	assert_int_equal(page.unread_count, 3);
	assert_false(page_is_full(&page));
	page_clear(&page);
}

static void
a_hole_or_a_repetition_is_refused_and_changes_nothing(void **state)
{
	static const int64_t wrong[] = { -1, 0, 40, 41, 43, 44 };
	struct page page = { 0 };
	(void)state;
	assert_added(&page, 41, 1);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(page_add_event(&page, wrong[i] - 1, wrong[i], "x", span_of("{}"), 9));
	assert_int_equal(page.count, 1);
	assert_int_equal(page.unread_count, 1);
	assert_added(&page, 42, 2);
	page_clear(&page);
}

static void
numbers_may_leap_where_the_log_says_what_was_before(void **state)
{
	struct page page = { 0 };

	(void)state;
	assert_added(&page, 41, 1);
	assert_false(page_add_event(&page, 99, 100, "x", span_of("{}"), 2));
	assert_false(page_add_event(&page, 41, 41, "x", span_of("{}"), 2));
	assert_true(page_add_event(&page, 41, 1048619, "x", span_of("{}"), 2));
	assert_added(&page, 1048620, 3);
	assert_int_equal(page_find_next(&page, 40), 0);
	assert_int_equal(page_find_next(&page, 41), 1);
	assert_int_equal(page_find_next(&page, 1048619), 2);
	assert_int_equal(page_find_next(&page, 42), page.count);
	assert_int_equal(page_last_seq(&page), 1048620);
	page_clear(&page);
}

static void
a_page_takes_as_many_events_as_its_limit_and_not_one_more(void **state)
{
	struct page page = { 0 };

	(void)state;
	for (int64_t seq = 1; seq <= PAGE_EVENTS_MAX; seq++) {
		assert_false(page_is_full(&page));
		assert_added(&page, seq, (int32_t)seq);
	}
	assert_true(page_is_full(&page));
	assert_false(
	    page_add_event(&page, PAGE_EVENTS_MAX, PAGE_EVENTS_MAX + 1, "x", span_of("{}"), 0));
	assert_int_equal(page_last_seq(&page), PAGE_EVENTS_MAX);
	page_clear(&page);
}

/* The limit is where the last event may begin, so that an event of any size fits an empty page. */
static void
a_page_takes_no_event_that_begins_behind_its_bytes(void **state)
{
	const size_t two_events = 2 * (PAGE_FRAMING_BYTES + strlen("{}"));

	(void)state;
	for (size_t excess = 0; excess <= 1; excess++) {
		struct page page = { .bytes_max = two_events + excess };

		assert_added(&page, 1, 1);
		assert_added(&page, 2, 1);
		assert_int_equal(
		    page_add_event(&page, 2, 3, "new_notification", span_of("{}"), 1), excess == 1);
		assert_int_equal(page.count, 2 + excess);
		assert_false(page_add_event(&page, 3, 4, "new_notification", span_of("{}"), 1));
		assert_true(page_is_full(&page));
		assert_int_equal(page_last_seq(&page), 2 + excess);
		page_clear(&page);
		assert_false(page_is_full(&page));
		assert_int_equal(page.bytes_max, two_events + excess);
	}
}

static void
each_start_is_where_its_event_begins(void **state)
{
	struct page page = { 0 };

	(void)state;
	for (int64_t seq = 100; seq < 110; seq++)
		assert_added(&page, seq, 7);
	assert_int_equal(FRAME->bytes[0], FASTCGI_VERSION);
	assert_int_equal(STARTS[0], 0);
	for (size_t i = 0; i < 10; i++) {
		const uint8_t *at = FRAME->bytes + STARTS[i];
		const uint8_t *end = FRAME->bytes + STARTS[i + 1];
		char line[32];

		snprintf(line, sizeof(line), "\nid: %zu\n\n", 100 + i);
		assert_memory_equal(at, "\1\6\0\1\0", 5);
		assert_memory_equal(at + 8, "event: new_", 11);
		assert_memory_equal(end - strlen(line), line, strlen(line));
	}
	assert_memory_equal(FRAME->bytes + STARTS[10], counted, 56);
	assert_int_equal(STARTS[10] + 56, FRAME->length);
	page_clear(&page);
}

/* Content of the record that begins there, which must be the frame's last. */
static struct span
take_last_record(const struct frame *frame, size_t start)
{
	struct span rest = { (const char *)frame->bytes + start, frame->length - start }, content;
	struct fastcgi_decoder decoder = { 0 };
	struct fastcgi_header header;

	assert_int_equal(fastcgi_decode(&decoder, &rest, &header, &content), FASTCGI_RECORD);
	assert_int_equal(header.content_length, rest.len);
	return rest;
}

static void
the_count_shares_the_last_events_record_and_can_be_left_off(void **state)
{
	struct page page = { 0 };
	struct span whole, shorter;

	(void)state;
	assert_added(&page, 108, 6);
	assert_added(&page, 109, 7);
	assert_ptr_equal(FRAME, FRAME); /* built once */
	whole = take_last_record(FRAME, STARTS[1]);
	shorter = take_last_record(SHORTER, STARTS[1]);
	assert_int_equal(whole.len, shorter.len + 56);
	assert_memory_equal(whole.at, shorter.at, shorter.len);
	assert_memory_equal(whole.at + shorter.len, counted, 56);
	assert_memory_equal(SHORTER->bytes, FRAME->bytes, STARTS[1]);
	page_clear(&page);
}

/* Events around the length of a record: the count goes into one of its own where it must. */
static void
the_count_can_be_left_off_behind_an_event_of_any_length(void **state)
{
	static char data[40000];

	(void)state;
	memset(data, 'd', sizeof(data));
	for (size_t length = FASTCGI_CONTENT_MAX - 100; length < FASTCGI_CONTENT_MAX; length++) {
		struct page page = { 0 };
		struct span rest, content;
		struct fastcgi_decoder decoder = { 0 };
		struct fastcgi_header header;
		enum fastcgi_step step;
		size_t got = 0;

		assert_true(page_add_event(&page, 0, 1, "x", (struct span){ data, length }, 1));
		rest = (struct span){ (const char *)SHORTER->bytes, SHORTER->length };
		while (
		    (step = fastcgi_decode(&decoder, &rest, &header, &content)) != FASTCGI_STARVED)
			got += step == FASTCGI_CONTENT ? content.len : 0;
		assert_false(decoder.in_record);
		assert_int_equal(decoder.raw_length, 0);
		assert_int_equal(got, length + strlen("event: x\ndata: \nid: 1\n\n"));
		page_clear(&page);
	}
}

/* What is sent of a page at the other door: the same events, and starts of its own. */
static void
a_page_is_framed_for_each_form_of_its_own(void **state)
{
	static const char expected[] =
	    "\x81\x2f{\"event\":\"new_notification\",\"id\":108,\"data\":{}}"
	    "\x81\x2f{\"event\":\"new_notification\",\"id\":109,\"data\":{}}"
	    "\x81\x3c{\"event\":\"unread_count\",\"data\":{\"unread_count\":7,\"seq\":109}}";
	struct page page = { 0 };
	struct frame *messages, *shorter;

	(void)state;
	assert_added(&page, 108, 6);
	assert_added(&page, 109, 7);
	messages = page_frame(&page, FRAME_MESSAGES, true);
	assert_null(page.forms[FRAME_RECORDS].frame);
	assert_int_equal(messages->length, sizeof(expected) - 1);
	assert_memory_equal(messages->bytes, expected, sizeof(expected) - 1);
	assert_int_equal(page_start(&page, FRAME_MESSAGES, 1), 49);
	assert_int_equal(page_start(&page, FRAME_MESSAGES, 2), 98);
	shorter = page_frame(&page, FRAME_MESSAGES, false);
	assert_int_equal(shorter->length, 98);
	assert_memory_equal(shorter->bytes, expected, 98);
	assert_int_equal(FRAME->bytes[0], FASTCGI_VERSION);
	page_clear(&page);
}

static void
a_page_can_be_cleared_at_any_stage(void **state)
{
	struct page page = { 0 };
	struct frame *frame;

	(void)state;
	page_clear(&page);
	assert_added(&page, 1, 1);
	page_clear(&page);
	assert_added(&page, 5, 1);
	frame = frame_hold(FRAME);
	page_clear(&page);
	page_clear(&page);
	assert_int_equal(frame->references, 1);
	frame_release(frame);
	assert_int_equal(page.count, 0);
	assert_added(&page, 9, 1);
	assert_int_equal(page_last_seq(&page), 9);
	page_clear(&page);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_starts_at_any_number_and_goes_on_from_there),
		cmocka_unit_test(a_hole_or_a_repetition_is_refused_and_changes_nothing),
		cmocka_unit_test(numbers_may_leap_where_the_log_says_what_was_before),
		cmocka_unit_test(a_page_takes_as_many_events_as_its_limit_and_not_one_more),
		cmocka_unit_test(a_page_takes_no_event_that_begins_behind_its_bytes),
		cmocka_unit_test(each_start_is_where_its_event_begins),
		cmocka_unit_test(the_count_shares_the_last_events_record_and_can_be_left_off),
		cmocka_unit_test(the_count_can_be_left_off_behind_an_event_of_any_length),
		cmocka_unit_test(a_page_is_framed_for_each_form_of_its_own),
		cmocka_unit_test(a_page_can_be_cleared_at_any_stage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
