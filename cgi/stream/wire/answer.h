/*
 * A whole short response: what the stream program says when it does not
 * open a stream.
 */
#ifndef PGBELL_ANSWER_H
#define PGBELL_ANSWER_H

#include "cgi/stream/wire/peer.h"

#define ANSWER_RETRY_AFTER_S 5

/* Answer with a body of this media type, finish the peer, and let it go. */
void answer_send(struct peer *peer, int status, const char *media_type, const char *body);

/*
 * Answer with a problem document (RFC 9457) and the fields that the status
 * asks for: WWW-Authenticate, Allow, Retry-After, Upgrade.
 */
void answer_refuse(struct peer *peer, int status, const char *detail);

/* The same for a value of a parameter of the query, which the document names. */
void answer_refuse_parameter(
    struct peer *peer, int status, const char *detail, const char *parameter);

/*
 * Open an event stream only to say when to come back, and end it: a
 * browser's EventSource returns after a 200, but never from a 503; and of
 * a WebSocket that was not opened a page learns nothing.
 */
void answer_come_back(struct peer *peer, unsigned retry_ms);

/* The header of an event stream's response. */
struct span answer_stream_header(void);

/*
 * Append what goes before the first event: the header of an event stream's response,
 * or what opens a WebSocket.
 */
void answer_begin_stream(struct peer *peer, struct frame_builder *builder);

#endif
