/* What goes over a peer: order, backlog, shared frames, input, and plain CGI. */
#include "cgi/stream/wire/outbox.h"
#include "tests/unit/in_range.h"
#include "tests/unit/peer_scene.h"

static void
what_the_socket_takes_is_sent_at_once_and_not_held(void **state)
{
	struct owner owner;
	struct frame *frame;
	struct wire wire;

	(void)state;
	open_owned(&wire, &owner, 1);
	frame = make_frame("hello");
	send_all(wire.peer, frame);
	assert_int_equal(peer_backlog(wire.peer), 0);
	assert_int_equal(frame->references, 1);
	wire_read_some(&wire, SIZE_MAX);
	assert_string_equal(wire.content, "hello");
	assert_int_equal(owner.drained, 0);
	frame_release(frame);
	peer_close(wire.peer);
	wire_close(&wire);
	deferred_free_now();
}

static void
a_full_socket_queues_and_drains_in_order(void **state)
{
	struct frame *frames[3] = { make_lines('a'), make_lines('b'), make_lines('c') };
	struct owner owner;
	struct wire wire;

	(void)state;
	open_owned(&wire, &owner, 1);
	for (int i = 0; i < 3; i++)
		send_all(wire.peer, frames[i]);
	assert_true(peer_backlog(wire.peer) > 2 * 1024 * 101);
	for (int i = 0; i < 3; i++)
		assert_int_equal(frames[i]->references, 2);
	wire_turn(base);
	assert_int_equal(owner.drained, 0);
	wire_read(&wire, base);
	assert_lines(&wire, "abc");
	assert_int_equal(peer_backlog(wire.peer), 0);
	assert_int_equal(owner.drained, 1);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(frames[i]->references, 1);
		frame_release(frames[i]);
	}
	peer_close(wire.peer);
	wire_close(&wire);
	deferred_free_now();
}

/* Room that the web server made is for what has waited. */
static void
nothing_overtakes_what_is_queued(void **state)
{
	struct frame *frames[2] = { make_lines('a'), make_lines('b') };
	struct owner owner;
	struct wire wire;

	(void)state;
	open_owned(&wire, &owner, 1);
	send_all(wire.peer, frames[0]);
	assert_true(wire_read_some(&wire, SIZE_MAX) > 0);
	send_all(wire.peer, frames[1]);
	wire_read(&wire, base);
	assert_lines(&wire, "ab");
	for (int i = 0; i < 2; i++)
		frame_release(frames[i]);
	peer_close(wire.peer);
	wire_close(&wire);
	deferred_free_now();
}

static void
the_backlog_counts_exactly_what_is_unsent(void **state)
{
	struct frame *frame = make_lines('a');
	struct owner owner;
	struct wire wire;
	size_t sent, backlog;

	(void)state;
	open_owned(&wire, &owner, 1);
	send_all(wire.peer, frame);
	sent = frame->length - peer_backlog(wire.peer);
	assert_int_in_range(sent, 1, 4 * OUTBOX_SEND_BUFFER_BYTES);
	assert_int_equal(wire_read_some(&wire, SIZE_MAX), sent);
	while ((backlog = peer_backlog(wire.peer)) > 0) {
		assert_int_equal(peer_backlog_of_all(), backlog);
		wire_turn(base);
		assert_int_equal(
		    wire_read_some(&wire, SIZE_MAX), backlog - peer_backlog(wire.peer));
	}
	assert_lines(&wire, "a");
	send_all(wire.peer, frame);
	assert_true(peer_backlog_of_all() > 0);
	frame_release(frame);
	peer_close(wire.peer); /* with what it has not taken */
	assert_int_equal(peer_backlog_of_all(), 0);
	wire_close(&wire);
	deferred_free_now();
}

static void
a_frame_that_many_slow_peers_want_exists_once(void **state)
{
	struct frame *frame = make_lines('a');
	struct owner owners[8];
	struct wire wires[8];

	(void)state;
	for (int i = 0; i < 8; i++) {
		open_owned(&wires[i], &owners[i], 1);
		send_all(wires[i].peer, frame);
	}
	assert_int_equal(frame->references, 9);
	for (int i = 0; i < 4; i++) {
		wire_read(&wires[i], base);
		assert_lines(&wires[i], "a");
	}
	assert_int_equal(frame->references, 5);
	for (int i = 0; i < 8; i++) {
		peer_close(wires[i].peer);
		wire_close(&wires[i]);
	}
	assert_int_equal(frame->references, 1);
	frame_release(frame);
	deferred_free_now();
}

static void
another_request_id_gets_a_copy_in_its_name(void **state)
{
	struct frame *frame = make_lines('a');
	struct owner owner;
	struct wire wire;

	(void)state;
	open_owned(&wire, &owner, 0x1234);
	send_all(wire.peer, frame);
	assert_true(peer_backlog(wire.peer) > 0);
	assert_int_equal(frame->references, 1);
	frame_release(frame);
	peer_finish(wire.peer, WEBSOCKET_NORMAL);
	wire_read(&wire, base);
	assert_lines(&wire, "a");
	assert_true(wire.ended && wire.closed);
	wire_close(&wire);
}

static void
a_part_of_a_frame_can_be_sent(void **state)
{
	struct frame_builder builder = { 0 };
	struct owner owner;
	struct frame *frame;
	struct wire wire;
	size_t from, to;

	(void)state;
	for (uint16_t id = 1; id <= 2; id++) {
		open_owned(&wire, &owner, id);
		frame_add_content(&builder, span_of("not this"));
		from = frame_position(&builder);
		frame_begin_record(&builder);
		frame_add_content(&builder, span_of("this"));
		to = frame_position(&builder);
		frame_begin_record(&builder);
		frame_add_content(&builder, span_of("nor that"));
		frame = frame_finish(&builder);
		assert_int_equal(peer_send(wire.peer, frame, from, to), PEER_OK);
		frame_release(frame);
		wire_read(&wire, base);
		assert_string_equal(wire.content, "this");
		peer_close(wire.peer);
		wire_close(&wire);
		deferred_free_now();
	}
}

static void
standard_input_is_passed_over(void **state)
{
	uint8_t record[8 + 1000] = { 1, 5, 0, 1, 1000 >> 8, 1000 & 255 };
	struct owner owner;
	struct wire wire;

	(void)state;
	open_owned(&wire, &owner, 1);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(write(wire.far, record, sizeof(record)), sizeof(record));
		wire_turn(base);
	}
	assert_int_equal(owner.gone + owner.bytes, 0);
	peer_close(wire.peer);
	wire_close(&wire);
	deferred_free_now();
}

static void
a_peer_is_stalled_when_nothing_moved_between_two_questions(void **state)
{
	struct frame *frame = make_lines('a');
	struct owner owner;
	struct wire wire;

	(void)state;
	open_owned(&wire, &owner, 1);
	assert_false(peer_is_stalled(wire.peer)); /* nothing waits */
	assert_false(peer_is_stalled(wire.peer));
	for (int i = 0; i < 3; i++)
		send_all(wire.peer, frame);
	assert_false(peer_is_stalled(wire.peer)); /* some of it was written since */
	assert_true(peer_is_stalled(wire.peer));
	wire_read_some(&wire, SIZE_MAX);
	wire_turn(base);
	assert_true(peer_backlog(wire.peer) > 0);
	assert_false(peer_is_stalled(wire.peer));
	assert_true(peer_is_stalled(wire.peer));
	wire_read(&wire, base);
	assert_false(peer_is_stalled(wire.peer));
	assert_false(peer_is_stalled(wire.peer));
	frame_release(frame);
	peer_close(wire.peer);
	wire_close(&wire);
	deferred_free_now();
}

/* A write that the socket does not take at all is no sign of life. */
static void
a_peer_that_took_nothing_of_what_was_tried_is_stalled(void **state)
{
	struct owner owner;
	struct frame *frame;
	struct wire wire;

	(void)state;
	open_owned(&wire, &owner, 1);
	frame = make_frame("a little");
	while (peer_backlog(wire.peer) == 0) {
		(void)peer_is_stalled(wire.peer);
		send_all(wire.peer, frame);
	}
	assert_int_equal(peer_backlog(wire.peer), frame->length);
	assert_true(peer_is_stalled(wire.peer));
	frame_release(frame);
	peer_close(wire.peer);
	wire_close(&wire);
	deferred_free_now();
}

static void
bytes_go_to_the_owner_until_the_request_is_known(void **state)
{
	const struct fastcgi_decoder start = { 0 };
	struct owner owner = { 0 };
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	owner.peer = peer_create(base, ends[0], FRAME_RECORDS);
	peer_set_owner(owner.peer, &events, &owner);
	assert_int_equal(write(ends[1], "0123456789", 10), 10);
	wire_turn(base);
	assert_int_equal(owner.bytes, 10);
	assert_int_equal(peer_set_request(owner.peer, &start, 1, span_of("")), PEER_OK);
	assert_int_equal(write(ends[1], "\1\5\0\1\0\0\0\0", 8), 8);
	wire_turn(base);
	assert_int_equal(owner.bytes, 10);
	assert_int_equal(owner.gone, 0);
	peer_close(owner.peer);
	close(ends[1]);
	deferred_free_now();
}

/* Plain CGI: standard output is a pipe, which has no records and takes 64 KB. */
static void
a_plain_peer_writes_bare_content_into_a_pipe(void **state)
{
	static char content[200000];
	size_t before = peer_count(), length = 0;
	struct owner owner = { 0 };
	struct frame *frame;
	ssize_t got;
	int ends[2];

	(void)state;
	frame = make_lines_of(FRAME_BARE, 'a');
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	owner.peer = peer_create(base, ends[1], FRAME_BARE);
	peer_set_owner(owner.peer, &events, &owner);
	send_all(owner.peer, frame);
	assert_true(peer_backlog(owner.peer) > 0);
	peer_finish(owner.peer, WEBSOCKET_NORMAL);
	do {
		wire_turn(base);
		got = read(ends[0], content + length, sizeof(content) - length);
		length += got > 0 ? (size_t)got : 0;
	} while (got > 0);
	assert_int_equal(got, 0);
	assert_int_equal(length, frame->length);
	assert_memory_equal(content, frame->bytes, length);
	assert_int_equal(peer_count(), before);
	assert_int_equal(frame->references, 1);
	frame_release(frame);
	close(ends[0]);
}

static void
a_plain_peer_sees_its_reader_leave(void **state)
{
	struct owner owner = { 0 };
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	owner.peer = peer_create(base, ends[1], FRAME_BARE);
	peer_set_owner(owner.peer, &events, &owner);
	wire_turn(base);
	assert_int_equal(owner.gone, 0);
	close(ends[0]);
	wire_turn(base);
	assert_int_equal(owner.gone, 1);
}

/* Apache's mod_cgid: standard output is a socket, whose other end says nothing more. */
static void
a_plain_peer_stays_when_the_web_server_has_sent_its_request(void **state)
{
	struct owner owner = { 0 };
	struct frame *frame;
	char got[16] = "";
	int ends[2];

	(void)state;
	frame = make_frame_of(FRAME_BARE, "event\n");
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	owner.peer = peer_create(base, ends[1], FRAME_BARE);
	peer_set_owner(owner.peer, &events, &owner);
	assert_int_equal(write(ends[0], "a body", 6), 6);
	assert_int_equal(shutdown(ends[0], SHUT_WR), 0);
	wire_turn(base);
	wire_turn(base);
	assert_int_equal(owner.gone, 0);
	send_all(owner.peer, frame);
	assert_int_equal(read(ends[0], got, sizeof(got)), 6);
	assert_string_equal(got, "event\n");
	close(ends[0]);
	wire_turn(base);
	assert_int_equal(owner.gone, 1);
	frame_release(frame);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_socket_takes_is_sent_at_once_and_not_held),
		cmocka_unit_test(a_full_socket_queues_and_drains_in_order),
		cmocka_unit_test(nothing_overtakes_what_is_queued),
		cmocka_unit_test(the_backlog_counts_exactly_what_is_unsent),
		cmocka_unit_test(a_frame_that_many_slow_peers_want_exists_once),
		cmocka_unit_test(another_request_id_gets_a_copy_in_its_name),
		cmocka_unit_test(a_part_of_a_frame_can_be_sent),
		cmocka_unit_test(standard_input_is_passed_over),
		cmocka_unit_test(a_peer_is_stalled_when_nothing_moved_between_two_questions),
		cmocka_unit_test(a_peer_that_took_nothing_of_what_was_tried_is_stalled),
		cmocka_unit_test(bytes_go_to_the_owner_until_the_request_is_known),
		cmocka_unit_test(a_plain_peer_writes_bare_content_into_a_pipe),
		cmocka_unit_test(a_plain_peer_sees_its_reader_leave),
		cmocka_unit_test(a_plain_peer_stays_when_the_web_server_has_sent_its_request),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
