/*
 * A link: one connection to PostgreSQL, kept up by the event loop.  It is
 * made without blocking, replaced with growing pauses when it breaks, and
 * tells its owner of both.
 */
#ifndef PGBELL_LINK_H
#define PGBELL_LINK_H

#include <event2/event.h>
#include <libpq-fe.h>

#define LINK_PAUSE_MIN_MS 50
#define LINK_PAUSE_MAX_MS 2000

struct link;

struct link_events {
	void (*on_up)(void *owner);    /* connected; nothing has been sent */
	void (*on_input)(void *owner); /* something was read: results, notifications */
	void (*on_down)(void *owner);  /* it was up and is gone: what was asked is unanswered */
};

struct link_settings {
	const char *name;     /* application_name, and what the log calls it */
	const char *conninfo; /* a connection string or URL, or NULL: the PG* variables */
	int connect_timeout_s;
};

/* Make a link and begin to connect.  settings' strings, events and owner are borrowed. */
struct link *link_create(struct event_base *base, const struct link_settings *settings,
    const struct link_events *events, void *owner);

/* The connection, in non-blocking mode, or NULL while it is not up. */
PGconn *link_connection(const struct link *link);

/* Write what libpq holds back; call it after every PQsend…(). */
void link_flush(struct link *link);

/* Its use has been proven: the next pause starts from the shortest again. */
void link_settle(struct link *link);

/*
 * Give the connection up and make a new one.  why is for the log.  on_down
 * is called from here if it was up; the PGconn is gone afterwards.
 */
void link_replace(struct link *link, const char *why);

/* Close for good; NULL is fine. */
void link_close(struct link *link);

#endif
