/* What the intake refuses: nonsense, and what is too late, too long or too many. */
#include "tests/unit/clock.h"
#include "tests/unit/intake_scene.h"

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
	size_t length = make_request(request, ROUTE_PREFIX);

	(void)state;
	start_intake();
	connect_wire(&wire);
	send_bytes(&wire, request, length);
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

/* How many lines the log has been given since standard error is this file. */
static int
count_lines(FILE *file)
{
	int lines = 0;

	rewind(file);
	for (int c; (c = fgetc(file)) != EOF;)
		lines += c == '\n';
	return lines;
}

static void
pass_pauses(void)
{
	for (int turn = 0; turn < 3; turn++, clock_skip(1)) /* less than TIMEOUT_S with the next */
		wire_turn(base);
}

static void
a_full_house_is_told_once_until_all_who_waited_are_in(void **state)
{
	int kept = dup(STDERR_FILENO), with_nobody_waiting, full, one_later, again;
	FILE *file = tmpfile();
	struct wire wires[4];

	(void)state;
	assert_non_null(file);
	assert_int_equal(dup2(fileno(file), STDERR_FILENO), STDERR_FILENO);
	start_limited_intake(FASTCGI_PARAMS_MAX, 1);
	connect_wire(&wires[0]);
	pass_pauses();
	with_nobody_waiting = count_lines(file) + (int)metrics.accept_pauses;
	connect_wire(&wires[1]);
	connect_wire(&wires[2]);
	pass_pauses();
	full = count_lines(file);
	wire_close(&wires[0]);
	pass_pauses();
	one_later = count_lines(file);
	wire_close(&wires[1]);
	pass_pauses();
	connect_wire(&wires[3]);
	pass_pauses();
	again = count_lines(file);
	assert_int_equal(dup2(kept, STDERR_FILENO), STDERR_FILENO);
	close(kept);
	fclose(file);
	assert_int_equal(with_nobody_waiting, 0);
	assert_int_equal(full, 1);
	assert_int_equal(one_later, 1);
	assert_int_equal(again, 2);
	assert_true(metrics.accept_pauses > 4);
	stop_intake();
	wire_close(&wires[2]);
	wire_close(&wires[3]);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_has_so_long_to_arrive),
		cmocka_unit_test(a_request_that_has_arrived_has_no_deadline),
		cmocka_unit_test(nonsense_is_hung_up_on),
		cmocka_unit_test(another_role_is_told_that_it_is_unknown),
		cmocka_unit_test(a_lower_limit_of_the_header_holds_to_the_byte),
		cmocka_unit_test(a_connection_beyond_the_last_waits_until_one_has_gone),
		cmocka_unit_test(a_full_house_is_told_once_until_all_who_waited_are_in),
		cmocka_unit_test(too_many_parameters_are_answered_431),
		cmocka_unit_test(who_asks_without_end_and_reads_nothing_is_dropped),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
