/* Where lines go that standard error does not take: no writer waits, and no line comes in pieces.
 */
#include "common/log_writer.h"

#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
// cmocka wants the headers above it
#include <cmocka.h>

#include "common/log.h"

#define LINE_BYTES 100

static int ends[2], kept_error;

/* Whatever waits longer than this waits for ever. */
static void
redirect(int descriptor)
{
	kept_error = dup(STDERR_FILENO);
	assert_int_equal(dup2(descriptor, STDERR_FILENO), STDERR_FILENO);
	log_writer_never_wait();
	alarm(60);
}

static void
restore(void)
{
	char rest[65536];

	alarm(0);
	assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	do
		log_writer_flush();
	while (read(ends[0], rest, sizeof(rest)) > 0);
	assert_false(log_writer_is_waiting());
	(void)log_writer_take_lost();
	assert_int_equal(dup2(kept_error, STDERR_FILENO), STDERR_FILENO);
	close(kept_error);
	close(ends[0]);
	close(ends[1]);
}

static bool
add_line(int number)
{
	char line[LINE_BYTES + 1];

	snprintf(line, sizeof(line), "%0*d\n", LINE_BYTES - 1, number);
	return log_writer_add(line, LINE_BYTES);
}

/* Read so many lines, writing what is kept meanwhile; they begin with number. */
static void
expect_lines(int number, int count)
{
	for (int i = 0; i < count; i++) {
		char line[LINE_BYTES + 1] = "";
		size_t length = 0;

		while (length < LINE_BYTES) {
			ssize_t got = read(ends[0], line + length, LINE_BYTES - length);

			assert_true(got > 0);
			length += (size_t)got;
			log_writer_flush();
		}
		assert_int_equal(atoi(line), number + i);
		assert_int_equal(line[LINE_BYTES - 1], '\n');
	}
}

static void
fill_and_empty(void)
{
	int taken = 0;
	uint64_t lost = log_writer_lost();

	while (add_line(taken))
		taken++;
	assert_true(taken >= LOG_WRITER_KEPT_MAX / LINE_BYTES); /* and what the kernel took */
	assert_true(log_writer_is_waiting());
	assert_false(add_line(0));
	assert_int_equal(log_writer_lost() - lost, 2);
	assert_int_equal(log_writer_take_lost(), 0); /* no room to tell of it */
	expect_lines(0, taken);
	assert_int_equal(log_writer_take_lost(), 2);
	assert_int_equal(log_writer_take_lost(), 0);
	log_writer_return_lost(2);
	assert_int_equal(log_writer_take_lost(), 2);
	assert_false(log_writer_is_waiting());
	assert_true(add_line(1));
	assert_false(log_writer_is_waiting());
	expect_lines(1, 1);
}

static void
a_pipe_that_nobody_reads_keeps_nobody_waiting(void **state)
{
	(void)state;
	assert_int_equal(pipe(ends), 0);
	redirect(ends[1]);
	fill_and_empty();
	assert_int_equal(fcntl(STDERR_FILENO, F_GETFL) & O_NONBLOCK, 0); /* it is others' too */
	restore();
}

static void
a_socket_that_nobody_reads_keeps_nobody_waiting(void **state)
{
	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	redirect(ends[1]);
	fill_and_empty();
	assert_int_equal(fcntl(STDERR_FILENO, F_GETFL) & O_NONBLOCK, 0);
	restore();
}

static void
a_file_takes_every_line_at_once(void **state)
{
	FILE *file = tmpfile();

	(void)state;
	assert_non_null(file);
	assert_int_equal(pipe(ends), 0);
	redirect(fileno(file));
	for (int i = 0; i < 10000; i++)
		assert_true(add_line(i));
	assert_false(log_writer_is_waiting());
	assert_int_equal(lseek(fileno(file), 0, SEEK_END), 10000 * LINE_BYTES);
	close(ends[1]);
	ends[1] = dup(ends[0]);
	restore();
	fclose(file);
}

static void
lines_for_a_reader_who_is_gone_are_left_out(void **state)
{
	(void)state;
	assert_int_equal(pipe(ends), 0);
	redirect(ends[1]);
	while (!log_writer_is_waiting())
		assert_true(add_line(0));
	close(ends[0]);
	log_writer_flush();
	assert_false(log_writer_is_waiting());
	assert_true(log_writer_take_lost() > 0);
	assert_false(add_line(1));
	ends[0] = open("/dev/null", O_RDONLY);
	restore();
}

static void
at_the_end_a_slow_reader_is_given_some_time_and_no_more(void **state)
{
	(void)state;
	assert_int_equal(pipe(ends), 0);
	redirect(ends[1]);
	while (!log_writer_is_waiting())
		assert_true(add_line(0));
	log_writer_finish(50);
	assert_true(log_writer_is_waiting());
	restore();
}

static void
what_was_left_out_is_told_once_there_is_room(void **state)
{
	static char text[1000000];
	uint64_t lost = log_writer_lost();
	size_t length = 0;
	ssize_t got;

	(void)state;
	log_open("pgbell-test", LOG_LEVEL_INFO);
	assert_int_equal(pipe(ends), 0);
	redirect(ends[1]);
	while (log_writer_lost() < lost + 10)
		log_info("line", NULL);
	assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	while ((got = read(ends[0], text + length, sizeof(text) - 1 - length)) > 0) {
		length += (size_t)got;
		log_flush(); /* nothing else is logged */
	}
	assert_non_null(strstr(text, " level=warning event=lines_lost lines=10\n"));
	assert_null(strstr(strstr(text, "lines_lost") + 1, "lines_lost"));
	restore();
}

#define test(name) cmocka_unit_test(name)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_pipe_that_nobody_reads_keeps_nobody_waiting),
		test(a_socket_that_nobody_reads_keeps_nobody_waiting),
		test(a_file_takes_every_line_at_once),
		test(lines_for_a_reader_who_is_gone_are_left_out),
		test(at_the_end_a_slow_reader_is_given_some_time_and_no_more),
		test(what_was_left_out_is_told_once_there_is_room),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
