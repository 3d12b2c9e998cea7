/*
 * A session with open streams here: it warns them before it expires, ends
 * them when it does or is signed out or revoked, and is gone with its last
 * stream.
 */
#ifndef PGBELL_SESSION_H
#define PGBELL_SESSION_H

#include <event2/event.h>
#include <event2/event_struct.h>

#include "cgi/stream/audience/client.h"
#include "cgi/stream/audience/inquiry.h"
#include "cgi/stream/audience/table.h"
#include "cgi/stream/parts/array.h"

#define SESSIONS_CHECK_MAX 512 /* sessions that are looked up at once */

LIST_HEAD(client_list, client);

/* The sessions of a process, and of which it is to be looked up what has become of them. */
struct sessions {
	struct event_base *base;
	struct table table;
	struct inquiry inquiry;
	int64_t warning_us; /* how long before its end a session's streams are told; 0: never */
};

struct session {
	struct table_node node; /* first: a node is a session */
	struct inquiry_item item;
	struct sessions *sessions;
	struct client_list clients;
	struct event timer;    /* for the warning, then for the end */
	int64_t expires_at_us; /* by the database's clock, since 1970; INT64_MAX: never */
	int64_t ends_at_us;    /* by ours, which never steps */
	bool is_warned;
	bool is_named; /* has an id and stands in the table */
	char id[];
};

/* The session that a stream is opened in, as the database said. */
struct session_identity {
	const char *id;        /* NULL: the application has no such thing */
	int64_t expires_at_us; /* by the database's clock, since 1970; INT64_MAX: never */
	int64_t left_us;       /* how long it is until then, unless it is never */
};

/* Make an empty set.  Out of memory ends the process, here and below. */
void sessions_init(struct sessions *sessions, struct event_base *base, int warning_s);

/* Release the table of a set that has no session any more. */
void sessions_clear(struct sessions *sessions);

/* The session with this id, or NULL. */
struct session *session_find(const struct sessions *sessions, const char *id);

/*
 * Put a client into its session: the one in the set, or a new one.  The
 * expiry is set anew, since a session may have been renewed.
 */
void session_enter(
    struct sessions *sessions, const struct session_identity *identity, struct client *client);

/*
 * Warn a client that came after the others were warned; its stream has begun.  Here and
 * below, a visitor has no session.
 */
void session_greet(struct client *client);

/* Take a client that has ended out of its session. */
void session_leave(struct client *client);

/* Something may have become of the sessions that streams of this person are in; one without a name
 * cannot be asked about. */
void sessions_ring_of(const struct address *person);

/* Take sessions that were rung as a batch: append them, each with its known end.  Returns how many.
 */
size_t sessions_take(struct sessions *sessions, struct array *ids, struct array *ends);

/* The session that an item of the inquiry stands in. */
struct session *session_of_item(struct inquiry_item *item);

/* Take over when it ends now. */
void session_renew(struct session *session, const struct session_identity *identity);

/* End all its streams with session_ended: signed_out, expired or revoked. */
void session_end(struct session *session, const char *reason);

#endif
