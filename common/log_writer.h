/*
 * The writer of the log: where lines go, and what happens to those that
 * standard error does not take now.
 *
 * At first it waits for a reader that is only slow, and leaves lines out
 * while it stands still.  A program with an event loop must not wait: it keeps
 * lines, and writes them when standard error takes some.
 */
#ifndef PGBELL_LOG_WRITER_H
#define PGBELL_LOG_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_WRITER_WAIT_MS 100     /* for a reader that is only slow */
#define LOG_WRITER_KEPT_MAX 262144 /* bytes of lines that wait to be written */

/*
 * From now on no line is waited for: up to LOG_WRITER_KEPT_MAX bytes of them
 * are kept.  Standard error itself stays as it is, for others have it too; a
 * file is taken to be writable at any time.
 */
void log_writer_never_wait(void);

/* One line, with its end, of at most PIPE_BUF bytes.  False where it was left out, and counted. */
bool log_writer_add(const char *line, size_t length);

/* Whether lines are kept; and the descriptor by which it shows that some of them can be written. */
bool log_writer_is_waiting(void);
int log_writer_descriptor(void);

/* Write what can be written of what is kept. */
void log_writer_flush(void);

/* Write what is kept, and wait for it so long at most: the program ends. */
void log_writer_finish(int wait_ms);

/* How many lines have been left out so far. */
uint64_t log_writer_lost(void);

/*
 * How many of them nobody has been told of, as far as there is room for a line
 * that tells; and that this line was left out, too.
 */
uint64_t log_writer_take_lost(void);
void log_writer_return_lost(uint64_t lost);

#endif
