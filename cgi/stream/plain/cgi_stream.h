/*
 * The one request of a plain CGI program: what is in our environment, and
 * answered on standard output.  All that such a program does otherwise than a
 * FastCGI responder is decided here, but for two things: frames are bare
 * content, and a peer reads nothing (FRAME_BARE).
 */
#ifndef PGBELL_CGI_STREAM_H
#define PGBELL_CGI_STREAM_H

#include <event2/event.h>
#include <stdbool.h>

#include "cgi/stream/audience/hub.h"
#include "cgi/stream/database/reader.h"
#include "cgi/stream/wire/route.h"
#include "common/config.h"

struct cgi_stream;

/*
 * Read the request from the environment, and take a slot where it is for a
 * stream.  on_over is called when that has lasted long enough.  config,
 * environment and owner are borrowed.  Out of memory ends the process.
 */
struct cgi_stream *cgi_stream_create(struct event_base *base, const struct config *config,
    char *const environment[], void (*on_over)(void *owner), void *owner);

/* The request. */
const struct route *cgi_stream_route(const struct cgi_stream *stream);

/* Whether it got no slot: it is given what is new, ends, and comes by for more. */
bool cgi_stream_is_polled(const struct cgi_stream *stream);

/* Whether such a one, whose stream is open, has been given what is new. */
bool cgi_stream_is_done(
    const struct cgi_stream *stream, const struct hub *hub, const struct reader *reader);

/* Within which time it is to come back. */
const struct retry *cgi_stream_retry(const struct cgi_stream *stream);

/* Release it; NULL is fine. */
void cgi_stream_close(struct cgi_stream *stream);

#endif
