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
ring_is_prepared(const struct connection *connection)
{
	return connection_is_prepared(connection, RING);
}

bool
ring_send(struct connection *connection, bool prepare)
{
	PGconn *pg = connection->pg;

	connection->rings_due++;
	if (!prepare)
		return PQsendQueryParams(pg, CALL, 0, NULL, NULL, NULL, NULL, 0) == 1 &&
		       PQpipelineSync(pg) == 1;
	return (ring_is_prepared(connection) || PQsendPrepare(pg, RING, CALL, 0, NULL) == 1) &&
	       PQsendQueryPrepared(pg, RING, 0, NULL, NULL, NULL, 0) == 1 &&
	       PQpipelineSync(pg) == 1;
}

/* Where only the connection has broken, what is next sent over it says so. */
static void
note_failure(struct connection *connection, const PGresult *error)
{
	connection->ring_failed = true;
	connection_note_farewell(connection, error);
	if (PQresultErrorField(error, PG_DIAG_SQLSTATE) != NULL)
		log_warning("ring_failed", "error=%s", log_value(PQresultErrorMessage(error)).text);
}

static void
take(struct connection *connection, PGresult *result)
{
	switch (PQresultStatus(result)) {
	case PGRES_FATAL_ERROR: note_failure(connection, result); break;
	case PGRES_PIPELINE_SYNC:
		connection->rings_due--;
		if (!connection->ring_failed && !ring_is_prepared(connection))
			connection_remember(connection, RING);
		break;
	default: break;
	}
	PQclear(result);
}

enum ring_state
ring_collect(struct connection *connection, unsigned left, int64_t deadline_ms)
{
	while (connection->rings_due > left) {
		PGresult *result;

		switch (connection_next_result(connection, deadline_ms, &result)) {
		case CONNECTION_RESULT: take(connection, result); break;
		case CONNECTION_LATE: return RING_ON;
		case CONNECTION_OVER: return RING_LOST;
		}
	}
	return RING_OVER;
}
