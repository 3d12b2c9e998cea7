/* Requests come in, however they are cut and however the intake ends. */
#include "tests/unit/intake_scene.h"

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
management_is_answered_and_the_request_goes_on(void **state)
{
	static const uint8_t expected[] = { 1, 11, 0, 0, 0, 8, 0, 0, 77, 0, 0, 0, 0, 0, 0, 0 };
	uint8_t request[1024], answer[64];
	struct wire wire;
	size_t length = make_request(request, ROUTE_PREFIX);

	(void)state;
	start_intake();
	connect_wire(&wire);
	send_bytes(&wire, "\1\x4d\0\0\0\0\0\0", 8);
	assert_int_equal(read(wire.far, answer, sizeof(answer)), sizeof(expected));
	assert_memory_equal(answer, expected, sizeof(expected));
	send_bytes(&wire, request, length);
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
	const struct route_rules rules = { .query_token = true };
	struct route route;

	(void)state;
	intake_read_environment(environment, &rules, &route);
	assert_int_equal(route.kind, ROUTE_STREAM);
	assert_string_equal(route.token, "abc");
	assert_int_equal(route.after, 41);
	intake_read_environment(empty, &rules, &route);
	assert_int_equal(route.kind, ROUTE_REFUSED);
	assert_int_equal(route.status, 404);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_comes_in_however_it_is_cut),
		cmocka_unit_test(an_abort_right_behind_the_request_is_heard),
		cmocka_unit_test(a_web_server_that_leaves_half_way_leaves_nothing),
		cmocka_unit_test(management_is_answered_and_the_request_goes_on),
		cmocka_unit_test(a_stopped_intake_accepts_nobody_and_serves_who_is_there),
		cmocka_unit_test(closing_drops_what_was_coming_in),
		cmocka_unit_test(a_plain_cgi_request_stands_in_the_environment),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
