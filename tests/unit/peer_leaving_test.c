/* Every way in which a peer ends. */
#include "tests/unit/clock.h"
#include "tests/unit/peer_scene.h"

static void
a_finished_peer_ends_its_response_and_closes(void **state)
{
	size_t before = peer_count();
	struct owner owner;
	struct wire wire;

	(void)state;
	open_owned(&wire, &owner, 1);
	assert_int_equal(peer_count(), before + 1);
	peer_finish(wire.peer, WEBSOCKET_NORMAL);
	assert_int_equal(peer_count(), before);
	wire_read(&wire, base);
	assert_true(wire.stdout_ended && wire.ended && wire.closed);
	assert_int_equal(owner.gone + owner.drained, 0);
	wire_close(&wire);
}

/* A web server that meets a closed socket while it sends throws the answer away. */
static void
a_finished_peer_hears_its_web_server_out(void **state)
{
	static const struct fastcgi_decoder start;
	uint8_t input[2 * FASTCGI_HEADER_BYTES + 8] = "";
	size_t before = peer_count();
	struct owner owner;
	struct wire wire;

	(void)state;
	fastcgi_encode_header(input, FASTCGI_STDIN, 1, 8);
	fastcgi_encode_header(input + FASTCGI_HEADER_BYTES + 8, FASTCGI_STDIN, 1, 0);
	open_owned(&wire, &owner, 1);
	assert_int_equal(peer_set_request(wire.peer, &start, 1, (struct span){ "", 0 }), PEER_OK);
	peer_finish(wire.peer, WEBSOCKET_NORMAL);
	wire_read(&wire, base);
	assert_true(wire.ended && wire.closed);
	for (size_t i = 0; i < sizeof(input); i++) {
		assert_int_equal(peer_count(), before + 1);
		assert_int_equal(write(wire.far, input + i, 1), 1);
		wire_turn(base);
	}
	assert_int_equal(peer_count(), before);
	assert_int_equal(owner.gone, 0);
	wire_close(&wire);
}

static void
a_finished_peer_closes_only_when_all_is_read(void **state)
{
	struct frame *frame = make_lines('a');
	size_t before = peer_count();
	struct owner owner;
	struct wire wire;

	(void)state;
	open_owned(&wire, &owner, 1);
	send_all(wire.peer, frame);
	peer_finish(wire.peer, WEBSOCKET_NORMAL);
	wire_turn(base);
	assert_int_equal(peer_count(), before + 1);
	wire_read(&wire, base);
	assert_lines(&wire, "a");
	assert_true(wire.ended && wire.closed);
	assert_int_equal(peer_count(), before);
	assert_int_equal(frame->references, 1);
	assert_int_equal(owner.gone + owner.drained, 0);
	frame_release(frame);
	wire_close(&wire);
}

static void
a_finished_peer_whose_web_server_leaves_is_closed(void **state)
{
	struct frame *frame = make_lines('a');
	size_t before = peer_count();
	struct owner owner;
	struct wire wire;

	(void)state;
	open_owned(&wire, &owner, 1);
	send_all(wire.peer, frame);
	peer_finish(wire.peer, WEBSOCKET_NORMAL);
	wire_hang_up(&wire);
	wire_turn(base);
	wire_turn(base);
	assert_int_equal(peer_count(), before);
	assert_int_equal(frame->references, 1);
	assert_int_equal(owner.gone, 0);
	frame_release(frame);
	wire_close(&wire);
}

static void
a_finished_peer_has_so_long_and_no_longer_however_it_reads(void **state)
{
	struct frame *frame = make_lines('a');
	size_t before = peer_count();
	struct owner owner;
	struct wire wire;

	(void)state;
	open_owned(&wire, &owner, 1);
	for (int i = 0; i < 9; i++)
		send_all(wire.peer, frame);
	peer_finish(wire.peer, WEBSOCKET_NORMAL);
	for (int i = 0; i < PEER_LINGER_S - 1; i++) {
		clock_skip(1);
		wire_turn(base);
		assert_int_equal(peer_count(), before + 1);
		wire_read_some(&wire, 40000);
	}
	clock_skip(2);
	wire_turn(base);
	wire_turn(base);
	assert_int_equal(peer_count(), before);
	assert_int_equal(frame->references, 1);
	frame_release(frame);
	wire_close(&wire);
}

static void
closing_twice_is_fine_and_nothing_at_all_too(void **state)
{
	struct frame *frame = make_lines('a');
	size_t before = peer_count();
	struct owner owner;
	struct wire wire;

	(void)state;
	open_owned(&wire, &owner, 1);
	send_all(wire.peer, frame);
	peer_close(wire.peer);
	peer_close(wire.peer);
	peer_close(NULL);
	assert_int_equal(peer_count(), before);
	assert_int_equal(frame->references, 1);
	wire_turn(base);
	assert_int_equal(owner.gone, 0);
	frame_release(frame);
	wire_close(&wire);
}

static void
the_owner_hears_that_the_web_server_left(void **state)
{
	struct owner owner;
	struct wire wire;

	(void)state;
	open_owned(&wire, &owner, 1);
	wire_hang_up(&wire);
	wire_turn(base);
	wire_turn(base);
	assert_int_equal(owner.gone, 1);
	wire_close(&wire);
}

static void
sending_to_a_web_server_that_left_says_so_and_nothing_more(void **state)
{
	struct frame *frame = make_lines('a');
	struct owner owner;
	struct wire wire;

	(void)state;
	open_owned(&wire, &owner, 1);
	wire_hang_up(&wire);
	assert_int_equal(peer_send(wire.peer, frame, 0, frame->length), PEER_BROKEN);
	assert_int_equal(owner.gone, 0);
	assert_int_equal(frame->references, 1);
	frame_release(frame);
	peer_close(wire.peer);
	wire_close(&wire);
	deferred_free_now();
}

static void
an_abort_is_heard_however_it_is_cut(void **state)
{
	/* some standard input, an abort of another request, one of this */
	static const uint8_t input[] = "\1\5\0\1\0\3\1\0abc\0"
				       "\1\2\0\2\0\0\0\0"
				       "\1\2\0\1\0\0\0";

	(void)state;
	for (size_t cut = 1; cut < sizeof(input); cut++) {
		struct owner owner;
		struct wire wire;

		open_owned(&wire, &owner, 1);
		assert_int_equal(write(wire.far, input, cut), cut);
		wire_turn(base);
		assert_int_equal(owner.gone, 0);
		assert_int_equal(
		    write(wire.far, input + cut, sizeof(input) - cut), sizeof(input) - cut);
		wire_turn(base);
		assert_int_equal(owner.gone, 1);
		wire_close(&wire);
	}
}

static void
nonsense_instead_of_records_ends_the_request(void **state)
{
	struct owner owner;
	struct wire wire;

	(void)state;
	open_owned(&wire, &owner, 1);
	assert_int_equal(write(wire.far, "GET / HTTP/1.1\r\n", 16), 16);
	wire_turn(base);
	assert_int_equal(owner.gone, 1);
	wire_close(&wire);
}

/* Records of size bytes each with their headers, two hundred kilobytes of them. */
static struct frame *
make_records(size_t size)
{
	static char content[FASTCGI_CONTENT_MAX];
	struct frame_builder builder = { 0 };

	while (frame_position(&builder) < 200000) {
		frame_begin_record(&builder);
		frame_add_content(&builder, (struct span){ content, size - FASTCGI_HEADER_BYTES });
	}
	return frame_finish(&builder);
}

/* As when the process is killed: what the socket took is all that the web server will get. */
static void
a_peer_that_is_cut_off_has_been_given_whole_records(void **state)
{
	const size_t most = FASTCGI_HEADER_BYTES + FASTCGI_CONTENT_MAX;

	(void)state;
	for (size_t i = 0; i < 200; i++) {
		struct frame *frame = make_records(i < 5 ? most - i : 100 + 77 * i);
		struct owner owner;
		struct wire wire;
		size_t taken = 0;

		open_owned(&wire, &owner, 1);
		send_all(wire.peer, frame);
		for (size_t round = 0; round < i % 3; round++) {
			taken += wire_read_some(&wire, 30000);
			wire_turn(base);
		}
		assert_true(peer_backlog(wire.peer) > 0);
		peer_close(wire.peer);
		taken += wire_read_some(&wire, SIZE_MAX);
		assert_true(wire.closed);
		assert_true(taken > 0 && taken < frame->length);
		assert_false(wire.decoder.in_record);
		assert_int_equal(wire.decoder.raw_length, 0);
		frame_release(frame);
		wire_close(&wire);
		deferred_free_now();
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_finished_peer_ends_its_response_and_closes),
		cmocka_unit_test(a_finished_peer_hears_its_web_server_out),
		cmocka_unit_test(a_finished_peer_closes_only_when_all_is_read),
		cmocka_unit_test(a_finished_peer_whose_web_server_leaves_is_closed),
		cmocka_unit_test(a_finished_peer_has_so_long_and_no_longer_however_it_reads),
		cmocka_unit_test(closing_twice_is_fine_and_nothing_at_all_too),
		cmocka_unit_test(the_owner_hears_that_the_web_server_left),
		cmocka_unit_test(sending_to_a_web_server_that_left_says_so_and_nothing_more),
		cmocka_unit_test(an_abort_is_heard_however_it_is_cut),
		cmocka_unit_test(nonsense_instead_of_records_ends_the_request),
		cmocka_unit_test(a_peer_that_is_cut_off_has_been_given_whole_records),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
