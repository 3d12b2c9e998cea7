/*
 * An intake on a real listening socket, and a web server that sends it bytes:
 * what the tests of the intake share.  For one source file of a program.
 */
#ifndef PGBELL_TESTS_INTAKE_SCENE_H
#define PGBELL_TESTS_INTAKE_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/un.h>
// cmocka wants the headers above it
#include <cmocka.h>

#include "cgi/stream/wire/door_fastcgi.h"
#include "cgi/stream/wire/fastcgi_request.h"
#include "cgi/stream/wire/intake.h"
#include "common/log.h"
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
static const struct door *intake_door = &door_fastcgi;
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

static inline void
start_limited_intake(size_t header_bytes, size_t connections_max)
{
	const struct intake_settings settings = {
		.visit = { .timeout_s = TIMEOUT_S,
		    .header_bytes = header_bytes,
		    .rules = { .query_token = true, .origins = "https://allowed.example" } },
		.connections_max = connections_max
	};

	arrival = (struct arrival){ .count = 0 };
	metrics = (struct metrics){ 0 };
	intake = intake_create(base, listener, intake_door, &settings, &metrics, on_request, NULL);
}

static inline void
start_intake(void)
{
	start_limited_intake(FASTCGI_PARAMS_MAX, SIZE_MAX);
}

static inline void
stop_intake(void)
{
	peer_close(arrival.peer);
	intake_close(intake);
	deferred_free_now();
}

static inline void
connect_wire(struct wire *wire)
{
	*wire = (struct wire){ .id = 1, .content = calloc(1, WIRE_CONTENT_MAX) };
	wire->far = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(connect(wire->far, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(fcntl(wire->far, F_SETFL, O_NONBLOCK), 0);
}

static inline void
send_bytes(struct wire *wire, const void *bytes, size_t length)
{
	if (length > 0)
		assert_int_equal(write(wire->far, bytes, length), length);
	wire_turn(base);
	wire_turn(base);
}

static inline size_t
add_record(uint8_t *at, enum fastcgi_type type, const void *content, size_t length)
{
	fastcgi_encode_header(at, type, 1, (uint16_t)length);
	memcpy(at + FASTCGI_HEADER_BYTES, content, length);
	return FASTCGI_HEADER_BYTES + length;
}

static inline size_t
add_pair(uint8_t *at, const char *name, const char *value)
{
	at[0] = (uint8_t)strlen(name);
	at[1] = (uint8_t)strlen(value);
	memcpy(at + 2, name, at[0]);
	memcpy(at + 2 + at[0], value, at[1]);
	return 2 + (size_t)at[0] + at[1];
}

/* A whole request as nginx sends it, standard input and all. */
static inline size_t
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

static inline void
assert_arrived(void)
{
	assert_int_equal(arrival.count, 1);
	assert_int_equal(arrival.route.kind, ROUTE_STREAM);
	assert_string_equal(arrival.route.token, "abc");
	assert_true(arrival.route.has_after);
	assert_int_equal(arrival.route.after, 41);
	assert_int_equal(intake_pending(intake), 0);
}

static inline int
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

static inline int
tear_down(void **state)
{
	(void)state;
	close(listener);
	event_base_free(base);
	return peer_count() != 0;
}

#endif
