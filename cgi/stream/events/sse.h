/*
 * Server-Sent Events framing (HTML Living Standard, section 9.2): an event
 * to the bytes of an event stream.  Pure.
 */
#ifndef PGBELL_SSE_H
#define PGBELL_SSE_H

#include <stddef.h>
#include <stdint.h>

#include "common/span.h"

#define SSE_NO_ID (-1)
#define SSE_OPEN_END (-2) /* sse_format_id() follows */

/*
 * Write one event: an event line unless name is NULL, one data line for each
 * line of data (CR, LF and CRLF all end a line, so data cannot break out of
 * its field), an id line unless id is SSE_NO_ID, and the empty line that
 * dispatches it; the last two not where id is SSE_OPEN_END.  The id comes last, since there are
 * readers that take it for theirs when they have read its line: cut short before, they come back
 * for the event.  Writes at most capacity bytes, without a NUL, and returns how many bytes the
 * event has: like snprintf, so a first call with capacity 0 measures.  name must hold no line end.
 */
size_t sse_format_event(char *out, size_t capacity, int64_t id, const char *name, struct span data);

/*
 * The end of an event that was left open: the id line, for an id that is more than a
 * number, and the empty line.  id must hold no line end.
 */
size_t sse_format_id(char *out, size_t capacity, struct span id);

/* Write a retry field of its own: the milliseconds a client waits before it comes back. */
size_t sse_format_retry(char *out, size_t capacity, unsigned retry_ms);

#endif
