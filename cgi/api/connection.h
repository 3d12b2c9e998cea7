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
	CONNECTION_NONE,   /* none could be opened: connection_error() says why */
	CONNECTION_KEPT,   /* the connection that was open before */
	CONNECTION_OPENED, /* a new one: its session has no settings and no prepared statements */
};

enum connection_news {
	CONNECTION_RESULT, /* a result has come */
	CONNECTION_LATE,   /* the deadline has passed without one */
	CONNECTION_OVER,   /* the connection broke: nothing more will come */
};

/* Make a connection that is not open yet.  config is borrowed.  Out of memory ends the process. */
struct connection *connection_create(const struct config *config);

/* Close and free it; NULL is fine. */
void connection_destroy(struct connection *connection);

/*
 * Make sure that the connection is open; else open another, as the settings and
 * libpq's PG* variables say.  looks: check at the socket that the server has not
 * closed it (no round trip); without that check, sending may find it dead.  A
 * server that is starting up or recovering is waited for, for the connect timeout
 * at most and only by the first request of an outage; an absent one is not.
 */
enum connection_found connection_ensure(struct connection *connection, bool looks)
    __attribute__((warn_unused_result));

/* Why the connection failed or broke: a sentence, valid until the connection is dropped. */
const char *connection_error(const struct connection *connection);

/* Close the connection to the server; may be called twice. */
void connection_drop(struct connection *connection);

/*
 * Queue a statement with count text parameters.  One with a name is prepared
 * first, where PGBELL_PREPARE is on and fewer than 64 are prepared.  Once
 * connection_note_prepared() was called for the name, sql is not used and may be
 * NULL.  The name is borrowed until the process ends.  False where the connection
 * broke.
 */
bool connection_queue(struct connection *connection, const char *name, const char *sql,
    size_t count, const char *const values[]) __attribute__((warn_unused_result));

/* Queue a sync, which ends the transaction.  False where the connection broke. */
bool connection_queue_sync(struct connection *connection) __attribute__((warn_unused_result));

/* Whether the server has a prepared statement of this name; and note that it has. */
bool connection_has_prepared(const struct connection *connection, const char *name);
void connection_note_prepared(struct connection *connection, const char *name);

/*
 * Send what is queued and wait for the next result, of whichever statement.
 * deadline_ms: a time of clock_steady_ms(); a result that has arrived by then is
 * still returned.  *result belongs to the caller (PQclear), and is NULL unless
 * CONNECTION_RESULT.
 */
enum connection_news connection_next_result(struct connection *connection, int64_t deadline_ms,
    PGresult **result) __attribute__((warn_unused_result));

/* Whether the server has announced that it closes the connection because it shuts down. */
bool connection_is_shutting_down(const struct connection *connection);

#endif
