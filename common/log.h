/*
 * The log: one line an event on standard error, as key=value pairs
 * ("level=info event=stream_closed user=7 reason=client_left").  Whatever
 * stands in a value, a line stays a line: control characters are escaped.
 * Never pass a token, a ticket or a password.  format may be NULL.
 */
#ifndef PGBELL_LOG_H
#define PGBELL_LOG_H

#include <stddef.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

#define LOG_LINE_MAX 2048 /* bytes; a longer line is cut */

/* Name the program and the lowest level that is written.  program is borrowed for good. */
void log_open(const char *program, enum log_level lowest);

void log_debug(const char *event, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_info(const char *event, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_warning(const char *event, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_error(const char *event, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Escape control characters and backslashes of in as \xHH into out (capacity
 * bytes, NUL included; cut where it does not fit, never inside an escape).
 * Pure; what the functions above use.
 */
void log_escape(const char *in, char *out, size_t capacity);

#endif
