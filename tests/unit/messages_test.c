/* The messages of a server's WebSocket as the bench reads them: each length of header, and every
 * place to cut. */
#include "tests/bench/messages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// cmocka wants the four headers above it
#include <cmocka.h>

#include "tests/unit/exact.h"

#define LONG_BYTES 66000

static char told[2 * LONG_BYTES];
static size_t told_length, whole;

static void
take(struct messages *messages, const char *bytes, size_t length)
{
	struct span input = exact_bytes(bytes, length);

	while (input.len > 0) {
		bool is_whole;
		struct span piece = messages_take(messages, &input, &is_whole);

		if (piece.len > 0)
			memcpy(told + told_length, piece.at, piece.len);
		told_length += piece.len;
		whole += piece.len > 0 && is_whole;
	}
}

/* Append a frame; returns where the next one goes. */
static char *
put_frame(char *out, enum websocket_opcode opcode, const char *content, size_t length)
{
	size_t header = websocket_encode_header((uint8_t *)out, opcode, length);

	memcpy(out + header, content, length);
	return out + header + length;
}

static void
messages_are_taken_wherever_they_are_cut_and_control_frames_passed_over(void **state)
{
	char frames[512], middle[200];
	char *end = put_frame(frames, WEBSOCKET_TEXT, "hello", 5);

	(void)state;
	memset(middle, 'm', sizeof(middle));
	end = put_frame(end, WEBSOCKET_PING, "ping", 4);
	end = put_frame(end, WEBSOCKET_PING, "", 0);
	end = put_frame(end, WEBSOCKET_TEXT, middle, sizeof(middle));
	end = put_frame(end, WEBSOCKET_TEXT, "world", 5);
	for (char *cut = frames; cut <= end; cut++) {
		struct messages messages = { .left = 0 };

		told_length = whole = 0;
		take(&messages, frames, (size_t)(cut - frames));
		take(&messages, cut, (size_t)(end - cut));
		assert_int_equal(whole, 3);
		assert_int_equal(told_length, 10 + sizeof(middle));
		assert_memory_equal(told, "hellom", 6);
		assert_memory_equal(told + 5 + sizeof(middle), "world", 5);
	}
}

static void
a_long_message_is_taken_in_pieces(void **state)
{
	static char content[LONG_BYTES], frames[LONG_BYTES + WEBSOCKET_HEADER_MAX];
	struct messages messages = { .left = 0 };
	char *end;

	(void)state;
	memset(content, 'l', sizeof(content));
	end = put_frame(frames, WEBSOCKET_TEXT, content, sizeof(content));
	told_length = whole = 0;
	for (char *at = frames; at < end; at += 1000)
		take(&messages, at, end - at < 1000 ? (size_t)(end - at) : 1000);
	assert_int_equal(whole, 1);
	assert_int_equal(told_length, sizeof(content));
	assert_memory_equal(told, content, sizeof(content));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    messages_are_taken_wherever_they_are_cut_and_control_frames_passed_over),
		cmocka_unit_test(a_long_message_is_taken_in_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
