/* The log: what stands in a value stays in it, and a line is one line. */
#include "common/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
// cmocka wants the headers above it
#include <cmocka.h>

#include "tests/unit/in_range.h"

static void
assert_value(const char *in, const char *expected)
{
	assert_string_equal(log_value(in).text, expected);
}

static void
a_plain_word_stays_as_it_is(void **state)
{
	(void)state;
	assert_value("7", "7");
	assert_value("0b5c-11e8", "0b5c-11e8");
	assert_value("someone@example.org", "someone@example.org");
	assert_value("J\xc3\xbcrgen", "J\xc3\xbcrgen");
}

static void
all_else_is_quoted(void **state)
{
	(void)state;
	assert_value("", "\"\"");
	assert_value("two words", "\"two words\"");
	assert_value("a=b", "\"a=b\"");
	assert_value("7\" level=error", "\"7\\\" level=error\"");
	assert_value("C:\\", "\"C:\\\\\"");
	assert_value("\"", "\"\\\"\"");
}

static void
control_characters_are_escaped_as_in_json(void **state)
{
	(void)state;
	assert_value("a\r\nb\tc", "\"a\\r\\nb\\tc\"");
	assert_value("\x01\x1b[2J\x7f", "\"\\u0001\\u001b[2J\\u007f\"");
	assert_value("\n\x80.", "\"\\n\x80.\""); /* a stray byte is no part of what it follows */
}

static void
the_line_end_of_a_message_is_left_out(void **state)
{
	(void)state;
	assert_value("server closed the connection\n", "\"server closed the connection\"");
	assert_value("one\ntwo\r\n\n", "\"one\\ntwo\"");
	assert_value("\n", "\"\"");
}

/* A value of count times unit is cut to as many of them as fit between its quotes. */
static void
assert_cut(const char *unit, size_t count, const char *written)
{
	size_t size = strlen(unit), fitting = (LOG_VALUE_MAX - 3) / strlen(written);
	char *in = calloc(count * size + 1, 1);
	struct log_value value;

	for (size_t i = 0; i < count; i++)
		memcpy(in + i * size, unit, size);
	value = log_value(in);
	assert_int_equal(strlen(value.text), fitting * strlen(written) + 2);
	for (size_t i = 0; i < fitting; i++)
		assert_memory_equal(value.text + 1 + i * strlen(written), written, strlen(written));
	assert_string_equal(value.text + strlen(value.text) - 1, "\"");
	free(in);
}

static void
a_long_value_is_cut_between_two_characters(void **state)
{
	char word[LOG_VALUE_MAX];

	(void)state;
	memset(word, 'w', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	assert_value(word, word); /* as long as may be */
	assert_cut("w", LOG_VALUE_MAX, "w");
	assert_cut("\"", LOG_VALUE_MAX, "\\\"");
	assert_cut("\x01", LOG_VALUE_MAX, "\\u0001");
	assert_cut("\xe2\x82\xac", LOG_VALUE_MAX, "\xe2\x82\xac");
	assert_cut("\xf0\x9f\x94\x94", LOG_VALUE_MAX, "\xf0\x9f\x94\x94");
}

static FILE *file; /* what standard error is for the time of a line */
static int kept;

static void
catch_lines(void)
{
	file = tmpfile();
	assert_non_null(file);
	kept = dup(STDERR_FILENO);
	assert_int_equal(dup2(fileno(file), STDERR_FILENO), STDERR_FILENO);
}

/* What was written since; the caller frees it. */
static char *
take_lines(void)
{
	char *text = calloc(1, 4 * LOG_LINE_MAX);

	assert_int_equal(dup2(kept, STDERR_FILENO), STDERR_FILENO);
	close(kept);
	rewind(file);
	(void)!fread(text, 1, 4 * LOG_LINE_MAX - 1, file);
	fclose(file);
	return text;
}

static void
a_line_has_time_program_level_event_and_values(void **state)
{
	char expected[128], *text;

	(void)state;
	log_open("pgbell-test", LOG_LEVEL_INFO);
	catch_lines();
	log_debug("below", "the=level");
	log_warning("stream_closed", "user=%s events=%d", log_value("a \"b\"").text, 3);
	log_info("stopped", NULL);
	text = take_lines();
	snprintf(expected, sizeof(expected),
	    "Z pgbell-test[%ld] level=warning event=stream_closed user=\"a \\\"b\\\"\" events=3\n",
	    (long)getpid());
	assert_non_null(strchr(text, 'Z'));
	assert_memory_equal(strchr(text, 'Z'), expected, strlen(expected));
	assert_non_null(strstr(text, " level=info event=stopped\n"));
	assert_null(strstr(text, "below"));
	free(text);
}

static void
a_line_is_one_line_whatever_is_in_it(void **state)
{
	char longest[2 * LOG_LINE_MAX], *text;

	(void)state;
	log_open("pgbell-test", LOG_LEVEL_DEBUG);
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	catch_lines();
	log_error("unquoted", "value=%s", "one\r\ntwo\x7f");
	text = take_lines();
	assert_non_null(strstr(text, "value=one  two \n"));
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	free(text);
	catch_lines();
	log_debug("long", "value=%s", longest);
	text = take_lines();
	assert_int_in_range(strlen(text), LOG_LINE_MAX - 3, LOG_LINE_MAX);
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	free(text);
}

/* Whoever reads the log may stand still; we must not. */
static void
lines_that_nobody_reads_are_left_out_and_counted(void **state)
{
	char early[32768] = "", late[32768] = "";
	int ends[2];

	(void)state;
	log_open("pgbell-test", LOG_LEVEL_INFO);
	assert_int_equal(pipe(ends), 0);
	assert_true(fcntl(ends[1], F_SETPIPE_SZ, 16384) > 0);
	kept = dup(STDERR_FILENO);
	assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	alarm(60);
	for (int i = 0; i < 1000; i++)
		log_info("line", "number=%d.", i);
	(void)!read(ends[0], early, sizeof(early) - 1);
	log_info("line", "number=1000.");
	log_info("line", "number=1001.");
	alarm(0);
	assert_int_equal(dup2(kept, STDERR_FILENO), STDERR_FILENO);
	(void)!read(ends[0], late, sizeof(late) - 1);
	assert_int_in_range(strlen(early), 8192, 16384);
	assert_non_null(strstr(early, " number=0.\n"));
	assert_ptr_equal(strrchr(early, '\n'), early + strlen(early) - 1);
	assert_non_null(strstr(late, " number=1000.\n"));
	assert_non_null(strstr(late, " level=warning event=lines_lost lines="));
	assert_non_null(strstr(late, " number=1001.\n"));
	assert_null(strstr(strstr(late, "lines_lost") + 1, "lines_lost"));
	close(kept);
	close(ends[0]);
	close(ends[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_word_stays_as_it_is),
		cmocka_unit_test(all_else_is_quoted),
		cmocka_unit_test(control_characters_are_escaped_as_in_json),
		cmocka_unit_test(the_line_end_of_a_message_is_left_out),
		cmocka_unit_test(a_long_value_is_cut_between_two_characters),
		cmocka_unit_test(a_line_has_time_program_level_event_and_values),
		cmocka_unit_test(a_line_is_one_line_whatever_is_in_it),
		cmocka_unit_test(lines_that_nobody_reads_are_left_out_and_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
