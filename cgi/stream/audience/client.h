/*
 * A client: one open stream.  It knows where it stands in the log that it
 * follows and what its peer still has to take; who it belongs to is the hub's
 * business.
 */
#ifndef PGBELL_CLIENT_H
#define PGBELL_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "cgi/stream/audience/address.h"
#include "cgi/stream/events/notice.h"
#include "cgi/stream/events/page.h"
#include "cgi/stream/parts/metrics.h"
#include "cgi/stream/wire/peer.h"

struct client;

/* What all clients of a process share. */
struct client_rules {
	struct metrics *metrics;
	void *owner; /* of the clients, for the calls below */
	/* it is over: take it off all lists; its memory is freed after this turn */
	void (*on_closed)(struct client *client, enum close_reason reason);
	void (*on_drained)(struct client *client); /* it has taken all: it wants events again */
	unsigned retry_ms; /* when its connection breaks it comes back within this; 0: untold */
	int heartbeat_s;
	int lifetime_s; /* of a client; 0: without end */
};

struct client {
	const struct client_rules *rules;
	struct peer *peer; /* owned; NULL once closed */
	struct session *session;
	LIST_ENTRY(client) of_session;
	TAILQ_ENTRY(client) of_hub;
	struct subscription person; /* to the log of the person that it belongs to */
	int32_t unread_count;       /* as of the last event given of that */
	bool owes_count;            /* unread_count has not been told yet */
	uint32_t delivered;
	int64_t opened_at_s; /* by the clock that nobody sets */
};

/* How a stream begins. */
struct client_opening {
	const char *user_id;
	int64_t seq; /* the user's current number */
	int32_t unread_count;
	bool resumes; /* events after `after` follow */
	int64_t after;
	const char *reset_reason; /* why they cannot, or NULL */
};

/*
 * Make a client of a peer, which it owns from now on; rules are borrowed.
 * Nothing is sent yet.  Out of memory ends the process.
 */
struct client *client_create(const struct client_rules *rules, struct peer *peer);

/*
 * Send the response's header, a time of its own to come back after, and the
 * first events: connected, reset if need be, and unread_count, which comes
 * after the missed events where there are any.
 */
void client_send_opening(struct client *client, const struct client_opening *opening);

/*
 * Whether events should be read for it: not while it has yet to take some.
 * They are safe in the log, so what waits here is never more than a page.
 */
bool client_wants_events(const struct client *client);

/*
 * Give the client of a subscription what it has not had of a finished page; a page that
 * does not reach it is passed over.
 */
void client_send_page(struct subscription *at, struct page *page);

/* Tell it to re-read its list and go on from seq: the notice is the reset event. */
void client_send_reset(
    struct subscription *at, struct notice *notice, int64_t seq, int32_t unread_count);

/* A heartbeat, as it was made for the streams before: a user's tabs share one.  All zeroes is none.
 */
struct beat {
	struct frame *frames[FRAME_FORMS]; /* owned; NULL: not made yet */
	int64_t seq;
	int32_t unread_count;
};

/* Release it, and make it none. */
void beat_clear(struct beat *beat);

/*
 * A heartbeat out of turn, so that a web server whose own client has left
 * finds out and says so.  *beat as below.
 */
void client_sound(struct client *client, struct beat *beat);

/*
 * The heartbeat's moment.  *beat is used again, or replaced where it was made
 * for another number or count.  A client that has something to take and took
 * nothing since the last heartbeat is ended instead, and so is a WebSocket's that is not
 * heard any more.
 */
void client_send_heartbeat(struct client *client, struct beat *beat);

/* Whether it has been open for its lifetime, and is to come back. */
bool client_is_old(const struct client *client);

/* Send an event that is no part of the log, unless it has yet to take something. */
void client_send_aside(struct client *client, struct notice *notice);

/* Send a last notice and end the stream. */
void client_end(struct client *client, struct notice *last, enum close_reason reason);

/* End the stream at once.  May be called twice. */
void client_close(struct client *client, enum close_reason reason);

#endif
