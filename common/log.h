/*
 * The log: one line an event on standard error, in logfmt: key=value pairs,
 * a value in quotes where it holds more than a word.
 *
 *   log_info("stream_closed", "user=%s events=%u", log_value(user->id).text, events);
 *
 * Anything but our own words and numbers goes through log_value(), so that it
 * stays one value.  A line is always one line: control characters that did not go
 * through log_value() become blanks.  Never pass a token, a ticket or a password.
 */
#ifndef PGBELL_LOG_H
#define PGBELL_LOG_H

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

#define LOG_LINE_MAX 2048 /* bytes; a longer line is cut */
#define LOG_VALUE_MAX 512 /* bytes of one value, as it is written; a longer one is cut */

/* Set the program's name and the lowest level that is written.  program is borrowed until the end.
 */
void log_open(const char *program, enum log_level lowest);

/* Write lines that were kept (log_writer.h); when none is left, log how many were left out. */
void log_flush(void);

/* Before the program ends: write what is left, and wait for standard error up to wait_ms. */
void log_finish(int wait_ms);

/*
 * Log an event at a level; format may be NULL.  A line that standard error cannot
 * take, because its reader does not read, is left out; how many were left out is
 * logged later (lines_lost).
 */
void log_debug(const char *event, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_info(const char *event, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_warning(const char *event, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_error(const char *event, const char *format, ...) __attribute__((format(printf, 2, 3)));

struct log_value {
	char text[LOG_VALUE_MAX];
};

/*
 * Format a value for a line: a plain word as it is, anything else in quotes with
 * the escapes of a JSON string.  Line ends at its end are dropped.  A value that
 * does not fit is cut, but not within a character or an escape.  Pure.
 */
struct log_value log_value(const char *in);

#endif
