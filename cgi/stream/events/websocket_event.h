/*
 * An event as the text message of a WebSocket, its frame's header included:
 *
 *   {"event":"new_notification","id":42,"data":{…}}
 *
 * Pure.  As sse.h for streams.
 */
#ifndef PGBELL_WEBSOCKET_EVENT_H
#define PGBELL_WEBSOCKET_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "common/span.h"

/*
 * Write one event; no id where it is SSE_NO_ID.  data is JSON text in UTF-8;
 * name needs no escapes.  Writes at most capacity bytes and returns how many the
 * whole has, so a first call with capacity 0 measures.
 */
size_t websocket_format_event(
    char *out, size_t capacity, int64_t id, const char *name, struct span data);

#endif
