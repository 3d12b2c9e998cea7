/*
 * Writes lines to standard error, also where its reader is slow or stuck.
 *
 * At first it waits up to LOG_WRITER_WAIT_MS for the reader, and leaves lines out
 * while the reader is stuck.  A program with an event loop must not wait: after
 * log_writer_never_wait() lines are kept, and written when standard error takes
 * them.
 */
#ifndef PGBELL_LOG_WRITER_H
#define PGBELL_LOG_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_WRITER_WAIT_MS 100     /* for a slow reader */
#define LOG_WRITER_KEPT_MAX 262144 /* bytes of lines that wait to be written */

/*
 * Never wait from now on: keep up to LOG_WRITER_KEPT_MAX bytes of lines.  The
 * flags of standard error stay as they are, since other processes share it.  A
 * file counts as always writable.
 */
void log_writer_never_wait(void);

/* Write or keep a line of at most PIPE_BUF bytes, its line end included.  False: it was left out.
 */
bool log_writer_add(const char *line, size_t length);

/* Whether lines are kept; and the descriptor to wait for (POLLOUT) before log_writer_flush(). */
bool log_writer_is_waiting(void);
int log_writer_descriptor(void);

/* Write as many kept lines as can be written now. */
void log_writer_flush(void);

/* Before the program ends: write what is kept, and wait for it up to wait_ms. */
void log_writer_finish(int wait_ms);

/* How many lines have been left out since the start. */
uint64_t log_writer_lost(void);

/*
 * Take the number of lines left out that has not been logged yet, in order to log
 * it; 0 where there is no room for that line.  If the line is left out too, give
 * the number back.
 */
uint64_t log_writer_take_lost(void);
void log_writer_return_lost(uint64_t lost);

#endif
