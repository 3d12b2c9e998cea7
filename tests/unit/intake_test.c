/* The intake over a real listening socket: requests however they are cut, refusals, limits. */
#include "cgi/stream/intake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/un.h>
// cmocka wants the headers above it
#include <cmocka.h>

#include "common/fastcgi_request.h"
#include "common/log.h"
#include "tests/unit/clock.h"
#include "tests/unit/wire.h"

#define TIMEOUT_S 7

/* What came out of the intake. */
struct arrival {
	struct peer *peer;
	struct route route;
	unsigned count, gone;
};

static struct event_base *base;
static struct intake *intake;
static struct arrival arrival;
static struct metrics metrics;
static struct sockaddr_un address = { .sun_family = AF_UNIX };
static int listener;

static void
on_gone(void *owner)
{
	(void)owner;
	arrival.gone++;
	peer_close(arrival.peer);
	arrival.peer = NULL;
}

static const struct peer_events arrival_events = { .on_gone = on_gone };

static void
on_request(void *owner, struct peer *peer, const struct route *route)
{
	(void)owner;
	arrival.peer = peer;
	arrival.route = *route;
	arrival.count++;
	peer_set_owner(peer, &arrival_events, NULL);
}

static void
start_limited_intake(size_t header_bytes, size_t connections_max)
{
	const struct intake_settings settings = { .timeout_s = TIMEOUT_S,
		.header_bytes = header_bytes,
		.connections_max = connections_max,
		.query_token = true };

	arrival = (struct arrival){ .count = 0 };
	metrics = (struct metrics){ 0 };
	intake = intake_create(base, listener, &settings, &metrics, on_request, NULL);
}

static void
start_intake(void)
{
	start_limited_intake(FASTCGI_PARAMS_MAX, SIZE_MAX);
}

static void
stop_intake(void)
{
	peer_close(arrival.peer);
	intake_close(intake);
	grave_sweep();
}

static void
connect_wire(struct wire *wire)
{
	*wire = (struct wire){ .id = 1, .content = calloc(1, WIRE_CONTENT_MAX) };
	wire->far = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(connect(wire->far, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(fcntl(wire->far, F_SETFL, O_NONBLOCK), 0);
}

static void
send_bytes(struct wire *wire, const void *bytes, size_t length)
{
	if (length > 0)
		assert_int_equal(write(wire->far, bytes, length), length);
	wire_turn(base);
	wire_turn(base);
}

static size_t
add_record(uint8_t *at, enum fastcgi_type type, const void *content, size_t length)
{
	fastcgi_encode_header(at, type, 1, (uint16_t)length);
	memcpy(at + FASTCGI_HEADER_BYTES, content, length);
	return FASTCGI_HEADER_BYTES + length;
}

static size_t
add_pair(uint8_t *at, const char *name, const char *value)
{
	at[0] = (uint8_t)strlen(name);
	at[1] = (uint8_t)strlen(value);
	memcpy(at + 2, name, at[0]);
	memcpy(at + 2 + at[0], value, at[1]);
	return 2 + (size_t)at[0] + at[1];
}

/* A whole request as nginx sends it, standard input and all. */
static size_t
make_request(uint8_t *out, const char *uri)
{
	uint8_t params[512];
	size_t length = 0, params_length = 0;

	params_length += add_pair(params + params_length, "REQUEST_METHOD", "GET");
	params_length += add_pair(params + params_length, "REQUEST_URI", uri);
	params_length += add_pair(params + params_length, "HTTP_AUTHORIZATION", "Bearer abc");
	params_length += add_pair(params + params_length, "HTTP_LAST_EVENT_ID", "41");
	length += add_record(out + length, FASTCGI_BEGIN_REQUEST, "\0\1\0\0\0\0\0\0", 8);
	length += add_record(out + length, FASTCGI_PARAMS, params, params_length);
	length += add_record(out + length, FASTCGI_PARAMS, "", 0);
	length += add_record(out + length, FASTCGI_STDIN, "some input", 10);
	length += add_record(out + length, FASTCGI_STDIN, "", 0);
	return length;
}

static void
assert_arrived(void)
{
	assert_int_equal(arrival.count, 1);
	assert_int_equal(arrival.route.kind, ROUTE_STREAM);
	assert_string_equal(arrival.route.token, "abc");
	assert_true(arrival.route.has_after);
	assert_int_equal(arrival.route.after, 41);
	assert_int_equal(intake_pending(intake), 0);
}

/* Wherever the request is cut, also behind its parameters, it stays whole and stays open. */
static void
a_request_comes_in_however_it_is_cut(void **state)
{
	uint8_t request[1024];
	size_t length = make_request(request, ROUTE_PREFIX);

	(void)state;
	for (size_t cut = 0; cut <= length; cut++) {
		struct wire wire;

		start_intake();
		connect_wire(&wire);
		send_bytes(&wire, request, cut);
		send_bytes(&wire, request + cut, length - cut);
		assert_arrived();
		send_bytes(&wire, "\1\5\0\1\0\0\0\0", 8);
		assert_int_equal(arrival.gone, 0);
		stop_intake();
		wire_close(&wire);
	}
}

static void
an_abort_right_behind_the_request_is_heard(void **state)
{
	uint8_t request[1024];
	size_t length = make_request(request, ROUTE_PREFIX);

	(void)state;
	length += add_record(request + length, FASTCGI_ABORT_REQUEST, "", 0);
	for (size_t cut = 0; cut <= length; cut++) {
		size_t before = peer_count();
		struct wire wire;

		start_intake();
		connect_wire(&wire);
		send_bytes(&wire, request, cut);
		send_bytes(&wire, request + cut, length - cut);
		assert_int_equal(peer_count(), before);
		assert_int_equal(intake_pending(intake), 0);
		stop_intake();
		wire_close(&wire);
	}
}

static void
a_web_server_that_leaves_half_way_leaves_nothing(void **state)
{
	uint8_t request[1024];
	size_t length = make_request(request, ROUTE_PREFIX), before = peer_count();

	(void)state;
	start_intake();
	for (size_t cut = 0; cut < length; cut += 7) {
		struct wire wire;

		connect_wire(&wire);
		send_bytes(&wire, request, cut);
		wire_close(&wire);
		wire_turn(base);
		assert_int_equal(intake_pending(intake), 0);
		assert_int_equal(peer_count(), before);
	}
	stop_intake();
}

static void
a_request_has_so_long_to_arrive(void **state)
{
	uint8_t request[1024];
	struct wire wire;

	(void)state;
	make_request(request, ROUTE_PREFIX);
	start_intake();
	connect_wire(&wire);
	send_bytes(&wire, request, 20);
	clock_skip(TIMEOUT_S - 2);
	send_bytes(&wire, request + 20, 20);
	assert_int_equal(intake_pending(intake), 1);
	clock_skip(3);
	wire_turn(base);
	assert_int_equal(intake_pending(intake), 0);
	wire_read(&wire, base);
	assert_true(wire.closed);
	assert_int_equal(arrival.count, 0);
	assert_int_equal(metrics.refused[REFUSE_TIMED_OUT], 1);
	stop_intake();
	wire_close(&wire);
}

static void
a_request_that_has_arrived_has_no_deadline(void **state)
{
	uint8_t request[1024];
	struct wire wire;

	(void)state;
	start_intake();
	connect_wire(&wire);
	send_bytes(&wire, request, make_request(request, ROUTE_PREFIX));
	clock_skip(2 * TIMEOUT_S);
	wire_turn(base);
	assert_arrived();
	assert_int_equal(arrival.gone, 0);
	stop_intake();
	wire_close(&wire);
}

static void
nonsense_is_hung_up_on(void **state)
{
	struct wire wire;

	(void)state;
	start_intake();
	connect_wire(&wire);
	send_bytes(&wire, "GET / HTTP/1.1\r\n", 16);
	wire_read(&wire, base);
	assert_true(wire.closed);
	assert_int_equal(wire.records, 0);
	assert_int_equal(arrival.count + intake_pending(intake), 0);
	assert_int_equal(metrics.refused[REFUSE_REQUEST], 1);
	stop_intake();
	wire_close(&wire);
}

static void
another_role_is_told_that_it_is_unknown(void **state)
{
	static const uint8_t expected[] = { 1, 3, 0, 1, 0, 8, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0 };
	uint8_t answer[64];
	struct wire wire;

	(void)state;
	start_intake();
	connect_wire(&wire);
	send_bytes(&wire, "\1\1\0\1\0\x8\0\0\0\2\0\0\0\0\0\0", 16);
	assert_int_equal(read(wire.far, answer, sizeof(answer)), sizeof(expected));
	assert_memory_equal(answer, expected, sizeof(expected));
	wire_read(&wire, base);
	assert_true(wire.closed);
	stop_intake();
	wire_close(&wire);
}

static void
a_lower_limit_of_the_header_holds_to_the_byte(void **state)
{
	static uint8_t record[FASTCGI_HEADER_BYTES + 2048];
	struct wire wire;

	(void)state;
	start_limited_intake(2048, SIZE_MAX);
	connect_wire(&wire);
	send_bytes(&wire, "\1\1\0\1\0\x8\0\0\0\1\0\0\0\0\0\0", 16);
	fastcgi_encode_header(record, FASTCGI_PARAMS, 1, 2048);
	send_bytes(&wire, record, sizeof(record));
	wire_read(&wire, base);
	assert_int_equal(intake_pending(intake), 1);
	send_bytes(&wire, "\1\4\0\1\0\1\0\0x", 9);
	wire_read(&wire, base);
	assert_int_equal(strncmp(wire.content, "Status: 431 ", 12), 0);
	assert_int_equal(metrics.refused[REFUSE_HEADER], 1);
	stop_intake();
	wire_close(&wire);
}

static void
a_connection_beyond_the_last_waits_until_one_has_gone(void **state)
{
	struct wire wires[3];

	(void)state;
	start_limited_intake(FASTCGI_PARAMS_MAX, 2);
	for (size_t i = 0; i < 3; i++)
		connect_wire(&wires[i]);
	wire_turn(base);
	assert_int_equal(intake_pending(intake), 2);
	assert_int_equal(metrics.accept_pauses, 1);
	wire_close(&wires[0]);
	clock_skip(1);
	wire_turn(base);
	wire_turn(base);
	assert_int_equal(intake_pending(intake), 2);
	stop_intake();
	wire_close(&wires[1]);
	wire_close(&wires[2]);
}

static void
too_many_parameters_are_answered_431(void **state)
{
	static uint8_t record[FASTCGI_HEADER_BYTES + 32768];
	struct wire wire;

	(void)state;
	start_intake();
	connect_wire(&wire);
	send_bytes(&wire, "\1\1\0\1\0\x8\0\0\0\1\0\0\0\0\0\0", 16);
	fastcgi_encode_header(record, FASTCGI_PARAMS, 1, 32768);
	for (int i = 0; i < 2; i++)
		for (size_t at = 0; at < sizeof(record); at += sizeof(record) / 8)
			send_bytes(&wire, record + at, sizeof(record) / 8);
	wire_read(&wire, base);
	assert_int_equal(intake_pending(intake), 1);
	send_bytes(&wire, "\1\4\0\1\0\1\0\0x", 9);
	wire_read(&wire, base);
	assert_int_equal(strncmp(wire.content, "Status: 431 ", 12), 0);
	assert_true(wire.ended && wire.closed);
	assert_int_equal(intake_pending(intake), 0);
	stop_intake();
	wire_close(&wire);
}

static void
who_asks_without_end_and_reads_nothing_is_dropped(void **state)
{
	uint8_t questions[512 * FASTCGI_HEADER_BYTES];
	struct wire wire;

	(void)state;
	start_intake();
	for (size_t at = 0; at < sizeof(questions); at += FASTCGI_HEADER_BYTES)
		fastcgi_encode_header(questions + at, FASTCGI_DATA, 0, 0);
	connect_wire(&wire);
	send_bytes(&wire, questions, sizeof(questions));
	assert_int_equal(intake_pending(intake), 1);
	for (int i = 0; i < 100 && intake_pending(intake) > 0; i++)
		send_bytes(&wire, questions, sizeof(questions));
	assert_int_equal(intake_pending(intake), 0);
	assert_int_equal(metrics.refused[REFUSE_REQUEST], 1);
	wire_close(&wire);
	stop_intake();
}

static void
management_is_answered_and_the_request_goes_on(void **state)
{
	static const uint8_t expected[] = { 1, 11, 0, 0, 0, 8, 0, 0, 77, 0, 0, 0, 0, 0, 0, 0 };
	uint8_t request[1024], answer[64];
	struct wire wire;

	(void)state;
	start_intake();
	connect_wire(&wire);
	send_bytes(&wire, "\1\x4d\0\0\0\0\0\0", 8);
	assert_int_equal(read(wire.far, answer, sizeof(answer)), sizeof(expected));
	assert_memory_equal(answer, expected, sizeof(expected));
	send_bytes(&wire, request, make_request(request, ROUTE_PREFIX));
	assert_arrived();
	stop_intake();
	wire_close(&wire);
}

static void
a_stopped_intake_accepts_nobody_and_serves_who_is_there(void **state)
{
	uint8_t request[1024];
	size_t length = make_request(request, ROUTE_PREFIX);
	struct wire early, late;

	(void)state;
	start_intake();
	connect_wire(&early);
	send_bytes(&early, request, 20);
	intake_stop(intake);
	intake_stop(intake);
	connect_wire(&late);
	send_bytes(&late, request, length);
	assert_int_equal(intake_pending(intake), 1);
	send_bytes(&early, request + 20, length - 20);
	assert_arrived();
	stop_intake();
	wire_close(&early);
	start_intake(); /* whoever waited in the socket's queue is let in by the next */
	wire_turn(base);
	wire_turn(base);
	assert_arrived();
	stop_intake();
	wire_close(&late);
}

static void
closing_drops_what_was_coming_in(void **state)
{
	uint8_t request[1024];
	size_t before = peer_count();
	struct wire wires[3];

	(void)state;
	make_request(request, ROUTE_PREFIX);
	start_intake();
	for (size_t i = 0; i < 3; i++) {
		connect_wire(&wires[i]);
		send_bytes(&wires[i], request, 10 * i);
	}
	assert_int_equal(intake_pending(intake), 3);
	stop_intake();
	intake_close(NULL);
	assert_int_equal(peer_count(), before);
	for (size_t i = 0; i < 3; i++)
		wire_close(&wires[i]);
}

static void
a_plain_cgi_request_stands_in_the_environment(void **state)
{
	char method[] = "REQUEST_METHOD=GET", uri[] = "REQUEST_URI=" ROUTE_PREFIX "?x=1",
	     other[] = "REQUEST_URI_NOT=/", token[] = "HTTP_COOKIE=pgbell_session=abc",
	     after[] = "HTTP_LAST_EVENT_ID=41";
	char *const environment[] = { other, method, uri, token, after, NULL };
	char *const empty[] = { NULL };
	struct route route;

	(void)state;
	intake_read_environment(environment, true, &route);
	assert_int_equal(route.kind, ROUTE_STREAM);
	assert_string_equal(route.token, "abc");
	assert_int_equal(route.after, 41);
	intake_read_environment(empty, true, &route);
	assert_int_equal(route.kind, ROUTE_REFUSED);
	assert_int_equal(route.status, 404);
}

static int
set_up(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	log_open("intake_test", LOG_LEVEL_ERROR);
	base = event_base_new();
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	/* an abstract address: no file to leave behind */
	snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "pgbell-intake-test-%ld",
	    (long)getpid());
	return bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	       listen(listener, 16) != 0;
}

static int
tear_down(void **state)
{
	(void)state;
	close(listener);
	event_base_free(base);
	return peer_count() != 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_comes_in_however_it_is_cut),
		cmocka_unit_test(an_abort_right_behind_the_request_is_heard),
		cmocka_unit_test(a_web_server_that_leaves_half_way_leaves_nothing),
		cmocka_unit_test(a_request_has_so_long_to_arrive),
		cmocka_unit_test(a_request_that_has_arrived_has_no_deadline),
		cmocka_unit_test(nonsense_is_hung_up_on),
		cmocka_unit_test(another_role_is_told_that_it_is_unknown),
		cmocka_unit_test(a_lower_limit_of_the_header_holds_to_the_byte),
		cmocka_unit_test(a_connection_beyond_the_last_waits_until_one_has_gone),
		cmocka_unit_test(too_many_parameters_are_answered_431),
		cmocka_unit_test(who_asks_without_end_and_reads_nothing_is_dropped),
		cmocka_unit_test(management_is_answered_and_the_request_goes_on),
		cmocka_unit_test(a_stopped_intake_accepts_nobody_and_serves_who_is_there),
		cmocka_unit_test(closing_drops_what_was_coming_in),
		cmocka_unit_test(a_plain_cgi_request_stands_in_the_environment),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
