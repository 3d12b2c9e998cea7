/*
 * A commit that notifies holds a lock of the whole cluster while it is
 * flushed.  So a call that may change something puts ringing off
 * (pgbell.bell), and pgbell.ring() follows in the same flush, behind the
 * call's sync: a transaction of its own, which waits for no flush.  When it
 * fails the call has not: the streams look for themselves before long.
 *
 * Once it is sent the server has all that it takes, whatever becomes of this
 * process.
 */
#include "cgi/api/ring.h"

#include "common/log.h"

#define RING "pgbell.ring" /* the name of its prepared statement */
#define CALL "select pgbell.ring()"

bool
ring_is_due(const struct ring *ring)
{
	return ring->due > 0;
}

bool
ring_has_failed(const struct ring *ring)
{
	return ring->failed;
}

bool
ring_is_prepared(const struct connection *connection)
{
	return connection_has_prepared(connection, RING);
}

bool
ring_queue(struct ring *ring, struct connection *connection)
{
	ring->due++;
	return connection_queue(connection, RING, CALL, 0, NULL) &&
	       connection_queue_sync(connection);
}

/* Where only the connection has broken, what is next sent over it says so. */
static void
note_failure(struct ring *ring, struct connection *connection, const PGresult *error)
{
	ring->failed = true;
	connection_note_end(connection, error);
	if (PQresultErrorField(error, PG_DIAG_SQLSTATE) != NULL)
		log_warning("ring_failed", "error=%s", log_value(PQresultErrorMessage(error)).text);
}

static void
take(struct ring *ring, struct connection *connection, PGresult *result)
{
	switch (PQresultStatus(result)) {
	case PGRES_FATAL_ERROR: note_failure(ring, connection, result); break;
	case PGRES_PIPELINE_SYNC: ring->due--; break;
	case PGRES_COMMAND_OK: connection_note_prepared(connection, RING); break;
	default: break;
	}
	PQclear(result);
}

enum ring_state
ring_collect(struct ring *ring, struct connection *connection, unsigned left, int64_t deadline_ms)
{
	while (ring->due > left) {
		PGresult *result;

		switch (connection_next_result(connection, deadline_ms, &result)) {
		case CONNECTION_RESULT: take(ring, connection, result); break;
		case CONNECTION_LATE: return RING_ON;
		case CONNECTION_OVER: return RING_LOST;
		}
	}
	return RING_OVER;
}
