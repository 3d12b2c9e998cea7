/*
 * One connection to PostgreSQL in pipeline mode, kept between requests and
 * opened again when it is found dead.
 */
#ifndef PGBELL_API_CONNECTION_H
#define PGBELL_API_CONNECTION_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/config.h"

#define CONNECTION_STATEMENTS_MAX 64

struct connection {
	PGconn *pg;      /* NULL: none */
	bool is_settled; /* the session's settings have been committed */
	const char *prepared[CONNECTION_STATEMENTS_MAX]; /* names; borrowed for good */
	size_t prepared_count;
	int64_t closed_until_ms; /* no further attempt to connect before this time */
	bool waited_in_vain;     /* for a server that was starting up, and is still */
	char farewell[6];        /* the SQLSTATE with which the server ends it, or empty */
	unsigned rings_due;      /* rings whose results are still to come: ring.h */
	bool ring_failed;        /* one of them; the connection is not to be kept */
	bool rings_itself;       /* a ring behind a call would have nothing to do */
};

enum connection_news {
	CONNECTION_RESULT, /* a result has come */
	CONNECTION_LATE,   /* nothing has come in time */
	CONNECTION_OVER,   /* nothing more will come */
};

/*
 * Have a connection that stands, or else open another, for which the settings
 * and libpq's PG* variables are used.  Whether it stands is seen by a look at
 * its socket (no round trip); without it, what is sent may find it dead.
 * False where there is none to be had: connection_error tells why.
 * A server that says it is just starting or recovering is waited for, once
 * and for the connect timeout at most; one that is not there is not.
 */
bool connection_ensure(struct connection *connection, const struct config *config, bool looks)
    __attribute__((warn_unused_result));

/* Why the last connection failed or broke; valid until it is dropped. */
const char *connection_error(const struct connection *connection);

/* Close it; may be called twice. */
void connection_drop(struct connection *connection);

/*
 * Send what is queued and wait for the next result, whichever command's it is;
 * when the time is over, what has come already is still taken.  *result is the
 * caller's, and NULL unless CONNECTION_RESULT.
 */
enum connection_news connection_next_result(struct connection *connection, int64_t deadline_ms,
    PGresult **result) __attribute__((warn_unused_result));

/* Note that the server ends the connection, if its notice or error says so. */
void connection_note_farewell(struct connection *connection, const PGresult *words);

/* Whether the server knows a prepared statement of this name. */
bool connection_is_prepared(const struct connection *connection, const char *name);

/* Note that it does; at most CONNECTION_STATEMENTS_MAX are kept in mind. */
void connection_remember(struct connection *connection, const char *name);

/* Milliseconds of the monotonic clock, for deadlines. */
int64_t connection_now_ms(void);

#endif
