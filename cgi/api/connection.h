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

struct connection;

enum connection_found {
	CONNECTION_NONE,   /* there is none to be had: connection_error tells why */
	CONNECTION_KEPT,   /* the one that there was */
	CONNECTION_OPENED, /* another one, whose session knows nothing of us yet */
};

enum connection_news {
	CONNECTION_RESULT, /* a result has come */
	CONNECTION_LATE,   /* nothing has come in time */
	CONNECTION_OVER,   /* nothing more will come */
};

/* Make one that is not open yet.  config is borrowed.  Out of memory ends the process. */
struct connection *connection_create(const struct config *config);

/* Close and free it; NULL is fine. */
void connection_destroy(struct connection *connection);

/*
 * Have a connection that stands, or else open another, for which the settings
 * and libpq's PG* variables are used.  Whether it stands is seen by a look at
 * its socket (no round trip); without it, what is sent may find it dead.
 * A server that says it is just starting or recovering is waited for, once
 * and for the connect timeout at most; one that is not there is not.
 */
enum connection_found connection_ensure(struct connection *connection, bool looks)
    __attribute__((warn_unused_result));

/* Why the last connection failed or broke; valid until it is dropped. */
const char *connection_error(const struct connection *connection);

/* Close it; may be called twice. */
void connection_drop(struct connection *connection);

/*
 * Queue a statement.  Under a name it is prepared, where PGBELL_PREPARE and the
 * number of those that there are allow it: from connection_note_prepared() on
 * sql may be NULL.  The name is borrowed for good.  False where the
 * connection broke.
 */
bool connection_queue(struct connection *connection, const char *name, const char *sql,
    size_t count, const char *const values[]) __attribute__((warn_unused_result));

/* Queue a sync: the end of what is one transaction. */
bool connection_queue_sync(struct connection *connection) __attribute__((warn_unused_result));

/* Whether the server knows a prepared statement of this name; and note that it does. */
bool connection_has_prepared(const struct connection *connection, const char *name);
void connection_note_prepared(struct connection *connection, const char *name);

/*
 * Send what is queued and wait for the next result, whichever command's it is;
 * when the time is over, what has come already is still taken.  *result is the
 * caller's, and NULL unless CONNECTION_RESULT.
 */
enum connection_news connection_next_result(struct connection *connection, int64_t deadline_ms,
    PGresult **result) __attribute__((warn_unused_result));

/* Whether the server has said that it ends the connection because it shuts down. */
bool connection_is_shutting_down(const struct connection *connection);

#endif
