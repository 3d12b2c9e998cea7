/*
 * Openings: requests for a stream that wait for the verdict of the database.  It
 * is asked in batches, and while the database is away they wait a while
 * before they are told to come back.
 */
#ifndef PGBELL_OPENING_H
#define PGBELL_OPENING_H

#include <event2/event.h>
#include <stdbool.h>

#include "cgi/stream/audience/hub.h"
#include "cgi/stream/audience/opening_request.h"
#include "cgi/stream/audience/verdict.h"
#include "cgi/stream/parts/batch.h"
#include "cgi/stream/parts/metrics.h"
#include "cgi/stream/wire/peer.h"
#include "cgi/stream/wire/route.h"

/* Topics that are asked about together: each is as much work as an opening, and events wait behind
 * all of it. */
#define OPENING_TOPICS_MAX 512

struct openings;

struct openings_settings {
	int wait_s;                 /* how long an opening waits */
	int64_t replay_events;      /* at most: a client that has missed more gets a reset */
	enum credentials_form form; /* in which the database is told of tokens and tickets */
};

/* An operator asks for the statistics of this process.  The peer is the callee's now. */
typedef void openings_on_stats(void *owner, struct peer *peer);

/* metrics, hub and owner are borrowed.  Out of memory ends the process. */
struct openings *openings_create(struct event_base *base, struct hub *hub, struct metrics *metrics,
    const struct openings_settings *settings, openings_on_stats *on_stats, void *owner);

/* Let a request for ROUTE_STREAM or ROUTE_STATS wait; the peer is theirs now. */
void openings_add(struct openings *openings, struct peer *peer, const struct route *route);

/* How many wait, those of a batch under way included. */
size_t openings_count(const struct openings *openings);

/* Whether there is one that is not in a batch yet. */
bool openings_are_waiting(const struct openings *openings);

/*
 * Take the longest waiting ones of a lane as a batch, in place of what is in it
 * (opening_request.h).  Returns how many; 0 when none waits.  A batch must be finished or returned
 * before the next.
 */
size_t openings_take_batch(struct openings *openings, struct batch *batch);

/* The verdict on the index-th (from 0) of the batch. */
void openings_decide(
    struct openings *openings, size_t index, const struct opening_verdict *verdict);

/* Every verdict has come: those that are left in the batch are refused. */
void openings_finish_batch(struct openings *openings);

/* Why no verdict came. */
enum opening_fault {
	OPENING_LOST,   /* the connection went: nobody's fault */
	OPENING_LOCKED, /* a lock of somebody's: of tables that all need, or that may_follow() reads
			 */
	OPENING_FAILED, /* one of them may have been the reason */
};

/*
 * No verdict came: the batch waits again, in its order.  Those of which one may have been
 * the reason are asked one by one from now on, by turns with batches of the others; one
 * that fails alone is told to come back, and with it those that follow the same topics.
 */
void openings_return_batch(struct openings *openings, enum opening_fault fault);

/* Tell all that wait to come back. */
void openings_dismiss(struct openings *openings);

/* Dismiss all and release; NULL is fine. */
void openings_close(struct openings *openings);

#endif
