/*
 * One write(2) a line, so that lines of several processes on one standard
 * error do not mix.  The message is formatted first and escaped as a whole:
 * a hostile value can lengthen a line but never begin a new one.
 */
#include "common/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

void
log_escape(const char *in, char *out, size_t capacity)
{
	size_t used = 0;

	for (; *in != '\0'; in++) {
		unsigned char c = (unsigned char)*in;
		bool plain = c >= 0x20 && c != 0x7f && c != '\\';

		if (used + (plain ? 1 : 4) >= capacity)
			break;
		if (plain) {
			out[used++] = (char)c;
		} else {
			snprintf(out + used, 5, "\\x%02x", c);
			used += 4;
		}
	}
	out[used] = '\0';
}

static void __attribute__((format(printf, 3, 0)))
write_line(enum log_level level, const char *event, const char *format, va_list arguments)
{
	char message[LOG_LINE_MAX], escaped[LOG_LINE_MAX], line[2 * LOG_LINE_MAX],
	    stamp[TIMESTAMP_MAX];
	int length;

	if (level < log_lowest)
		return;
	message[0] = '\0';
	if (format != NULL)
		vsnprintf(message, sizeof(message), format, arguments);
	log_escape(message, escaped, sizeof(escaped));
	timestamp_format(timestamp_now(), TIMESTAMP_MS, stamp);
	length =
	    snprintf(line, sizeof(line), "%s %s[%ld] level=%s event=%s%s%s\n", stamp, log_program,
		(long)getpid(), level_names[level], event, escaped[0] == '\0' ? "" : " ", escaped);
	if (length > 0 && write(STDERR_FILENO, line, (size_t)length) < 0)
		return; /* nowhere left to say it */
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
