/*
 * A visit: a connection for as long as its request is coming in.  Then the
 * visit is gone and the peer goes on alone, so an open stream does not keep
 * its parameters.
 */
#ifndef PGBELL_VISIT_H
#define PGBELL_VISIT_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <sys/queue.h>

#include "cgi/stream/parts/metrics.h"
#include "cgi/stream/wire/fastcgi_request.h"
#include "cgi/stream/wire/http_head.h"
#include "cgi/stream/wire/peer.h"
#include "cgi/stream/wire/route.h"

#define VISIT_TOO_LONG "The request's header is too long."

struct visit;

/* How a request comes in: one for each way, door_fastcgi.h and door_websocket.h. */
struct door {
	enum frame_form form;
	void (*begin)(struct visit *visit);
	void (*take)(struct visit *visit, struct span bytes); /* some more of the request */
	void (*clear)(struct visit *visit);                   /* release what was kept of it */
};

struct visit_settings {
	int timeout_s;       /* for a request to arrive */
	size_t header_bytes; /* of a request */
	struct route_rules rules;
};

/* A request has come in.  The peer is the callee's now. */
typedef void visit_on_request(void *owner, struct peer *peer, const struct route *route);

/* The visits at one door. */
struct visits {
	LIST_HEAD(, visit) list;
	size_t count;
	struct event_base *base;
	const struct door *door;
	struct visit_settings settings;
	struct metrics *metrics;
	visit_on_request *on_request;
	void *owner;
};

struct visit {
	LIST_ENTRY(visit) others;
	struct visits *visits;
	struct peer *peer;
	struct event deadline;
	union { /* the door's */
		struct fastcgi_request request;
		struct http_head head;
	};
};

/* Begin one on a connected, non-blocking descriptor.  Out of memory ends the process. */
void visit_begin(struct visits *visits, int descriptor);

/* It is over, and its peer is closed. */
void visit_drop(struct visit *visit);

/* The same where what came was no request. */
void visit_drop_malformed(struct visit *visit);

/* It is over: what it is about is decided, and the peer handed over. */
void visit_hand_over(struct visit *visit, const struct route_request *request);

/* It is over: no request came in, and this is answered. */
void visit_refuse(struct visit *visit, enum refusal refusal, int status, const char *detail);

#endif
