/*
 * The log: one line an event on standard error, in logfmt: key=value pairs,
 * a value in quotes where it holds more than a word.
 *
 *   log_info("stream_closed", "user=%s events=%u", log_value(user->id).text, events);
 *
 * Whatever is not our own word or number goes through log_value(), so it
 * stays one value.  A line stays a line in any case: control characters in
 * what did not become blanks.  Never pass a token, a ticket or a password.
 */
#ifndef PGBELL_LOG_H
#define PGBELL_LOG_H

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

#define LOG_LINE_MAX 2048 /* bytes; a longer line is cut */
#define LOG_VALUE_MAX 512 /* bytes of one value, as it is written; a longer one is cut */

/* Name the program and the lowest level that is written.  program is borrowed for good. */
void log_open(const char *program, enum log_level lowest);

/* Write lines that were kept (log_writer.h), and when none is left say how many had to be left out.
 */
void log_flush(void);

/* Write what is left, and wait for whoever reads it so long at most: the program ends. */
void log_finish(int wait_ms);

/*
 * format may be NULL.  A line that standard error does not take, because
 * whoever reads it stands still, is left out; how many were is told later.
 */
void log_debug(const char *event, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_info(const char *event, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_warning(const char *event, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_error(const char *event, const char *format, ...) __attribute__((format(printf, 2, 3)));

struct log_value {
	char text[LOG_VALUE_MAX];
};

/*
 * A value as it stands in a line: a plain word as it is, everything else in
 * quotes, with the escapes of a JSON string, the line ends at its own end
 * left out.  A value that does not fit is cut, but not within a character or
 * an escape.  Pure.
 */
struct log_value log_value(const char *in);

#endif
