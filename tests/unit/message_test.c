/* The program's own events, byte for byte as DESIGN's wire format draws them. */
#include "cgi/stream/events/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
// cmocka wants the four headers above it
#include <cmocka.h>

#include "cgi/stream/events/sse.h"
#include "tests/unit/in_range.h"

static char text[1024];
static const struct message_pace untold;

/* Frames are bare content here; the frame's own tests look at records. */
static const char *
finish(struct frame_builder *builder)
{
	struct frame *frame = frame_finish(builder);

	assert_true(frame->length < sizeof(text));
	memcpy(text, frame->bytes, frame->length);
	text[frame->length] = '\0';
	frame_release(frame);
	return text;
}

static void
connected_carries_the_current_number_as_its_id(void **state)
{
	struct frame_builder builder = { .form = FRAME_BARE };

	(void)state;
	message_add_connected(
	    &builder, 41, "7", &(struct message_state){ .seq = 41, .unread_count = 3 }, untold);
	assert_string_equal(finish(&builder),
	    "event: connected\n"
	    "data: {\"user_id\":\"7\",\"seq\":41,\"unread_count\":3}\nid: 41\n\n");
}

static void
connected_tells_a_stream_of_its_times(void **state)
{
	const struct message_pace pace = { .heartbeat_s = 30, .retry_ms = 1234 };
	struct frame_builder builder = { .form = FRAME_BARE };

	(void)state;
	message_add_connected(
	    &builder, 41, "7", &(struct message_state){ .seq = 41, .unread_count = 3 }, pace);
	assert_string_equal(finish(&builder),
	    "event: connected\ndata: {\"user_id\":\"7\",\"seq\":41,\"unread_count\":3,"
	    "\"heartbeat_s\":30,\"retry_ms\":1234}\nid: 41\n\n");
}

static void
closing_tells_when_to_come_back(void **state)
{
	struct frame_builder builder = { .form = FRAME_BARE };

	(void)state;
	message_add_closing(&builder, 1234);
	assert_string_equal(finish(&builder), "event: closing\ndata: {\"retry_ms\":1234}\n\n");
}

static void
connected_before_a_replay_has_no_id(void **state)
{
	struct frame_builder builder = { .form = FRAME_BARE };

	(void)state;
	message_add_connected(&builder, SSE_NO_ID, "7",
	    &(struct message_state){ .seq = 41, .unread_count = 3 }, untold);
	assert_string_equal(finish(&builder),
	    "event: connected\ndata: {\"user_id\":\"7\",\"seq\":41,\"unread_count\":3}\n\n");
}

static void
a_users_id_cannot_break_out_of_its_string(void **state)
{
	struct frame_builder builder = { .form = FRAME_BARE };

	(void)state;
	message_add_connected(&builder, 0,
	    "\"\\\n\nevent:", &(struct message_state){ .seq = 0, .unread_count = 0 }, untold);
	assert_string_equal(finish(&builder),
	    "event: connected\n"
	    "data: {\"user_id\":\"\\\"\\\\\\n\\nevent:\",\"seq\":0,\"unread_count\":0}\nid: 0\n\n");
}

static void
unread_count_has_no_id(void **state)
{
	struct frame_builder builder = { .form = FRAME_BARE };

	(void)state;
	message_add_unread_count(&builder, INT64_MAX, INT32_MAX);
	assert_string_equal(finish(&builder),
	    "event: unread_count\n"
	    "data: {\"unread_count\":2147483647,\"seq\":9223372036854775807}\n\n");
}

static void
reset_carries_the_number_to_go_on_from(void **state)
{
	struct frame_builder builder = { .form = FRAME_BARE };

	(void)state;
	message_add_reset(&builder, INT64_MAX, "trimmed", INT64_MAX, INT32_MIN);
	assert_string_equal(finish(&builder),
	    "event: reset\n"
	    "data: {\"reason\":\"trimmed\",\"seq\":9223372036854775807,"
	    "\"unread_count\":-2147483648}\n"
	    "id: 9223372036854775807\n\n");
}

static void
session_ended_says_why(void **state)
{
	struct frame_builder builder = { .form = FRAME_BARE };

	(void)state;
	message_add_session_ended(&builder, "signed_out");
	assert_string_equal(
	    finish(&builder), "event: session_ended\ndata: {\"reason\":\"signed_out\"}\n\n");
}

static void
heartbeat_tells_the_time_of_day(void **state)
{
	struct frame_builder builder = { .form = FRAME_BARE };
	int year, month, day, hour, minute, second, ms, end = 0;
	struct tm then = { 0 };

	(void)state;
	message_add_heartbeat(&builder, &(struct message_state){ .seq = 44, .unread_count = 3 });
	assert_int_equal(
	    sscanf(finish(&builder),
		"event: heartbeat\ndata: {\"time\":\"%4d-%2d-%2dT%2d:%2d:%2d.%3dZ\",\"seq\":44,"
		"\"unread_count\":3}\n\n%n",
		&year, &month, &day, &hour, &minute, &second, &ms, &end),
	    7);
	assert_int_equal(end, strlen(text));
	then = (struct tm){ .tm_year = year - 1900,
		.tm_mon = month - 1,
		.tm_mday = day,
		.tm_hour = hour,
		.tm_min = minute,
		.tm_sec = second };
	assert_int_in_range(
	    timegm(&then), time(NULL) - 60, time(NULL) + 1); /* time() may lag behind */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connected_carries_the_current_number_as_its_id),
		cmocka_unit_test(connected_tells_a_stream_of_its_times),
		cmocka_unit_test(closing_tells_when_to_come_back),
		cmocka_unit_test(connected_before_a_replay_has_no_id),
		cmocka_unit_test(a_users_id_cannot_break_out_of_its_string),
		cmocka_unit_test(unread_count_has_no_id),
		cmocka_unit_test(reset_carries_the_number_to_go_on_from),
		cmocka_unit_test(session_ended_says_why),
		cmocka_unit_test(heartbeat_tells_the_time_of_day),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
