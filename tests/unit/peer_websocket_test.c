/* A peer that is a WebSocket: what it reads and when, how it ends, whom it gives up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
// cmocka wants the headers above it
#include <cmocka.h>

#include "cgi/stream/wire/websocket_peer.h"
#include "tests/unit/loop_scene.h"

struct scene {
	struct peer *peer;
	int far;
	char said[256]; /* messages, each with a line end */
	unsigned gone, closings;
	uint16_t code;
	bool is_fault;
	unsigned pause_after; /* messages; 0: never */
	unsigned messages;
};

static void
on_gone(void *argument)
{
	struct scene *scene = argument;

	scene->gone++;
	peer_close(scene->peer);
	scene->peer = NULL;
}

static void
on_message(void *argument, struct span text)
{
	struct scene *scene = argument;
	size_t length = strlen(scene->said);

	snprintf(
	    scene->said + length, sizeof(scene->said) - length, "%.*s\n", (int)text.len, text.at);
	if (++scene->messages == scene->pause_after)
		peer_pause(scene->peer);
}

static void
on_closing(void *argument, uint16_t code, bool is_fault)
{
	struct scene *scene = argument;

	scene->closings++;
	scene->code = code;
	scene->is_fault = is_fault;
	peer_finish(scene->peer, code);
	scene->peer = NULL;
}

static const struct peer_events scene_events = {
	.on_gone = on_gone, .on_message = on_message, .on_closing = on_closing
};

static void
start(struct scene *scene)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	*scene = (struct scene){ .far = ends[1] };
	scene->peer = peer_create(base, ends[0], FRAME_MESSAGES);
	assert_int_equal(
	    peer_set_handshake(scene->peer, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", span_of("")), PEER_OK);
	peer_set_owner(scene->peer, &scene_events, scene);
}

static void
open_socket(struct scene *scene)
{
	struct frame_builder builder = { .form = FRAME_MESSAGES };
	struct frame *frame;
	char head[512];

	peer_open(scene->peer, &builder);
	frame = frame_finish(&builder);
	assert_int_equal(peer_send(scene->peer, frame, 0, frame->length), PEER_OK);
	frame_release(frame);
	assert_true(read(scene->far, head, sizeof(head)) > 0);
	assert_non_null(strstr(head, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"));
}

/* A frame of a client, with a mask of zeroes. */
static void
say(struct scene *scene, uint8_t first, const char *content)
{
	char frame[128];
	int length = snprintf(frame, sizeof(frame), "%c%c%c%c%c%c%s", first,
	    (int)(0x80 | strlen(content)), 0, 0, 0, 0, content);

	assert_int_equal(write(scene->far, frame, (size_t)length), length);
}

static void
assert_read(struct scene *scene, const char *expected, size_t length)
{
	char got[128];

	assert_int_equal(read(scene->far, got, sizeof(got)), length);
	assert_memory_equal(got, expected, length);
}

static void
finish(struct scene *scene)
{
	peer_close(scene->peer);
	close(scene->far);
	wire_turn(base);
	deferred_free_now();
}

static void
messages_are_told_and_a_ping_is_answered(void **state)
{
	struct scene scene;

	(void)state;
	start(&scene);
	open_socket(&scene);
	say(&scene, 0x81, "one");
	say(&scene, 0x89, "hi");
	say(&scene, 0x81, "two");
	wire_turn(base);
	assert_string_equal(scene.said, "one\ntwo\n");
	assert_read(&scene, "\x8a\x02hi", 4);
	finish(&scene);
}

static void
what_is_said_while_it_is_paused_waits_in_the_socket(void **state)
{
	struct scene scene;

	(void)state;
	start(&scene);
	scene.pause_after = 2;
	open_socket(&scene);
	say(&scene, 0x81, "one");
	say(&scene, 0x81, "two");
	say(&scene, 0x81, "three");
	say(&scene, 0x81, "four");
	wire_turn(base);
	wire_turn(base);
	assert_string_equal(scene.said, "one\ntwo\n");
	peer_resume(scene.peer);
	wire_turn(base);
	assert_string_equal(scene.said, "one\ntwo\nthree\nfour\n");
	finish(&scene);
}

static void
what_comes_before_it_is_open_ends_it(void **state)
{
	struct scene scene;

	(void)state;
	start(&scene);
	say(&scene, 0x81, "early");
	wire_turn(base);
	assert_int_equal(scene.gone, 1);
	assert_string_equal(scene.said, "");
	finish(&scene);
}

static void
a_close_is_answered_with_its_code_and_the_connection_closed(void **state)
{
	struct scene scene;

	(void)state;
	start(&scene);
	open_socket(&scene);
	say(&scene, 0x88, "\x03\xe9");
	wire_turn(base);
	assert_int_equal(scene.closings, 1);
	assert_int_equal(scene.code, 1001);
	assert_false(scene.is_fault);
	assert_read(&scene, "\x88\x02\x03\xe9", 4);
	assert_read(&scene, "", 0);
	finish(&scene);
}

/* The connection stays open, for the client has yet to take what it was sent. */
static void
what_comes_behind_a_close_is_passed_over(void **state)
{
	static const char start_of_it[] = "\x88\x82\0\0\0\0\x03\xe8"
					  "\x81\x84\0\0\0\0more";
	struct frame_builder builder = { .form = FRAME_MESSAGES };
	static char long_text[1 << 20], said[WEBSOCKET_PEER_READ_BYTES];
	struct frame *frame;
	struct scene scene;

	(void)state;
	start(&scene);
	open_socket(&scene);
	frame_add_content(&builder, (struct span){ long_text, sizeof(long_text) });
	frame = frame_finish(&builder);
	assert_int_equal(peer_send(scene.peer, frame, 0, frame->length), PEER_OK);
	frame_release(frame);
	memcpy(said, start_of_it, sizeof(start_of_it) - 1);
	assert_int_equal(write(scene.far, said, sizeof(said)), sizeof(said));
	wire_turn(base);
	assert_int_equal(scene.closings, 1);
	assert_int_equal(scene.code, 1000);
	assert_string_equal(scene.said, "");
	assert_int_equal(peer_count(), 1);
	close(scene.far);
	wire_turn(base);
	assert_int_equal(peer_count(), 0);
	scene.far = dup(0);
	finish(&scene);
}

/* It would be reset before it has read why, were the connection closed at once. */
static void
after_a_fault_it_is_waited_for_until_it_leaves(void **state)
{
	struct scene scene;
	char got[8];

	(void)state;
	start(&scene);
	open_socket(&scene);
	say(&scene, 0x83, "");
	say(&scene, 0x81, "more");
	wire_turn(base);
	assert_int_equal(scene.code, WEBSOCKET_PROTOCOL_ERROR);
	assert_true(scene.is_fault);
	say(&scene, 0x81, "and more");
	wire_turn(base);
	assert_read(&scene, "\x88\x02\x03\xea", 4);
	assert_int_equal(read(scene.far, got, sizeof(got)), -1);
	assert_int_equal(peer_count(), 1);
	close(scene.far);
	wire_turn(base);
	assert_int_equal(peer_count(), 0);
	assert_string_equal(scene.said, "");
	scene.far = dup(0);
	finish(&scene);
}

static void
one_that_is_finished_waits_until_its_client_closes(void **state)
{
	struct scene scene;

	(void)state;
	start(&scene);
	open_socket(&scene);
	peer_finish(scene.peer, WEBSOCKET_SESSION_ENDED);
	scene.peer = NULL;
	assert_read(&scene, "\x88\x02\x11\x31", 4);
	say(&scene, 0x81, "still here");
	wire_turn(base);
	assert_int_equal(peer_count(), 1);
	say(&scene, 0x88, "\x11\x31");
	wire_turn(base);
	assert_int_equal(peer_count(), 0);
	assert_read(&scene, "", 0);
	finish(&scene);
}

static void
one_that_is_not_heard_for_its_heartbeats_is_silent(void **state)
{
	struct scene scene;

	(void)state;
	start(&scene);
	open_socket(&scene);
	for (int i = 0; i < PEER_BEATS_UNANSWERED_MAX; i++)
		assert_false(peer_is_silent(scene.peer));
	say(&scene, 0x8a, "");
	wire_turn(base);
	for (int i = 0; i < PEER_BEATS_UNANSWERED_MAX; i++)
		assert_false(peer_is_silent(scene.peer));
	assert_true(peer_is_silent(scene.peer));
	finish(&scene);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    messages_are_told_and_a_ping_is_answered, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    what_is_said_while_it_is_paused_waits_in_the_socket, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    what_comes_before_it_is_open_ends_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_close_is_answered_with_its_code_and_the_connection_closed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    after_a_fault_it_is_waited_for_until_it_leaves, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    what_comes_behind_a_close_is_passed_over, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    one_that_is_finished_waits_until_its_client_closes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    one_that_is_not_heard_for_its_heartbeats_is_silent, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
