/*
 * A commit that notifies holds a lock of the whole cluster while it is
 * flushed.  So a call that may change something puts ringing off
 * (pgbell.bell), and pgbell.ring() follows in the same flush, behind the
 * call's sync: a transaction of its own, which waits for no flush.  When it
 * fails the call has not: the streams look for themselves before long.
 */
#include "cgi/api/ring.h"

#include "common/log.h"

#define RING "pgbell.ring" /* the name of its prepared statement */

bool
ring_send(const struct connection *connection)
{
	PGconn *pg = connection->pg;

	return (connection_is_prepared(connection, RING) ||
		   PQsendPrepare(pg, RING, "select pgbell.ring()", 0, NULL) == 1) &&
	       PQsendQueryPrepared(pg, RING, 0, NULL, NULL, NULL, 0) == 1 &&
	       PQpipelineSync(pg) == 1;
}

bool
ring_collect(struct connection *connection, int64_t deadline_ms)
{
	PGconn *pg = connection->pg;
	bool is_synced = false, has_failed = false;

	while (!is_synced) {
		PGresult *result;

		if (!connection_await_result(connection, deadline_ms) ||
		    PQstatus(pg) != CONNECTION_OK)
			return false;
		result = PQgetResult(pg);
		is_synced = PQresultStatus(result) == PGRES_PIPELINE_SYNC;
		if (PQresultStatus(result) == PGRES_FATAL_ERROR && result != NULL) {
			log_warning("ring_failed", "error=%s",
			    log_value(PQresultErrorMessage(result)).text);
			has_failed = true;
		}
		PQclear(result);
	}
	if (!has_failed && !connection_is_prepared(connection, RING))
		connection_remember(connection, RING);
	return !has_failed;
}
