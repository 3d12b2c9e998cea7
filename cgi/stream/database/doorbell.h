/*
 * The doorbell: LISTEN on a connection of its own, and a canary that shows
 * that what is rung really arrives.
 */
#ifndef PGBELL_DOORBELL_H
#define PGBELL_DOORBELL_H

#include <event2/event.h>
#include <stdbool.h>

#include "cgi/stream/database/berth.h"
#include "cgi/stream/database/same_database.h"
#include "common/span.h"

#define DOORBELL_CHANNEL "pgbell"

struct doorbell;

struct doorbell_settings {
	const char *conninfo; /* NULL: the PG* variables */
	int connect_timeout_s;
	int canary_s;
};

struct doorbell_events {
	void (*on_up)(void *owner); /* listening, and shown to work: ring everybody */
	void (*on_ring)(void *owner, struct span user_id);
	void (*on_down)(void *owner);
};

/*
 * Begin to listen; with each canary same_database is told where, and the berth is of this
 * session.  Both, events and owner are borrowed.  Out of memory ends the process.
 */
struct doorbell *doorbell_create(struct event_base *base, const struct doorbell_settings *settings,
    struct same_database *same_database, struct berth *berth, const struct doorbell_events *events,
    void *owner);

/* Ask for what is wanted of the database, if nothing is under way; at the end of each turn. */
void doorbell_ask(struct doorbell *doorbell);

/* Whether it listens and a canary has come back: streams may be opened. */
bool doorbell_is_up(const struct doorbell *doorbell);

/*
 * Whether, besides, the last canary is not overdue and was not refused: what
 * is rung arrives, as far as we know.
 */
bool doorbell_is_healthy(const struct doorbell *doorbell);

/* Close; NULL is fine. */
void doorbell_close(struct doorbell *doorbell);

#endif
