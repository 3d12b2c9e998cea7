/*
 * A client: one open stream.  It knows where it stands in the logs that it
 * follows, its person's and those of topics, and what its peer still has to
 * take; its person and session are the hub's business.  One that has none
 * is a visitor, and follows topics only.
 */
#ifndef PGBELL_CLIENT_H
#define PGBELL_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "cgi/stream/audience/numbers.h"
#include "cgi/stream/events/notice.h"
#include "cgi/stream/parts/metrics.h"
#include "cgi/stream/wire/peer.h"

struct client;

/* The rules that all clients of a process share. */
struct client_rules {
	struct metrics *metrics;
	void *owner; /* of the clients, for the calls below */
	/* it is over: take it off all lists; its memory is freed after this turn */
	void (*on_closed)(struct client *client, enum close_reason reason);
	void (*on_drained)(struct client *client); /* it has taken all: it wants events again */
	void (*on_message)(struct client *client, struct span text); /* its client says something */
	unsigned retry_ms; /* when its connection breaks it comes back within this; 0: untold */
	int heartbeat_s;
	int lifetime_s; /* of a client; 0: without end */
};

/* One for each stream: what is small stands together at its end. */
struct client {
	const struct client_rules *rules;
	struct peer *peer;       /* owned; NULL once closed */
	struct session *session; /* NULL: a visitor */
	char *token; /* owned: what a WebSocket's client has shown, as the database is told; NULL:
			none */
	LIST_ENTRY(client) of_session;
	TAILQ_ENTRY(client) of_hub;
	struct subscription person;    /* to the log of the person that it belongs to */
	struct subscription **follows; /* owned, as they are: to those of topics */
	uint32_t opened_at_s;          /* by the clock that nobody sets */
	int32_t unread_count;          /* as of the last event given of its person's */
	uint32_t delivered;
	uint8_t follow_count;
	uint8_t errand_count;     /* commands that are not answered yet: errands.h */
	enum frame_form form : 8; /* of what it is sent */
	bool owes_count : 1;      /* unread_count has not been told yet */
	bool misses_topics : 1; /* it could not take what a topic had, and asks when it has drained
				 */
};

/*
 * Make a client of a peer, which it owns from now on; rules are borrowed.
 * Nothing is sent yet.  Out of memory ends the process.
 */
struct client *client_create(const struct client_rules *rules, struct peer *peer);

/* The id of the person that it belongs to; "" of a visitor. */
const char *client_user(const struct client *client);

/* It follows a topic from now on, from seq on.  TOPICS_MAX at most, each once. */
void client_follow(struct client *client, struct address *topic, int64_t seq);

/* Its subscription to this topic, or NULL. */
struct subscription *client_find_follow(const struct client *client, const struct address *topic);

/* It does not follow it any more: at is gone.  Nothing is sent. */
void client_unfollow(struct subscription *at);

/*
 * It may not follow a topic any more, if it does: it is told so, and one that
 * follows nothing any more ends.
 */
void client_lose_follow(struct client *client, const struct address *topic);

/*
 * Whether each event that it is given ends in a tail of its own, with the id that has all its
 * numbers: it follows topics, by server-sent events.
 */
bool client_has_tails(const struct client *client);

/* End an event in the making, that was left open, with that id. */
void client_add_id(const struct client *client, struct frame_builder *builder);

/* Where it stands in its logs; lasts as long as it follows the same ones. */
struct numbers client_numbers(const struct client *client);

/* Send a frame, whatever waits already. */
void client_send(struct client *client, struct frame *frame);

/* The same for parts that are sent together; as peer_send_parts(). */
void client_send_parts(struct client *client, const struct frame_part *parts, size_t count);

/*
 * Whether events should be read for it: not while it has yet to take some.
 * They are safe in the log, so what waits here is never more than a page.
 */
bool client_wants_events(const struct client *client);

/*
 * A heartbeat, as it was made for the streams before: a user's tabs share one, those
 * without topics.  All zeroes is none.
 */
struct beat {
	struct frame *frames[FRAME_FORMS]; /* owned; NULL: not made yet */
	int64_t seq;
	int32_t unread_count;
	bool has_topics;
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

/* End it, to come back after so long. */
void client_send_away(struct client *client, unsigned retry_ms, enum close_reason reason);

/* End the stream at once.  May be called twice. */
void client_close(struct client *client, enum close_reason reason);

#endif
