/* A client's frames: golden bytes of the standard, every split point, limits, and each fault. */
#include "cgi/stream/wire/websocket_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
// cmocka wants the headers above it
#include <cmocka.h>

#include "tests/unit/exact.h"

#define BYTES(...) \
	((struct span){ (const char[]){ __VA_ARGS__ }, sizeof((const char[]){ __VA_ARGS__ }) })
#define TOLD_MAX 8192

/* What was told of an input, one line each: "text Hello", "close 1000 bye", "failed 1002". */
static char told[TOLD_MAX];
static size_t told_length;

static void
note(enum websocket_step step, const struct websocket_received *received)
{
	static const char *const names[] = { [WEBSOCKET_TEXT] = "text",
		[WEBSOCKET_CLOSE] = "close",
		[WEBSOCKET_PING] = "ping",
		[WEBSOCKET_PONG] = "pong" };
	char *at = told + told_length;
	size_t room = TOLD_MAX - told_length;

	if (step == WEBSOCKET_FAILED)
		told_length += (size_t)snprintf(at, room, "failed %u\n", received->code);
	else if (received->opcode == WEBSOCKET_CLOSE)
		told_length += (size_t)snprintf(at, room, "close %u %.*s\n", received->code,
		    (int)received->content.len, received->content.at);
	else
		told_length += (size_t)snprintf(at, room, "%s %.*s\n", names[received->opcode],
		    (int)received->content.len, received->content.at);
	assert_true(told_length < TOLD_MAX);
}

static void
feed(struct websocket_reader *reader, struct span input)
{
	struct websocket_received received;
	enum websocket_step step;

	while ((step = websocket_read(reader, &input, &received)) != WEBSOCKET_STARVED) {
		note(step, &received);
		if (step == WEBSOCKET_FAILED)
			return;
	}
	assert_int_equal(input.len, 0);
}

static void
read_all(struct span input)
{
	struct websocket_reader reader = { 0 };

	told[0] = '\0';
	told_length = 0;
	feed(&reader, input);
	websocket_reader_clear(&reader);
}

/* Whole, cut in two at each place, and byte by byte: it is all the same. */
static void
assert_told(struct span input, const char *expected)
{
	read_all(exact_bytes(input.at, input.len));
	assert_string_equal(told, expected);
	for (size_t cut = 0; cut <= input.len; cut++) {
		struct websocket_reader reader = { 0 };

		told[0] = '\0';
		told_length = 0;
		feed(&reader, exact_bytes(input.at, cut));
		if (reader.failed == 0)
			feed(&reader, exact_bytes(input.at + cut, input.len - cut));
		websocket_reader_clear(&reader);
		assert_string_equal(told, expected);
	}
	struct websocket_reader reader = { 0 };

	told[0] = '\0';
	told_length = 0;
	for (size_t i = 0; i < input.len && reader.failed == 0; i++)
		feed(&reader, exact_bytes(input.at + i, 1));
	websocket_reader_clear(&reader);
	assert_string_equal(told, expected);
}

/* A masked frame of a header's first byte and content, behind what is there; returns its length. */
static size_t
put_frame(char *out, uint8_t first, const char *content, size_t length)
{
	static const uint8_t mask[] = { 0x37, 0xfa, 0x21, 0x3d };
	size_t at = 0;

	out[at++] = (char)first;
	if (length < 126) {
		out[at++] = (char)(0x80 | length);
	} else {
		out[at++] = (char)(0x80 | 126);
		out[at++] = (char)(length >> 8);
		out[at++] = (char)length;
	}
	memcpy(out + at, mask, 4);
	at += 4;
	for (size_t i = 0; i < length; i++)
		out[at++] = (char)((uint8_t)content[i] ^ mask[i % 4]);
	return at;
}

/* RFC 6455 section 5.7. */
static void
the_masked_hello_of_the_standard_is_read(void **state)
{
	(void)state;
	assert_told(BYTES((char)0x81, (char)0x85, 0x37, (char)0xfa, 0x21, 0x3d, 0x7f, (char)0x9f,
			0x4d, 0x51, 0x58),
	    "text Hello\n");
	assert_told(BYTES((char)0x8a, (char)0x85, 0x37, (char)0xfa, 0x21, 0x3d, 0x7f, (char)0x9f,
			0x4d, 0x51, 0x58),
	    "pong Hello\n");
}

static void
messages_and_control_frames_come_in_their_order(void **state)
{
	char input[128];
	size_t length = 0;

	(void)state;
	length += put_frame(input + length, 0x81, "one", 3);
	length += put_frame(input + length, 0x89, "", 0);
	length += put_frame(input + length, 0x81, "", 0);
	length += put_frame(input + length, 0x8a, "x", 1);
	length += put_frame(input + length, 0x88,
	    "\x03\xe8"
	    "bye",
	    5);
	assert_told(
	    (struct span){ input, length }, "text one\nping \ntext \npong x\nclose 1000 bye\n");
}

static void
fragments_are_put_together_and_control_frames_come_between(void **state)
{
	char input[128];
	size_t length = 0;

	(void)state;
	length += put_frame(input + length, 0x01, "a\xc3", 2); /* a letter is cut in two */
	length += put_frame(input + length, 0x89, "ping", 4);
	length += put_frame(input + length, 0x00, "", 0);
	length += put_frame(input + length, 0x80, "\xa4z", 2);
	length += put_frame(input + length, 0x81, "next", 4);
	assert_told((struct span){ input, length }, "ping ping\ntext a\xc3\xa4z\ntext next\n");
}

static void
a_close_without_content_has_no_code(void **state)
{
	(void)state;
	assert_told(BYTES((char)0x88, (char)0x80, 1, 2, 3, 4), "close 1005 \n");
}

static void
what_is_against_the_protocol_fails_with_1002(void **state)
{
	const struct span inputs[] = {
		BYTES((char)0x81, 0x05, 'H', 'e', 'l', 'l', 'o'), /* unmasked */
		BYTES((char)0xc1, (char)0x80, 0, 0, 0, 0),        /* RSV1: compressed */
		BYTES((char)0xa1, (char)0x80, 0, 0, 0, 0),        /* RSV2 */
		BYTES((char)0x91, (char)0x80, 0, 0, 0, 0),        /* RSV3 */
		BYTES((char)0x83, (char)0x80, 0, 0, 0, 0),        /* opcodes that are none */
		BYTES((char)0x87, (char)0x80, 0, 0, 0, 0),
		BYTES((char)0x8b, (char)0x80, 0, 0, 0, 0),
		BYTES((char)0x8f, (char)0x80, 0, 0, 0, 0),
		BYTES(0x09, (char)0x80, 0, 0, 0, 0),               /* a ping in fragments */
		BYTES((char)0x89, (char)0xfe, 0, 126, 0, 0, 0, 0), /* a ping of 126 bytes */
		BYTES((char)0x80, (char)0x80, 0, 0, 0, 0),         /* goes on from nothing */
		BYTES(0x01, (char)0x80, 0, 0, 0, 0, (char)0x81, (char)0x80, 0, 0, 0,
		    0),                                            /* begins anew */
		BYTES((char)0x81, (char)0xfe, 0, 125, 0, 0, 0, 0), /* lengths too long */
		BYTES((char)0x81, (char)0xff, 0, 0, 0, 0, 0, 0, (char)0xff, (char)0xff, 0, 0, 0, 0),
		BYTES((char)0x81, (char)0xff, (char)0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
		BYTES((char)0x88, (char)0x81, 0, 0, 0, 0, 3),             /* half a code */
		BYTES((char)0x88, (char)0x82, 0, 0, 0, 0, 3, (char)0xed), /* 1005 */
		BYTES((char)0x88, (char)0x82, 0, 0, 0, 0, 0, 0),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++)
		assert_told(inputs[i], "failed 1002\n");
}

static void
a_binary_message_fails_with_1003(void **state)
{
	(void)state;
	assert_told(BYTES((char)0x82, (char)0x80, 0, 0, 0, 0), "failed 1003\n");
}

static void
text_that_is_not_utf_8_fails_with_1007(void **state)
{
	static const char *const none[] = { "\xff", "\xc3", "\xed\xa0\x80", "\xf4\x90\x80\x80",
		"\xc0\xaf" };
	char input[32] = "";

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_told(
		    (struct span){ input, put_frame(input, 0x81, none[i], strlen(none[i])) },
		    "failed 1007\n");
	assert_told(
	    (struct span){ input, put_frame(input, 0x88, "\x03\xe8\xff", 3) }, "failed 1007\n");
}

static void
a_message_may_have_so_many_bytes_and_no_more(void **state)
{
	static char content[WEBSOCKET_MESSAGE_MAX + 1], input[2 * sizeof(content)];
	size_t length, half = WEBSOCKET_MESSAGE_MAX / 2;

	(void)state;
	memset(content, 'x', sizeof(content));
	length = put_frame(input, 0x81, content, WEBSOCKET_MESSAGE_MAX);
	read_all((struct span){ input, length });
	assert_int_equal(told_length, strlen("text \n") + WEBSOCKET_MESSAGE_MAX);
	length = put_frame(input, 0x01, content, half);
	length += put_frame(input + length, 0x80, content, half);
	read_all((struct span){ input, length });
	assert_int_equal(told_length, strlen("text \n") + WEBSOCKET_MESSAGE_MAX);
	length = put_frame(input, 0x01, content, half);
	length += put_frame(input + length, 0x80, content, half + 1);
	read_all((struct span){ input, length });
	assert_string_equal(told, "failed 1009\n");
	/* As soon as it is announced: nothing of it has come. */
	put_frame(input, 0x81, content, WEBSOCKET_MESSAGE_MAX + 1);
	read_all((struct span){ input, 8 });
	assert_string_equal(told, "failed 1009\n");
	assert_told(
	    BYTES((char)0x81, (char)0xff, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0), "failed 1009\n");
}

static void
fragments_without_end_fail_with_1009(void **state)
{
	char input[6 * (WEBSOCKET_FRAGMENTS_MAX + 1)];
	size_t length = put_frame(input, 0x01, "", 0);

	(void)state;
	for (int i = 1; i < WEBSOCKET_FRAGMENTS_MAX - 1; i++)
		length += put_frame(input + length, 0x00, "", 0);
	put_frame(input + length, 0x80, "", 0);
	read_all((struct span){ input, length + 6 });
	assert_string_equal(told, "text \n");
	length += put_frame(input + length, 0x00, "", 0);
	length += put_frame(input + length, 0x80, "", 0);
	read_all((struct span){ input, length });
	assert_string_equal(told, "failed 1009\n");
}

/* Most sockets say nothing most of the time. */
static void
there_is_no_room_kept_between_messages(void **state)
{
	struct websocket_reader reader = { 0 };
	char input[32];
	size_t length = put_frame(input, 0x81, "one", 3);

	(void)state;
	feed(&reader, (struct span){ input, length });
	assert_null(reader.room);
	feed(&reader, (struct span){ input, length - 1 });
	assert_non_null(reader.room);
	websocket_reader_clear(&reader);
	websocket_reader_clear(&reader);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_masked_hello_of_the_standard_is_read),
		cmocka_unit_test(messages_and_control_frames_come_in_their_order),
		cmocka_unit_test(fragments_are_put_together_and_control_frames_come_between),
		cmocka_unit_test(a_close_without_content_has_no_code),
		cmocka_unit_test(what_is_against_the_protocol_fails_with_1002),
		cmocka_unit_test(a_binary_message_fails_with_1003),
		cmocka_unit_test(text_that_is_not_utf_8_fails_with_1007),
		cmocka_unit_test(a_message_may_have_so_many_bytes_and_no_more),
		cmocka_unit_test(fragments_without_end_fail_with_1009),
		cmocka_unit_test(there_is_no_room_kept_between_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
