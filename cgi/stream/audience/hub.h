/*
 * The hub: all that has a stream here.  Addresses and the streams that follow
 * them, sessions and theirs, and which addresses have been rung and wait to
 * be read.
 */
#ifndef PGBELL_HUB_H
#define PGBELL_HUB_H

#include <event2/event.h>

#include "cgi/stream/audience/client.h"
#include "cgi/stream/audience/hub_limits.h"
#include "cgi/stream/audience/session.h"
#include "cgi/stream/events/page.h"
#include "cgi/stream/parts/array.h"
#include "cgi/stream/parts/retry.h"

struct hub;

/* A ring says that there are events, or besides that something became of a session. */
enum hub_ring { HUB_RING_EVENTS, HUB_RING_ALL };

/* Make a hub; metrics are borrowed.  Out of memory ends the process. */
struct hub *hub_create(
    struct event_base *base, const struct hub_limits *limits, struct metrics *metrics);

/*
 * The database is about to be asked for openings.  A commit behind
 * its snapshot rings after this call, so until the next one a stream that
 * joins is looked up only if its user was rung meanwhile, or if it resumes
 * behind.  Not to be called where no doorbells are heard: then every stream
 * that joins is looked up.
 */
void hub_begin_opening(struct hub *hub);

/*
 * This address may have something new; or, behind ADDRESS_FOLLOWS, others may follow this
 * topic now.  False where no stream here follows it.
 */
bool hub_ring(struct hub *hub, struct span address, enum hub_ring what);

/* The same of a topic, by its name, and of who may follow it. */
void hub_ring_topic(struct hub *hub, const char *topic);

/* Every address may have something new: after an interruption. */
void hub_ring_all(struct hub *hub, enum hub_ring what);

/* There are more events of this address than a read has returned. */
void hub_ring_more(struct hub *hub, const char *address);

/* The addresses of one of TABLE_PARTS parts: the floor under lost doorbells, spread over time. */
void hub_ring_part(struct hub *hub, unsigned part, enum hub_ring what);

/* Append the people of one part; returns how many. */
size_t hub_list_people(const struct hub *hub, unsigned part, struct array *people);

/* Heartbeats to the streams of one part; those that are old are sent away instead. */
void hub_beat_part(struct hub *hub, unsigned part);

/*
 * A user has as many streams as may be.  Some may have been left: many a proxy
 * finds that out, and tells it, only when it has something to pass on.  So
 * write to each of them; not again within DELIVERY_SOUNDING_PAUSE_MS.
 */
void hub_sound_user(struct hub *hub, const char *user_id);

/* The commands of clients that wait for the database. */
struct errands *hub_errands(struct hub *hub);

/*
 * Whether this event of an address has come to pass since its first stream here
 * was opened, and none was given it yet: not one that is told again.
 */
bool hub_is_news(const struct hub *hub, const char *address, int64_t seq);

/* A read has found a page of events of an address, or that its streams must start anew from
 * seq. */
void hub_deliver_page(struct hub *hub, const char *address, struct page *page);
void hub_deliver_reset(
    struct hub *hub, const char *address, int64_t seq, struct span data, int32_t unread_count);

/*
 * A look has found a page, in place of a ring.  The address is rung where the page does not reach
 * a stream, because something is missing in between.  False where no stream here follows the
 * address.
 */
bool hub_deliver_news(struct hub *hub, const char *address, struct page *page);
/* This person, or any visitor (NULL), may follow this topic no more. */
void hub_lose_follow(struct hub *hub, const char *user_id, const char *topic);

/* End the streams of a session with session_ended: signed_out, expired or revoked. */
void hub_end_session(struct hub *hub, const char *session_id, const char *reason);

/* A session ends at another time than was known. */
void hub_renew_session(struct hub *hub, const struct session_identity *identity);

/*
 * End up to count streams so that they come back, elsewhere or to the next
 * process, after a time by chance within retry; returns how many are left.
 */
size_t hub_drain(struct hub *hub, size_t count, const struct retry *retry);

/* Fill in the counts of what there is now. */
void hub_count(const struct hub *hub, struct metrics *metrics);

/* Close every stream at once and release the hub; NULL is fine. */
void hub_close(struct hub *hub);

#endif
