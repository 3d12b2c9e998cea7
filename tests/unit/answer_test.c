/* Short responses, byte for byte: header fields in their places, a body of the length they say. */
#include "cgi/stream/wire/answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
// cmocka wants the headers above it
#include <cmocka.h>

#include "tests/unit/wire.h"

static struct event_base *base;
static struct wire wire;

static void
assert_complete(void)
{
	const char *length = strstr(wire.content, "\r\nContent-Length: ");
	const char *body = strstr(wire.content, "\r\n\r\n");

	assert_true(wire.ended && wire.closed);
	assert_non_null(body);
	if (length != NULL)
		assert_int_equal(atoi(length + strlen("\r\nContent-Length: ")), strlen(body + 4));
}

static void
an_answer_is_a_whole_response(void **state)
{
	(void)state;
	wire_open(&wire, base, 1);
	answer_send(wire.peer, 200, "application/json", "{\"a\":1}");
	wire_read(&wire, base);
	assert_string_equal(wire.content,
	    "Status: 200 OK\r\nContent-Type: application/json\r\nContent-Length: 7\r\n"
	    "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n\r\n{\"a\":1}");
	assert_complete();
	wire_close(&wire);
}

static void
a_refusal_is_a_problem_with_the_fields_of_its_status(void **state)
{
	static const struct {
		int status;
		const char *line, *field;
	} refusals[] = {
		{ 400, "Status: 400 Bad Request\r\n", "\r\n" },
		{ 401, "Status: 401 Unauthorized\r\n", "\r\nWWW-Authenticate: Bearer" },
		{ 404, "Status: 404 Not Found\r\n", "\r\n" },
		{ 405, "Status: 405 Method Not Allowed\r\n", "\r\nAllow: GET\r\n" },
		{ 429, "Status: 429 Too Many Requests\r\n", "\r\nRetry-After: 5\r\n" },
		{ 503, "Status: 503 Service Unavailable\r\n", "\r\nRetry-After: 5\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		char status[32];

		wire_open(&wire, base, 1);
		answer_refuse(wire.peer, refusals[i].status, "Because of \"this\".");
		wire_read(&wire, base);
		assert_memory_equal(wire.content, refusals[i].line, strlen(refusals[i].line));
		assert_non_null(strstr(wire.content, refusals[i].field));
		assert_non_null(
		    strstr(wire.content, "\r\nContent-Type: application/problem+json\r\n"));
		snprintf(status, sizeof(status), "\"status\":%d", refusals[i].status);
		assert_non_null(strstr(wire.content, status));
		assert_non_null(strstr(wire.content, "Because of \\\"this\\\"."));
		assert_complete();
		wire_close(&wire);
	}
}

static void
told_to_come_back_a_stream_opens_and_ends(void **state)
{
	struct span header = answer_stream_header();

	(void)state;
	wire_open(&wire, base, 1);
	answer_come_back(wire.peer, 1234);
	wire_read(&wire, base);
	assert_memory_equal(wire.content, header.at, header.len);
	assert_string_equal(wire.content + header.len, "retry: 1234\n\n");
	assert_complete();
	wire_close(&wire);
}

static void
an_answer_longer_than_the_socket_is_read_to_its_end(void **state)
{
	size_t length = 1 << 20;
	char *body = malloc(length + 1);

	(void)state;
	assert_non_null(body);
	memset(body, 'x', length);
	body[length] = '\0';
	wire_open(&wire, base, 7); /* whatever the request's id */
	answer_send(wire.peer, 200, "text/plain", body);
	free(body);
	wire_read(&wire, base);
	assert_complete();
	wire_close(&wire);
}

static void
an_answer_to_nobody_is_closed(void **state)
{
	size_t before = peer_count();

	(void)state;
	wire_open(&wire, base, 1);
	wire_hang_up(&wire);
	answer_refuse(wire.peer, 404, "Nothing here.");
	assert_int_equal(peer_count(), before);
	wire_close(&wire);
	deferred_free_now();
}

static int
set_up(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	base = event_base_new();
	return base == NULL;
}

static int
tear_down(void **state)
{
	(void)state;
	deferred_free_now();
	event_base_free(base);
	return peer_count() != 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_is_a_whole_response),
		cmocka_unit_test(a_refusal_is_a_problem_with_the_fields_of_its_status),
		cmocka_unit_test(told_to_come_back_a_stream_opens_and_ends),
		cmocka_unit_test(an_answer_longer_than_the_socket_is_read_to_its_end),
		cmocka_unit_test(an_answer_to_nobody_is_closed),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
