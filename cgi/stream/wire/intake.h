/*
 * The intake: accepts connections of the web server and reads each one's
 * request until it is complete.
 */
#ifndef PGBELL_INTAKE_H
#define PGBELL_INTAKE_H

#include <event2/event.h>

#include "cgi/stream/parts/metrics.h"
#include "cgi/stream/wire/peer.h"
#include "cgi/stream/wire/route.h"

#define INTAKE_ACCEPTS_A_TURN 64
#define INTAKE_REST_MS 100       /* no accepts for so long once descriptors run out */
#define INTAKE_ANSWER_BYTES 8192 /* to management records, that a peer may leave unread */

struct intake;

struct intake_settings {
	int timeout_s;          /* for a request to arrive */
	size_t header_bytes;    /* of a request */
	size_t connections_max; /* peers there may be; further ones wait in the socket's backlog */
	bool query_token;       /* see route_decide() */
};

/* A request has come in.  The peer is the callee's now. */
typedef void intake_on_request(void *owner, struct peer *peer, const struct route *route);

/*
 * Accept on a listening, non-blocking descriptor.  Out of memory ends the
 * process.  metrics and owner are borrowed; close with intake_close().
 */
struct intake *intake_create(struct event_base *base, int descriptor,
    const struct intake_settings *settings, struct metrics *metrics, intake_on_request *on_request,
    void *owner);

/* How many connections are still sending their request. */
size_t intake_pending(const struct intake *intake);

/* Stop accepting; requests that are coming in are still served.  May be called twice. */
void intake_stop(struct intake *intake);

/* Stop, drop what is coming in, and release the intake; NULL is fine. */
void intake_close(struct intake *intake);

/* Decide on the one request of a plain CGI program, from its environment. */
void intake_read_environment(char *const environment[], bool query_token, struct route *route);

#endif
