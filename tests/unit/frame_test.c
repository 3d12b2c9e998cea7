/* Frames: golden bytes, cutting at the longest record, references. */
#include "cgi/stream/events/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
// cmocka wants the four headers above it
#include <cmocka.h>

#include "cgi/stream/events/sse.h"
#include "tests/unit/frames.h"

static void
an_event_is_one_record(void **state)
{
	static const uint8_t golden[] = "\1\6\0\1\0\x20\0\0";
	struct frame_builder builder = { 0 };
	struct frame *frame;

	(void)state;
	frame_add_event(&builder, 7, "x", span_of("{}\n"));
	frame = frame_finish(&builder);
	assert_int_equal(frame->length, 8 + 6 + 9 + 9 + 7 + 1);
	assert_int_equal(frame->bytes[5], frame->length - 8);
	assert_memory_equal(frame->bytes, golden, 5);
	assert_memory_equal(
	    frame->bytes + 8, "event: x\ndata: {}\ndata: \nid: 7\n\n", frame->length - 8);
	frame_release(frame);
}

static void
a_retry_field_is_one_record(void **state)
{
	static const uint8_t golden[] = "\1\6\0\1\0\x0d\0\0retry: 1500\n\n";
	struct frame_builder builder = { 0 };
	struct frame *frame;

	(void)state;
	frame_add_retry(&builder, 1500);
	frame = frame_finish(&builder);
	assert_int_equal(frame->length, sizeof(golden) - 1);
	assert_memory_equal(frame->bytes, golden, sizeof(golden) - 1);
	frame_release(frame);
}

static void
the_end_is_an_empty_record_and_end_request(void **state)
{
	static const uint8_t golden[24] = { 1, 6, 0, 1, 0, 0, 0, 0, 1, 3, 0, 1, 0, 8 };
	struct frame_builder builder = { 0 };
	struct frame *frame;

	(void)state;
	frame_add_end(&builder);
	frame = frame_finish(&builder);
	assert_int_equal(frame->length, sizeof(golden));
	assert_memory_equal(frame->bytes, golden, sizeof(golden));
	frame_release(frame);
}

static void
an_empty_builder_gives_an_empty_frame(void **state)
{
	struct frame_builder builder = { 0 };
	struct frame *frame;

	(void)state;
	assert_int_equal(frame_position(&builder), 0);
	frame_add_content(&builder, span_of(""));
	frame = frame_finish(&builder);
	assert_int_equal(frame->length, 0);
	assert_int_equal(frame->references, 1);
	frame_release(frame);
}

static void
content_is_cut_where_a_record_is_full(void **state)
{
	static const struct {
		size_t length, records;
	} cuts[] = {
		{ 1, 1 },
		{ FASTCGI_CONTENT_MAX - 1, 1 },
		{ FASTCGI_CONTENT_MAX, 1 },
		{ FASTCGI_CONTENT_MAX + 1, 2 },
		{ 2 * FASTCGI_CONTENT_MAX, 2 },
		{ 2 * FASTCGI_CONTENT_MAX + 1, 3 },
		{ 100000, 7 },
	};
	static char content[100000];

	(void)state;
	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		struct frame *frame = frame_of(FRAME_RECORDS, cuts[i].length);
		size_t records;

		assert_int_equal(frame_read(frame, 1, content, &records), cuts[i].length);
		assert_int_equal(records, cuts[i].records);
		for (size_t j = 0; j < cuts[i].length; j++)
			assert_int_equal(content[j], (char)('a' + j % 26));
		frame_release(frame);
	}
}

static void
an_event_longer_than_a_record_is_cut_and_stays_the_same_event(void **state)
{
	static char data[40000], content[50000], expected[50000];

	(void)state;
	memset(data, 'd', sizeof(data));
	/* "data: " and two line ends are 8 bytes more */
	for (size_t length = FASTCGI_CONTENT_MAX - 10; length < FASTCGI_CONTENT_MAX - 5; length++) {
		struct span whole = { data, length };
		struct frame_builder builder = { 0 };
		struct frame *frame;
		size_t records, framed;

		frame_add_event(&builder, SSE_NO_ID, NULL, whole);
		frame = frame_finish(&builder);
		framed = sse_format_event(expected, sizeof(expected), SSE_NO_ID, NULL, whole);
		assert_int_equal(frame_read(frame, 1, content, &records), framed);
		assert_memory_equal(content, expected, framed);
		assert_int_equal(records, framed > FASTCGI_CONTENT_MAX ? 2 : 1);
		frame_release(frame);
	}
}

static void
events_share_records_but_where_one_is_begun(void **state)
{
	struct frame_builder builder = { 0 };
	struct frame *frame;
	size_t starts[50], records;
	char content[5000];

	(void)state;
	for (int i = 0; i < 50; i++) {
		if (i % 5 == 0)
			frame_begin_record(&builder);
		starts[i] = frame_position(&builder);
		frame_add_event(&builder, i, "x", span_of("{\"some\":\"data\"}"));
	}
	frame = frame_finish(&builder);
	assert_int_equal(starts[0], 0);
	for (int i = 0; i < 50; i++) {
		size_t header = i % 5 == 0 ? 8 : 0;

		if (i % 5 == 0)
			assert_memory_equal(frame->bytes + starts[i], "\1\6\0\1\0", 5);
		assert_memory_equal(frame->bytes + starts[i] + header, "event: x\n", 9);
		assert_int_equal(
		    atoi(strstr((char *)frame->bytes + starts[i] + header, "id: ") + 4), i);
	}
	assert_int_equal(frame_read(frame, 1, content, &records), frame->length - 10 * 8);
	assert_int_equal(records, 10);
	frame_release(frame);
}

static void
a_plain_frame_is_bare_content(void **state)
{
	struct frame_builder builder = { .form = FRAME_BARE };
	static const char expected[] =
	    "Status: 200 OK\n\nevent: x\ndata: {}\nid: 7\n\nretry: 5\n\n";
	struct frame *frame;

	(void)state;
	frame_add_content(&builder, span_of("Status: 200 OK\n\n"));
	frame_add_event(&builder, 7, "x", span_of("{}"));
	frame_add_retry(&builder, 5);
	frame_add_end(&builder);
	frame = frame_finish(&builder);
	assert_int_equal(frame->length, sizeof(expected) - 1);
	assert_memory_equal(frame->bytes, expected, sizeof(expected) - 1);
	frame_release(frame);
	frame = frame_of(FRAME_BARE, 100000);
	assert_int_equal(frame->length, 100000);
	frame_release(frame);
}

/* The head of the answer, events, the two control frames that a server sends of itself, a pong. */
static void
a_frame_of_messages_has_events_as_json_texts(void **state)
{
	static const char expected[] = "HTTP/1.1 101\r\n\r\n"
				       "\x81\x1e{\"event\":\"x\",\"id\":7,\"data\":{}}"
				       "\x81\x1a{\"event\":\"y\",\"data\":\"\xe2\x82\xac\"}"
				       "\x81\x24{\"event\":\"retry\",\"data\":{\"ms\":1500}}"
				       "\x89\x00\x8a\x02hi\x88\x02\x11\x31";
	struct frame_builder builder = { .form = FRAME_MESSAGES };
	struct frame *frame;

	(void)state;
	frame_add_content(&builder, span_of("HTTP/1.1 101\r\n\r\n"));
	frame_begin_record(&builder);
	frame_add_event(&builder, 7, "x", span_of("{}"));
	frame_add_event(&builder, SSE_NO_ID, "y", span_of("\"\xe2\x82\xac\""));
	frame_add_retry(&builder, 1500);
	frame_add_control(&builder, WEBSOCKET_PING, span_of(""));
	frame_add_control(&builder, WEBSOCKET_PONG, span_of("hi"));
	frame_add_end(&builder);
	frame_add_close(&builder, WEBSOCKET_SESSION_ENDED);
	frame = frame_finish(&builder);
	assert_int_equal(builder.form, FRAME_MESSAGES);
	assert_int_equal(frame->length, sizeof(expected) - 1);
	assert_memory_equal(frame->bytes, expected, sizeof(expected) - 1);
	frame_release(frame);
}

static void
a_long_message_says_its_length_in_more_bytes(void **state)
{
	static const size_t lengths[] = { 125, 126, 65535, 65536, 1000000 };
	const size_t around = strlen("{\"event\":\"x\",\"data\":}");

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct frame_builder builder = { .form = FRAME_MESSAGES };
		size_t data_length = lengths[i] - around;
		uint8_t header[WEBSOCKET_HEADER_MAX];
		size_t header_length = websocket_encode_header(header, WEBSOCKET_TEXT, lengths[i]);
		char *data = malloc(data_length);
		struct frame *frame;

		assert_non_null(data);
		memset(data, '1', data_length);
		frame_add_event(&builder, SSE_NO_ID, "x", (struct span){ data, data_length });
		frame = frame_finish(&builder);
		assert_int_equal(frame->length, header_length + lengths[i]);
		assert_memory_equal(frame->bytes, header, header_length);
		assert_int_equal(frame->bytes[frame->length - 1], '}');
		frame_release(frame);
		free(data);
	}
}

static void
a_frame_lives_until_its_last_reference_goes(void **state)
{
	struct frame *frame = frame_of(FRAME_RECORDS, 3);

	(void)state;
	assert_int_equal(frame->references, 1);
	assert_ptr_equal(frame_hold(frame), frame);
	assert_int_equal(frame->references, 2);
	frame_release(frame);
	assert_int_equal(frame->references, 1);
	frame_release(frame);
	frame_release(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_is_one_record),
		cmocka_unit_test(a_retry_field_is_one_record),
		cmocka_unit_test(the_end_is_an_empty_record_and_end_request),
		cmocka_unit_test(an_empty_builder_gives_an_empty_frame),
		cmocka_unit_test(content_is_cut_where_a_record_is_full),
		cmocka_unit_test(an_event_longer_than_a_record_is_cut_and_stays_the_same_event),
		cmocka_unit_test(events_share_records_but_where_one_is_begun),
		cmocka_unit_test(a_plain_frame_is_bare_content),
		cmocka_unit_test(a_frame_of_messages_has_events_as_json_texts),
		cmocka_unit_test(a_long_message_says_its_length_in_more_bytes),
		cmocka_unit_test(a_frame_lives_until_its_last_reference_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
