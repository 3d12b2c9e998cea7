/* Heartbeats, and when and how a stream is ended. */
#include "tests/unit/client_scene.h"

static void
a_heartbeat_is_made_once_for_streams_that_stand_alike(void **state)
{
	struct beat beat = { .seq = 0 };
	struct stream stream;
	struct frame *first;

	(void)state;
	start_live(&stream, 41);
	client_send_heartbeat(stream.client, &beat);
	first = beat.frames[FRAME_RECORDS];
	assert_int_equal(beat.seq, 41);
	client_send_heartbeat(stream.client, &beat);
	assert_ptr_equal(beat.frames[FRAME_RECORDS], first);
	send_page(&stream, 42, 1, 4, 0);
	client_send_heartbeat(stream.client, &beat);
	assert_int_equal(beat.seq, 42);
	assert_int_equal(beat.unread_count, 4);
	wire_read(&stream.wire, base);
	assert_non_null(strstr(stream.wire.content, "\"seq\":42,\"unread_count\":4}"));
	assert_int_equal(metrics.heartbeats, 3);
	beat_clear(&beat);
	stop_stream(&stream);
}

static void
a_stream_that_took_nothing_for_a_whole_interval_is_ended(void **state)
{
	struct beat beat = { .seq = 0 };
	struct stream stream;

	(void)state;
	start_behind(&stream, 0, 1000);
	send_page(&stream, 1, PAGE_EVENTS_MAX, 3, 8000);
	client_send_heartbeat(stream.client, &beat); /* some was taken since the last one */
	assert_int_equal(closed, 0);
	wire_read_some(&stream.wire, 100000);
	wire_turn(base);
	client_send_heartbeat(stream.client, &beat);
	assert_int_equal(closed, 0);
	client_send_heartbeat(stream.client, &beat);
	assert_int_equal(closed, 1);
	assert_int_equal(closed_reason, CLOSE_SLOW);
	assert_null(beat.frames[FRAME_RECORDS]); /* what waits is sign of life enough */
	stop_stream(&stream);
}

/* Only heartbeats have an interval for it to take something in. */
static void
a_sounding_ends_no_stream_however_slow(void **state)
{
	struct beat beat = { .seq = 0 };
	struct stream stream;

	(void)state;
	start_behind(&stream, 0, 1000);
	send_page(&stream, 1, PAGE_EVENTS_MAX, 3, 8000);
	for (int i = 0; i < 5; i++)
		client_sound(stream.client, &beat);
	assert_null(beat.frames[FRAME_RECORDS]);
	client_send_heartbeat(stream.client, &beat);
	assert_int_equal(closed, 0);
	wire_read(&stream.wire, base);
	client_sound(stream.client, &beat);
	wire_read(&stream.wire, base);
	assert_non_null(strstr(stream.wire.content, "event: heartbeat\n"));
	beat_clear(&beat);
	stop_stream(&stream);
}

static void
an_idle_stream_is_not_stalled(void **state)
{
	struct stream stream;

	(void)state;
	start_live(&stream, 0);
	for (int i = 0; i < 5; i++) {
		struct beat beat = { .seq = 0 };

		client_send_heartbeat(stream.client, &beat);
		assert_int_equal(beat.frames[FRAME_RECORDS]->references, 1);
		beat_clear(&beat);
	}
	assert_int_equal(closed, 0);
	stop_stream(&stream);
}

static void
a_stream_whose_web_server_left_is_closed_at_the_next_write(void **state)
{
	struct stream stream;

	(void)state;
	start_live(&stream, 0);
	wire_hang_up(&stream.wire);
	send_page(&stream, 1, 1, 3, 0);
	assert_int_equal(closed, 1);
	assert_int_equal(closed_reason, CLOSE_CLIENT_LEFT);
	stop_stream(&stream);
}

static void
a_stream_whose_web_server_left_is_closed_without_a_write_too(void **state)
{
	struct stream stream;

	(void)state;
	start_live(&stream, 0);
	wire_hang_up(&stream.wire);
	wire_turn(base);
	assert_int_equal(closed, 1);
	assert_int_equal(closed_reason, CLOSE_CLIENT_LEFT);
	stop_stream(&stream);
}

static void
the_first_reason_to_close_counts_and_closing_twice_is_fine(void **state)
{
	struct stream stream;
	struct client *client;

	(void)state;
	start_live(&stream, 0);
	client = stream.client;
	client_close(client, CLOSE_SLOW);
	client_close(client, CLOSE_DRAINED);
	assert_int_equal(closed, 1);
	assert_int_equal(metrics.closed[CLOSE_SLOW], 1);
	assert_int_equal(metrics.closed[CLOSE_DRAINED], 0);
	assert_false(client_wants_events(client));
	stop_stream(&stream);
}

static void
add_last_word(struct frame_builder *builder, const void *about)
{
	frame_add_retry(builder, *(const unsigned *)about);
}

static void
a_stream_ends_with_a_last_word_behind_what_it_was_given(void **state)
{
	const unsigned retry_ms = 500;
	struct notice last = { add_last_word, &retry_ms, { NULL } };
	struct stream stream;

	(void)state;
	start_behind(&stream, 0, 1000);
	send_page(&stream, 1, PAGE_EVENTS_MAX, 3, 8000);
	client_end(stream.client, &last, CLOSE_SESSION_ENDED);
	assert_int_equal(closed, 1);
	assert_int_equal(closed_reason, CLOSE_SESSION_ENDED);
	wire_turn(base);
	wire_read(&stream.wire, base);
	assert_int_equal(atoi(strrchr(pages_read(stream.wire.content), ' ')), PAGE_EVENTS_MAX);
	assert_string_equal(stream.wire.content + stream.wire.length - 12, "retry: 500\n\n");
	assert_true(stream.wire.ended && stream.wire.closed);
	assert_int_equal(notice_frame(&last, FRAME_RECORDS)->references, 1);
	notice_clear(&last);
	stop_stream(&stream);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_heartbeat_is_made_once_for_streams_that_stand_alike),
		cmocka_unit_test(a_stream_that_took_nothing_for_a_whole_interval_is_ended),
		cmocka_unit_test(a_sounding_ends_no_stream_however_slow),
		cmocka_unit_test(an_idle_stream_is_not_stalled),
		cmocka_unit_test(a_stream_whose_web_server_left_is_closed_at_the_next_write),
		cmocka_unit_test(a_stream_whose_web_server_left_is_closed_without_a_write_too),
		cmocka_unit_test(the_first_reason_to_close_counts_and_closing_twice_is_fine),
		cmocka_unit_test(a_stream_ends_with_a_last_word_behind_what_it_was_given),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
