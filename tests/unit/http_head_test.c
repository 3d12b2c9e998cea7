/* The head of a request at the door of sockets, and the handshake: every split, limits, faults. */
#include "cgi/stream/wire/handshake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
// cmocka wants the headers above it
#include <cmocka.h>

#include "tests/unit/exact.h"

#define HEAD_MAX 1024

/* What nginx passes on of a browser's request. */
#define GOLDEN                                                         \
	"GET /api/notifications/socket?topic=question:12 HTTP/1.1\r\n" \
	"Upgrade: websocket\r\n"                                       \
	"Connection: upgrade\r\n"                                      \
	"Host: example.org:8443\r\n"                                   \
	"Origin: https://example.org:8443\r\n"                         \
	"Cookie: theme=dark; pgbell_session=abc\r\n"                   \
	"Sec-WebSocket-Version: 13\r\n"                                \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"              \
	"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n"

static enum http_head_outcome
feed(struct http_head *head, struct span input, struct span *rest)
{
	*rest = input;
	return http_head_feed(head, rest);
}

static void
assert_field(const struct http_head *head, const char *name, const char *expected)
{
	struct span value;

	assert_true(http_head_find(head, name, &value));
	assert_true(span_equals(value, expected));
}

static void
assert_golden(const struct http_head *head)
{
	assert_true(span_equals(head->method, "GET"));
	assert_true(span_equals(head->target, "/api/notifications/socket?topic=question:12"));
	assert_int_equal(head->minor, 1);
	assert_field(head, "host", "example.org:8443");
	assert_field(head, "COOKIE", "theme=dark; pgbell_session=abc");
	assert_field(head, "Authorization", "");
}

static void
a_head_is_read_wherever_it_is_cut(void **state)
{
	static const char input[] = GOLDEN "rest";
	const size_t length = strlen(input);
	struct span rest;

	(void)state;
	for (size_t cut = 0; cut <= length; cut++) {
		struct http_head head = { .most = HEAD_MAX };
		enum http_head_outcome outcome = feed(&head, exact_bytes(input, cut), &rest);

		if (outcome == HTTP_HEAD_WANTS_MORE) {
			assert_int_equal(rest.len, 0);
			outcome = feed(&head, exact_bytes(input + cut, length - cut), &rest);
			assert_int_equal(rest.len, 4);
			assert_memory_equal(rest.at, "rest", 4);
		}
		assert_int_equal(outcome, HTTP_HEAD_READY);
		assert_golden(&head);
		http_head_clear(&head);
		http_head_clear(&head);
	}
}

static enum http_head_outcome
read_whole(const char *text)
{
	struct http_head head = { .most = HEAD_MAX };
	struct span rest;
	enum http_head_outcome outcome = feed(&head, exact(text), &rest);

	http_head_clear(&head);
	return outcome;
}

static void
what_two_readers_might_understand_in_two_ways_is_refused(void **state)
{
	static const char *const heads[] = { "\r\n\r\n", "GET /\r\n\r\n", "GET  / HTTP/1.1\r\n\r\n",
		"GET / x HTTP/1.1\r\n\r\n", " GET / HTTP/1.1\r\n\r\n", "GET / HTTP/2.0\r\n\r\n",
		"GET / HTTP/1.10\r\n\r\n", "GET / HTTP/1.x\r\n\r\n", "GET / http/1.1\r\n\r\n",
		"G\tT / HTTP/1.1\r\n\r\n", "GET /\x01 HTTP/1.1\r\n\r\n",
		"GET /\xc3\xa4 HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n",
		"GET / HTTP/1.1\r\nHost : a\r\n\r\n", "GET / HTTP/1.1\r\n: a\r\n\r\n",
		"GET / HTTP/1.1\r\nA: b\r\n goes: on\r\n\r\n",
		"GET / HTTP/1.1\r\nA: b\nC: d\r\n\r\n", "GET / HTTP/1.1\r\nA: b\rC: d\r\n\r\n",
		"GET / HTTP/1.1\r\nA: \x7f\r\n\r\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		assert_int_equal(read_whole(heads[i]), HTTP_HEAD_MALFORMED);
	assert_int_equal(read_whole("GET / HTTP/1.1\r\n\r\n"), HTTP_HEAD_READY);
	assert_int_equal(
	    read_whole("GET / HTTP/1.1\r\nA:\r\nB: \t x \xc3\xa4\r\n\r\n"), HTTP_HEAD_READY);
}

static void
a_head_may_have_so_many_bytes_and_no_more(void **state)
{
	char text[HEAD_MAX + 8];
	int length = snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nA: ");

	(void)state;
	memset(text + length, 'x', sizeof(text) - (size_t)length);
	memcpy(text + HEAD_MAX - 4, "\r\n\r\n", 5);
	assert_int_equal(read_whole(text), HTTP_HEAD_READY);
	memcpy(text + HEAD_MAX - 4, "x\r\n\r\n", 6);
	assert_int_equal(read_whole(text), HTTP_HEAD_TOO_LONG);
}

static void
a_field_that_stands_there_twice_is_told_apart(void **state)
{
	struct http_head head = { .most = HEAD_MAX };
	struct span rest, value;

	(void)state;
	assert_int_equal(
	    feed(&head, exact("GET / HTTP/1.1\r\nHost: a\r\nVia: b\r\nhost: c\r\n\r\n"), &rest),
	    HTTP_HEAD_READY);
	assert_false(http_head_find(&head, "Host", &value));
	assert_true(http_head_find(&head, "Via", &value));
	http_head_clear(&head);
}

/* --- the handshake ----------------------------------------------------------- */

#define START "GET /api/notifications/socket HTTP/1.1\r\n"
#define HOST "Host: example.org\r\n"
#define UPGRADE "Upgrade: websocket\r\nConnection: Upgrade\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"
#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

static void
assert_handshake(const char *text, int status)
{
	struct http_head head = { .most = HEAD_MAX };
	struct handshake handshake;
	struct span rest;

	assert_int_equal(feed(&head, exact(text), &rest), HTTP_HEAD_READY);
	handshake_check(&head, &handshake);
	assert_int_equal(handshake.status, status);
	assert_true((status == 101) == (handshake.detail == NULL));
	if (status == 101)
		assert_string_equal(handshake.accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	http_head_clear(&head);
}

static void
a_sound_handshake_is_accepted(void **state)
{
	(void)state;
	assert_handshake(GOLDEN, 101);
	assert_handshake(START HOST UPGRADE VERSION KEY "\r\n", 101);
	assert_handshake(START HOST
	    "Upgrade: h2c, WebSocket\r\nConnection: keep-alive\r\nconnection: "
	    "close , UPGRADE\r\n" VERSION KEY "Content-Length: 0\r\n\r\n",
	    101);
}

static void
a_request_that_is_none_is_told_what_is_missing(void **state)
{
	(void)state;
	assert_handshake("GET / HTTP/1.0\r\n" HOST UPGRADE VERSION KEY "\r\n", 426);
	assert_handshake(START HOST VERSION KEY "\r\n", 426);
	assert_handshake(START HOST "Upgrade: websocket\r\n" VERSION KEY "\r\n", 426);
	assert_handshake(START HOST "Connection: upgrade\r\n" VERSION KEY "\r\n", 426);
	assert_handshake(
	    START HOST "Upgrade: websockets\r\nConnection: upgrade\r\n" VERSION KEY "\r\n", 426);
	assert_handshake(START HOST UPGRADE KEY "\r\n", 426);
	assert_handshake(START HOST UPGRADE KEY "Sec-WebSocket-Version: 8\r\n\r\n", 426);
	assert_handshake(START HOST UPGRADE KEY VERSION VERSION "\r\n", 426);
	assert_handshake(START HOST UPGRADE VERSION "\r\n", 400);
	assert_handshake(START HOST UPGRADE VERSION KEY KEY "\r\n", 400);
	assert_handshake(START HOST UPGRADE VERSION "Sec-WebSocket-Key: c2hvcnQ=\r\n\r\n", 400);
	assert_handshake(START UPGRADE VERSION KEY "\r\n", 400);
	assert_handshake(START HOST HOST UPGRADE VERSION KEY "\r\n", 400);
	assert_handshake(START HOST UPGRADE VERSION KEY "Content-Length: 5\r\n\r\n", 400);
	assert_handshake(START HOST UPGRADE VERSION KEY "Transfer-Encoding: chunked\r\n\r\n", 400);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_head_is_read_wherever_it_is_cut),
		cmocka_unit_test(what_two_readers_might_understand_in_two_ways_is_refused),
		cmocka_unit_test(a_head_may_have_so_many_bytes_and_no_more),
		cmocka_unit_test(a_field_that_stands_there_twice_is_told_apart),
		cmocka_unit_test(a_sound_handshake_is_accepted),
		cmocka_unit_test(a_request_that_is_none_is_told_what_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
