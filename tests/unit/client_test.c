/* How a stream begins and what it is given. */
#include "cgi/stream/wire/answer.h"
#include "tests/unit/client_scene.h"
#include "tests/unit/in_range.h"

static void
assert_content(const struct stream *stream, const char *expected)
{
	struct span header = answer_stream_header();

	assert_memory_equal(stream->wire.content, header.at, header.len);
	assert_string_equal(stream->wire.content + header.len, expected);
}

static void
a_new_stream_is_told_where_it_stands(void **state)
{
	const struct client_opening opening = { .user_id = "7", .seq = 41, .unread_count = 3 };
	struct stream stream;

	(void)state;
	start(&stream, &opening);
	wire_read(&stream.wire, base);
	assert_content(&stream,
	    "event: connected\n"
	    "data: {\"user_id\":\"7\",\"seq\":41,\"unread_count\":3}\nid: 41\n\n"
	    "event: unread_count\ndata: {\"unread_count\":3,\"seq\":41}\n\n");
	stop_stream(&stream);
}

static void
a_stream_begins_with_a_time_of_its_own_to_come_back_after(void **state)
{
	const struct client_opening opening = { .user_id = "7", .seq = 41, .unread_count = 3 };
	const size_t header = answer_stream_header().len;
	struct stream stream;
	unsigned retry_ms, told_ms, shortest_ms = 5000, longest_ms = 0;

	(void)state;
	rules.retry_ms = 5000;
	for (int i = 0; i < 8; i++) {
		start(&stream, &opening);
		wire_read(&stream.wire, base);
		assert_int_equal(sscanf(stream.wire.content + header,
				     "retry: %u\n\nevent: connected\ndata: {\"user_id\":\"7\","
				     "\"seq\":41,\"unread_count\":3,\"retry_ms\":%u}\nid: 41\n\n",
				     &retry_ms, &told_ms),
		    2);
		assert_int_in_range(retry_ms, 1000, 5000);
		assert_int_equal(told_ms, retry_ms);
		shortest_ms = retry_ms < shortest_ms ? retry_ms : shortest_ms;
		longest_ms = retry_ms > longest_ms ? retry_ms : longest_ms;
		stop_stream(&stream);
	}
	assert_true(shortest_ms < longest_ms);
	rules.retry_ms = 0;
}

static void
a_stream_that_resumes_keeps_its_own_number_until_events_come(void **state)
{
	const struct client_opening opening = {
		.user_id = "7", .seq = 41, .unread_count = 3, .resumes = true, .after = 38
	};
	struct stream stream;

	(void)state;
	start(&stream, &opening);
	wire_read(&stream.wire, base);
	assert_content(&stream,
	    "event: connected\ndata: {\"user_id\":\"7\",\"seq\":41,\"unread_count\":3}\n\n");
	assert_int_equal(stream.client->person.seq, 38);
	wire_forget(&stream.wire);
	send_page(&stream, 39, 3, 3, 0);
	wire_read(&stream.wire, base);
	assert_string_equal(pages_read(stream.wire.content), "39 40 41");
	assert_non_null(strstr(stream.wire.content, "event: unread_count\n"));
	stop_stream(&stream);
}

static void
a_stream_that_missed_nothing_is_told_the_count_at_once(void **state)
{
	const struct client_opening opening = {
		.user_id = "7", .seq = 41, .unread_count = 3, .resumes = true, .after = 41
	};
	struct stream stream;

	(void)state;
	start(&stream, &opening);
	wire_read(&stream.wire, base);
	assert_content(&stream,
	    "event: connected\ndata: {\"user_id\":\"7\",\"seq\":41,\"unread_count\":3}\n\n"
	    "event: unread_count\ndata: {\"unread_count\":3,\"seq\":41}\n\n");
	stop_stream(&stream);
}

static void
a_stream_that_cannot_resume_is_reset_and_goes_on_from_now(void **state)
{
	const struct client_opening opening = {
		.user_id = "7", .seq = 41, .unread_count = 3, .after = 7, .reset_reason = "trimmed"
	};
	struct stream stream;

	(void)state;
	start(&stream, &opening);
	wire_read(&stream.wire, base);
	assert_content(&stream,
	    "event: connected\n"
	    "data: {\"user_id\":\"7\",\"seq\":41,\"unread_count\":3}\n\n"
	    "event: reset\n"
	    "data: {\"reason\":\"trimmed\",\"seq\":41,\"unread_count\":3}\nid: 41\n\n"
	    "event: unread_count\ndata: {\"unread_count\":3,\"seq\":41}\n\n");
	assert_int_equal(stream.client->person.seq, 41);
	assert_int_equal(metrics.resets, 1);
	stop_stream(&stream);
}

static void
a_stream_is_given_what_it_has_not_had_of_a_page(void **state)
{
	static const struct {
		int64_t seq;
		const char *rest;
	} cases[] = { { 9, "10 11 12" }, { 10, "11 12" }, { 11, "12" }, { 12, "" }, { 13, "" } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct stream stream;

		start_live(&stream, cases[i].seq);
		send_page(&stream, 10, 3, 4, 0);
		wire_read(&stream.wire, base);
		assert_string_equal(pages_read(stream.wire.content), cases[i].rest);
		assert_int_equal(stream.client->person.seq, cases[i].seq > 12 ? cases[i].seq : 12);
		assert_int_equal(
		    metrics.events_delivered, cases[i].seq > 12 ? 0 : 12 - cases[i].seq);
		stop_stream(&stream);
	}
}

static void
a_page_that_does_not_reach_the_stream_is_passed_over(void **state)
{
	struct stream stream;

	(void)state;
	start_live(&stream, 8);
	send_page(&stream, 10, 3, 4, 0); /* 9 is not in it */
	wire_read(&stream.wire, base);
	assert_string_equal(stream.wire.content, "");
	assert_int_equal(stream.client->person.seq, 8);
	stop_stream(&stream);
}

static void
the_count_is_left_off_when_it_is_the_same(void **state)
{
	struct stream stream;

	(void)state;
	start_live(&stream, 9); /* with 3 unread */
	send_page(&stream, 10, 1, 3, 0);
	wire_read(&stream.wire, base);
	assert_string_equal(stream.wire.content, "event: e\ndata: 10\nid: 10\n\n");
	wire_forget(&stream.wire);
	send_page(&stream, 11, 1, 4, 0);
	wire_read(&stream.wire, base);
	assert_string_equal(stream.wire.content,
	    "event: e\ndata: 11\nid: 11\n\n"
	    "event: unread_count\ndata: {\"unread_count\":4,\"seq\":11}\n\n");
	wire_forget(&stream.wire);
	send_page(&stream, 12, 1, 4, 0);
	wire_read(&stream.wire, base);
	assert_string_equal(stream.wire.content, "event: e\ndata: 12\nid: 12\n\n");
	stop_stream(&stream);
}

/* However long a replay or a burst, no more than one page waits in this program. */
static void
a_stream_gets_the_next_page_when_it_has_taken_the_last(void **state)
{
	struct stream stream;

	(void)state;
	start_behind(&stream, 0, 1000);
	send_page(&stream, 1, PAGE_EVENTS_MAX, 3, 8000); /* 512 KB */
	assert_int_equal(closed, 0);
	assert_true(peer_backlog(stream.wire.peer) > 0);
	assert_false(client_wants_events(stream.client));
	send_page(&stream, PAGE_EVENTS_MAX + 1, PAGE_EVENTS_MAX, 3, 8000);
	assert_int_equal(stream.client->person.seq, PAGE_EVENTS_MAX);
	assert_int_equal(drained, 0);
	wire_read(&stream.wire, base);
	assert_int_equal(drained, 1);
	assert_true(client_wants_events(stream.client));
	send_page(&stream, PAGE_EVENTS_MAX + 1, 1, 3, 0);
	wire_read(&stream.wire, base);
	assert_int_equal(atoi(strrchr(pages_read(stream.wire.content), ' ')), PAGE_EVENTS_MAX + 1);
	assert_int_equal(closed + (drained - 1), 0);
	stop_stream(&stream);
}

static void
a_reset_moves_the_stream_to_its_number(void **state)
{
	struct stream stream;

	(void)state;
	start_behind(&stream, 5, 41);
	client_send_reset(&stream.client->person, span_of("{}"), 30, 2);
	wire_read(&stream.wire, base);
	assert_string_equal(stream.wire.content,
	    "event: reset\ndata: {}\nid: 30\n\n"
	    "event: unread_count\ndata: {\"unread_count\":2,\"seq\":30}\n\n");
	wire_forget(&stream.wire);
	send_page(&stream, 31, 1, 2, 0);
	wire_read(&stream.wire, base);
	assert_string_equal(stream.wire.content, "event: e\ndata: 31\nid: 31\n\n");
	stop_stream(&stream);
}

static void
all_bytes_are_counted(void **state)
{
	struct stream stream;
	size_t before;

	(void)state;
	start_live(&stream, 0);
	before = metrics.bytes_sent;
	assert_true(before > 0);
	send_page(&stream, 1, 1, 3, 100);
	wire_read(&stream.wire, base);
	assert_int_equal(metrics.bytes_sent - before,
	    stream.wire.length + FASTCGI_HEADER_BYTES * stream.wire.records);
	stop_stream(&stream);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_stream_is_told_where_it_stands),
		cmocka_unit_test(a_stream_begins_with_a_time_of_its_own_to_come_back_after),
		cmocka_unit_test(a_stream_that_resumes_keeps_its_own_number_until_events_come),
		cmocka_unit_test(a_stream_that_missed_nothing_is_told_the_count_at_once),
		cmocka_unit_test(a_stream_that_cannot_resume_is_reset_and_goes_on_from_now),
		cmocka_unit_test(a_stream_is_given_what_it_has_not_had_of_a_page),
		cmocka_unit_test(a_page_that_does_not_reach_the_stream_is_passed_over),
		cmocka_unit_test(the_count_is_left_off_when_it_is_the_same),
		cmocka_unit_test(a_stream_gets_the_next_page_when_it_has_taken_the_last),
		cmocka_unit_test(a_reset_moves_the_stream_to_its_number),
		cmocka_unit_test(all_bytes_are_counted),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
