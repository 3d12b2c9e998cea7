/* What a server sends of the WebSocket protocol: golden bytes; codes; the handshake's key. */
#include "common/websocket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
// cmocka wants the headers above it
#include <cmocka.h>

static void
assert_header(
    enum websocket_opcode opcode, uint64_t length, const uint8_t *expected, size_t expected_length)
{
	uint8_t out[WEBSOCKET_HEADER_MAX];

	assert_int_equal(websocket_encode_header(out, opcode, length), expected_length);
	assert_memory_equal(out, expected, expected_length);
}

static void
a_header_says_its_length_in_the_fewest_bytes(void **state)
{
	(void)state;
	assert_header(WEBSOCKET_TEXT, 0, (const uint8_t[]){ 0x81, 0 }, 2);
	assert_header(WEBSOCKET_TEXT, 5, (const uint8_t[]){ 0x81, 5 }, 2);
	assert_header(WEBSOCKET_TEXT, 125, (const uint8_t[]){ 0x81, 125 }, 2);
	assert_header(WEBSOCKET_TEXT, 126, (const uint8_t[]){ 0x81, 126, 0, 126 }, 4);
	assert_header(WEBSOCKET_TEXT, 65535, (const uint8_t[]){ 0x81, 126, 255, 255 }, 4);
	assert_header(
	    WEBSOCKET_TEXT, 65536, (const uint8_t[]){ 0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0 }, 10);
	assert_header(WEBSOCKET_CLOSE, 2, (const uint8_t[]){ 0x88, 2 }, 2);
	assert_header(WEBSOCKET_PING, 0, (const uint8_t[]){ 0x89, 0 }, 2);
	assert_header(WEBSOCKET_PONG, 4, (const uint8_t[]){ 0x8a, 4 }, 2);
}

static void
a_code_that_nobody_may_give_is_none(void **state)
{
	static const unsigned codes[] = { 1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011,
		1012, 1013, 1014, 3000, 4401, 4999 };
	static const unsigned none[] = { 0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999,
		5000, 65535 };

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		assert_true(websocket_is_code(codes[i]));
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_false(websocket_is_code(none[i]));
}

/* RFC 6455 section 1.3. */
static void
the_key_of_the_standard_is_answered_as_it_says(void **state)
{
	char accept[WEBSOCKET_ACCEPT_BYTES];

	(void)state;
	assert_true(websocket_accept(span_of("dGhlIHNhbXBsZSBub25jZQ=="), accept));
	assert_string_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

static void
what_is_not_16_bytes_in_base64_is_no_key(void **state)
{
	static const char *const none[] = { "", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ",
		"dGhlIHNhbXBsZSBub25jZQ===", "dGhlIHNhbXBsZSBub25jZR==", "dGhlIHNhbXBsZSBub25jZSE=",
		"dGhlIHNhbXBsZSBub2-jZQ==", "dGhlIHNhbXBsZSBub25jZQ=A",
		"=GhlIHNhbXBsZSBub25jZQ==" };
	char accept[WEBSOCKET_ACCEPT_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_false(websocket_accept(span_of(none[i]), accept));
	assert_false(websocket_accept((struct span){ "dGhlIHNhbXBsZSBub2\0jZQ==", 24 }, accept));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_header_says_its_length_in_the_fewest_bytes),
		cmocka_unit_test(a_code_that_nobody_may_give_is_none),
		cmocka_unit_test(the_key_of_the_standard_is_answered_as_it_says),
		cmocka_unit_test(what_is_not_16_bytes_in_base64_is_no_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
