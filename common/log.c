/*
 * One write(2) a line, so that lines of several processes on one standard error
 * do not mix.  log_value() makes each value safe; for the whole line it only
 * remains to replace control characters, which could end it early.
 */
#include "common/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log_writer.h"
#include "common/timestamp.h"

static const char *log_program = "pgbell";
static enum log_level log_lowest = LOG_LEVEL_INFO;

static const char *const level_names[] = { "debug", "info", "warning", "error" };

void
log_open(const char *program, enum log_level lowest)
{
	log_program = program;
	log_lowest = lowest;
}

/* Whether a value needs no quotes. */
static bool
is_word(const char *in)
{
	const char *at = in;

	while ((unsigned char)*at > ' ' && *at != 0x7f && strchr("\"\\=", *at) == NULL)
		at++;
	return at > in && *at == '\0';
}

/* The length of the next character in bytes; an invalid byte counts as one. */
static size_t
measure_character(const char *in)
{
	size_t length = 1;

	if ((unsigned char)in[0] < 0x80)
		return length;
	while (length < 4 && ((unsigned char)in[length] & 0xc0) == 0x80)
		length++;
	return length;
}

/* Write one character, escaped as in JSON; returns the length. */
static size_t
escape_character(const char *in, size_t length, char out[8])
{
	static const char special[] = "\"\\\n\r\t", written[] = "\"\\nrt";
	const char *found = strchr(special, *in);

	if (found != NULL)
		return (size_t)snprintf(out, 8, "\\%c", written[found - special]);
	if ((unsigned char)*in < 0x20 || *in == 0x7f)
		return (size_t)snprintf(out, 8, "\\u%04x", (unsigned char)*in);
	memcpy(out, in, length);
	return length;
}

struct log_value
log_value(const char *in)
{
	struct log_value value;
	size_t used = 0, length = strlen(in);
	const char *end;

	while (length > 0 && (in[length - 1] == '\n' || in[length - 1] == '\r'))
		length--; /* of a message of libpq's */
	end = in + length;
	if (is_word(in) && length < sizeof(value.text)) {
		memcpy(value.text, in, length + 1);
		return value;
	}
	value.text[used++] = '"';
	while (in < end) {
		size_t size = measure_character(in);
		char escaped[8];
		size_t needed = escape_character(in, size, escaped);

		if (used + needed + 2 > sizeof(value.text))
			break;
		memcpy(value.text + used, escaped, needed);
		used += needed;
		in += size;
	}
	value.text[used++] = '"';
	value.text[used] = '\0';
	return value;
}

static void
blank_controls(char *line)
{
	for (; *line != '\0'; line++)
		if ((unsigned char)*line < 0x20 || *line == 0x7f)
			*line = ' ';
}

/* A line was written again: log how many were left out before it. */
static void
report_loss(void)
{
	uint64_t lost = log_writer_take_lost(), before = log_writer_lost();

	if (lost == 0)
		return;
	log_warning("lines_lost", "lines=%" PRIu64, lost);
	if (log_writer_lost() > before)
		log_writer_return_lost(lost);
}

static void __attribute__((format(printf, 3, 0)))
write_line(enum log_level level, const char *event, const char *format, va_list arguments)
{
	char line[LOG_LINE_MAX], stamp[TIMESTAMP_MAX];
	size_t room = sizeof(line) - 1, length; /* the line's end always fits */

	if (level < log_lowest)
		return;
	timestamp_format(timestamp_now(), TIMESTAMP_MS, stamp);
	snprintf(line, room, "%s %s[%ld] level=%s event=%s%s", stamp, log_program, (long)getpid(),
	    level_names[level], event, format == NULL ? "" : " ");
	length = strlen(line);
	if (format != NULL)
		vsnprintf(line + length, room - length, format, arguments);
	blank_controls(line);
	length = strlen(line);
	line[length++] = '\n';
	if (log_writer_add(line, length))
		report_loss();
}

void
log_flush(void)
{
	log_writer_flush();
	if (!log_writer_is_waiting())
		report_loss();
}

void
log_finish(int wait_ms)
{
	log_writer_finish(wait_ms);
	log_flush(); /* it may log lines_lost */
}

#define DEFINE_LEVEL(name, level)                             \
	void name(const char *event, const char *format, ...) \
	{                                                     \
		va_list arguments;                            \
                                                              \
		va_start(arguments, format);                  \
		write_line(level, event, format, arguments);  \
		va_end(arguments);                            \
	}

DEFINE_LEVEL(log_debug, LOG_LEVEL_DEBUG)
DEFINE_LEVEL(log_info, LOG_LEVEL_INFO)
DEFINE_LEVEL(log_warning, LOG_LEVEL_WARNING)
DEFINE_LEVEL(log_error, LOG_LEVEL_ERROR)
