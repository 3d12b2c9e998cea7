/* HTTP/1.1 responses as the bench reads them: lengths, chunks, ends, and every place to cut. */
#include "tests/bench/response.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// cmocka wants the four headers above it
#include <cmocka.h>

#include "tests/unit/exact.h"

#define BODY_MAX 256

static const char with_length[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
				  "CONTENT-LENGTH: 11\r\n\r\nhello\nworld";
static const char in_chunks[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
				"6\r\nhello\n\r\n5;name=value\r\nworld\r\n0\r\n\r\n";
static const char to_the_end[] = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello\nworld";

static char body[BODY_MAX];
static size_t body_length;

/* Take all that can be taken of these bytes; gives how many were left. */
static size_t
take(struct response *response, const char *bytes, size_t length)
{
	struct span input = exact_bytes(bytes, length);

	while (input.len > 0 && response->part != RESPONSE_DONE) {
		struct span piece = response_take(response, &input);

		assert_true(body_length + piece.len < BODY_MAX);
		if (piece.len > 0)
			memcpy(body + body_length, piece.at, piece.len);
		body_length += piece.len;
	}
	body[body_length] = '\0';
	return input.len;
}

static void
assert_cut_anywhere(const char *text, enum response_part end)
{
	size_t length = strlen(text);

	for (size_t cut = 0; cut <= length; cut++) {
		struct response response = { .status = 0 };

		body_length = 0;
		assert_int_equal(take(&response, text, cut), 0);
		assert_int_equal(take(&response, text + cut, length - cut), 0);
		assert_int_equal(response.status, 200);
		assert_int_equal(response.part, end);
		assert_string_equal(body, "hello\nworld");
	}
}

static void
a_body_of_a_given_length_is_whole_wherever_it_is_cut(void **state)
{
	(void)state;
	assert_cut_anywhere(with_length, RESPONSE_DONE);
}

static void
a_body_in_chunks_is_whole_wherever_it_is_cut(void **state)
{
	(void)state;
	assert_cut_anywhere(in_chunks, RESPONSE_DONE);
}

static void
a_body_up_to_the_end_of_the_connection_goes_on(void **state)
{
	(void)state;
	assert_cut_anywhere(to_the_end, RESPONSE_BODY);
}

static void
what_follows_a_response_is_left_for_the_next(void **state)
{
	struct response response = { .status = 0 };
	char text[sizeof(with_length) + 9];

	(void)state;
	body_length = 0;
	snprintf(text, sizeof(text), "%sHTTP/1.1 ", with_length);
	assert_int_equal(take(&response, text, strlen(text)), strlen("HTTP/1.1 "));
	assert_int_equal(response.part, RESPONSE_DONE);
	assert_string_equal(body, "hello\nworld");
}

static void
an_empty_body_ends_with_its_header(void **state)
{
	struct response response = { .status = 0 };
	const char *text = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n";

	(void)state;
	body_length = 0;
	assert_int_equal(take(&response, text, strlen(text)), 0);
	assert_int_equal(response.part, RESPONSE_DONE);
	assert_int_equal(response.status, 502);
	assert_true(response.has_header);
	assert_int_equal(body_length, 0);
}

static void
what_is_not_http_has_the_status_0(void **state)
{
	struct response response = { .status = -1 };

	(void)state;
	body_length = 0;
	take(&response, "SSH-2.0\r\n", 9);
	assert_int_equal(response.status, 0);
}

static void
a_line_too_long_is_cut_and_what_follows_is_read(void **state)
{
	struct response response = { .status = 0 };
	char text[RESPONSE_LINE_MAX + 128];
	int length = snprintf(text, sizeof(text),
	    "HTTP/1.1 200 OK\r\nX: %0*d\r\nContent-Length: 1\r\n\r\n!", RESPONSE_LINE_MAX, 0);

	(void)state;
	body_length = 0;
	assert_int_equal(take(&response, text, (size_t)length), 0);
	assert_int_equal(response.part, RESPONSE_DONE);
	assert_string_equal(body, "!");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_body_of_a_given_length_is_whole_wherever_it_is_cut),
		cmocka_unit_test(a_body_in_chunks_is_whole_wherever_it_is_cut),
		cmocka_unit_test(a_body_up_to_the_end_of_the_connection_goes_on),
		cmocka_unit_test(what_follows_a_response_is_left_for_the_next),
		cmocka_unit_test(an_empty_body_ends_with_its_header),
		cmocka_unit_test(what_is_not_http_has_the_status_0),
		cmocka_unit_test(a_line_too_long_is_cut_and_what_follows_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
