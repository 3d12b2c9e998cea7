/*
 * A session with open streams here: it ends them when it expires, is signed
 * out or revoked, and is gone with its last stream.
 */
#ifndef PGBELL_SESSION_H
#define PGBELL_SESSION_H

#include <event2/event.h>
#include <event2/event_struct.h>

#include "cgi/stream/client.h"
#include "cgi/stream/table.h"

LIST_HEAD(client_list, client);

struct session {
	struct table_node node; /* first: a node is a session */
	struct table *sessions;
	struct client_list clients;
	struct event expiry;
	bool is_named;      /* has an id and stands in the table */
	unsigned last_read; /* the read that it was last asked for in; the hub's */
	char id[];
};

/* The session that a stream is opened in, as the database said. */
struct session_identity {
	const char *id;        /* NULL: the application has no such thing */
	int64_t expires_at_us; /* since 1970; INT64_MAX: never */
};

/*
 * Put a client into its session: the one in the table, or a new one.  The
 * expiry is set anew, since a session may have been prolonged.  Out of
 * memory ends the process.
 */
void session_enter(struct table *sessions, struct event_base *base,
    const struct session_identity *identity, struct client *client);

/* Take a client that has ended out of its session. */
void session_leave(struct client *client);

/* End all its streams with session_ended: signed_out, expired or revoked. */
void session_end(struct session *session, const char *reason);

#endif
