/*
 * libpq has the connection's state.  This file decides when to check it, when
 * to give up, and how long not to try again while the database is away.
 */
#include "cgi/api/connection.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgi/api/sqlstate.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/schema.h"

#define SLOW_MS 500 /* who gets no answer for longer does not ask again for as long */
#define PATIENCE_STEP_MS 50
#define STATEMENTS_MAX 64 /* prepared ones */

struct connection {
	const struct config *config;
	PGconn *pg;                           /* NULL: none */
	const char *prepared[STATEMENTS_MAX]; /* names; borrowed for good */
	size_t prepared_count;
	int64_t closed_until_ms; /* no further attempt to connect before this time */
	bool waited_in_vain;     /* for a server that is still starting up */
	char ending[6]; /* the SQLSTATE with which the server ends the connection, or empty */
};

struct connection *
connection_create(const struct config *config)
{
	struct connection *connection = calloc(1, sizeof *connection);

	if (connection == NULL)
		abort(); /* out of memory */
	connection->config = config;
	return connection;
}

void
connection_destroy(struct connection *connection)
{
	if (connection == NULL)
		return;
	connection_drop(connection);
	free(connection);
}

const char *
connection_error(const struct connection *connection)
{
	return connection->pg == NULL ? "the database was away a moment ago"
				      : PQerrorMessage(connection->pg);
}

void
connection_drop(struct connection *connection)
{
	PQfinish(connection->pg);
	connection->pg = NULL;
	connection->prepared_count = 0;
	connection->ending[0] = '\0';
}

bool
connection_is_shutting_down(const struct connection *connection)
{
	return sqlstate_is_shutdown(connection->ending);
}

/* A notice may say that the server ends the connection. */
static void
note_end(struct connection *connection, const PGresult *notice)
{
	const char *severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
	const char *sqlstate = PQresultErrorField(notice, PG_DIAG_SQLSTATE);

	if (sqlstate != NULL && (sqlstate_is_shutdown(sqlstate) ||
				    (severity != NULL && strcmp(severity, "FATAL") == 0)))
		snprintf(connection->ending, sizeof connection->ending, "%s", sqlstate);
}

/*
 * A notice, which the server may send at any time.  One may announce the end of
 * the connection well before it is closed; libpq reports that as a result only
 * while it waits for one.
 */
static void
on_notice(void *argument, const PGresult *notice)
{
	const char *sqlstate = PQresultErrorField(notice, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);

	if (sqlstate != NULL && message != NULL && strcmp(sqlstate, SCHEMA_TOKEN_REFUSED) == 0)
		log_warning("authenticate_raised", "message=%s", log_value(message).text);
	else
		log_debug(
		    "database_notice", "message=%s", log_value(PQresultErrorMessage(notice)).text);
	note_end(argument, notice);
}

static const char *const keywords[] = { "application_name", "client_encoding", "connect_timeout",
	"keepalives_idle", "keepalives_interval", "keepalives_count", NULL };

static bool
open_connection(struct connection *connection, const char *const values[])
{
	connection_drop(connection);
	connection->pg = PQconnectdbParams(keywords, values, 0);
	if (PQstatus(connection->pg) != CONNECTION_OK || PQenterPipelineMode(connection->pg) != 1 ||
	    PQsetnonblocking(connection->pg, 1) != 0)
		return false;
	PQsetNoticeReceiver(connection->pg, on_notice, connection);
	connection->waited_in_vain = false;
	return true;
}

/* What the server says of itself; NO_RESPONSE where connecting has just had its time in vain. */
static PGPing
ask_state(const char *const values[], int64_t start_ms, int timeout_s)
{
	return clock_steady_ms() - start_ms < timeout_s * INT64_C(1000)
		   ? PQpingParams(keywords, values, 0)
		   : PQPING_NO_RESPONSE;
}

/*
 * Connect; where the server is there but does not accept connections yet, wait.
 * libpq hides the SQLSTATE of a refusal, but PQping() shows it: REJECT means
 * starting up or shutting down; OK, that it is up by now, or refuses this
 * connection for another reason.  How long a refusal took tells nothing: a server
 * that recovers on a loaded machine refuses late.
 */
static bool
connect_patiently(struct connection *connection)
{
	char timeout_s[12];
	const char *const values[] = { "pgbell-api", "UTF8", timeout_s, "30", "10", "3", NULL };
	int timeout = connection->config->connect_timeout_s;
	int64_t start_ms = clock_steady_ms(), asked_ms = start_ms, took_ms, patience_ms;
	PGPing state;

	snprintf(timeout_s, sizeof timeout_s, "%d", timeout);
	if (open_connection(connection, values))
		return true;
	state = ask_state(values, start_ms, timeout);
	/* Only the first request of an outage waits. */
	patience_ms = connection->waited_in_vain ? 0 : timeout * INT64_C(1000);
	while (state == PQPING_REJECT && clock_steady_ms() - start_ms < patience_ms) {
		poll(NULL, 0, PATIENCE_STEP_MS);
		asked_ms = clock_steady_ms();
		state = PQpingParams(keywords, values, 0);
	}
	connection->waited_in_vain = state == PQPING_REJECT;
	took_ms = clock_steady_ms() - asked_ms;
	if (state == PQPING_NO_RESPONSE && took_ms > SLOW_MS)
		connection->closed_until_ms =
		    asked_ms + 2 * took_ms; /* requests are refused fast */
	return state == PQPING_OK && open_connection(connection, values);
}

/* Whether the kept connection is still open.  Between calls only its end, or a notice, arrives. */
static bool
is_alive(struct connection *connection, bool looks)
{
	struct pollfd at = { .fd = PQsocket(connection->pg), .events = POLLIN };

	while (looks && PQstatus(connection->pg) == CONNECTION_OK && poll(&at, 1, 0) != 0) {
		if (PQconsumeInput(connection->pg) == 0)
			return false;
		/* libpq handles what came: a notice, a parameter's new value. */
		while (!PQisBusy(connection->pg)) {
			PGresult *news = PQgetResult(connection->pg);

			if (news == NULL)
				break;
			PQclear(news);
		}
	}
	return PQstatus(connection->pg) == CONNECTION_OK && connection->ending[0] == '\0';
}

enum connection_found
connection_ensure(struct connection *connection, bool looks)
{
	if (connection->pg != NULL && is_alive(connection, looks))
		return CONNECTION_KEPT;
	if (clock_steady_ms() < connection->closed_until_ms) {
		connection_drop(connection);
		return CONNECTION_NONE;
	}
	return connect_patiently(connection) ? CONNECTION_OPENED : CONNECTION_NONE;
}

bool
connection_queue(struct connection *connection, const char *name, const char *sql, size_t count,
    const char *const values[])
{
	PGconn *pg = connection->pg;
	bool is_prepared = name != NULL && connection_has_prepared(connection, name);
	bool prepares = name != NULL && !is_prepared && connection->config->prepare &&
			connection->prepared_count < STATEMENTS_MAX;
	int n = (int)count;

	if (prepares && PQsendPrepare(pg, name, sql, n, NULL) != 1)
		return false;
	if (prepares || is_prepared)
		return PQsendQueryPrepared(pg, name, n, values, NULL, NULL, 0) == 1;
	return PQsendQueryParams(pg, sql, n, NULL, values, NULL, NULL, 0) == 1;
}

bool
connection_queue_sync(struct connection *connection)
{
	return PQpipelineSync(connection->pg) == 1;
}

/*
 * Send what is queued and wait until a result can be taken, or the connection
 * has broken; false when the time is over.
 */
static bool
await_result(PGconn *pg, int64_t deadline_ms)
{
	while (PQstatus(pg) == CONNECTION_OK) {
		int unsent = PQflush(pg);
		struct pollfd at = { .fd = PQsocket(pg), .events = POLLIN };
		int64_t left_ms;

		if (unsent == 0 && !PQisBusy(pg))
			return true;
		if (unsent > 0)
			at.events |= POLLOUT;
		left_ms = deadline_ms - clock_steady_ms();
		if (poll(&at, 1, left_ms > 0 ? (int)left_ms : 0) > 0 &&
		    (at.revents & ~POLLOUT) != 0)
			PQconsumeInput(pg); /* its failure shows in PQstatus */
		if (left_ms <= 0)
			return PQstatus(pg) != CONNECTION_OK || !PQisBusy(pg);
	}
	return true;
}

enum connection_news
connection_next_result(struct connection *connection, int64_t deadline_ms, PGresult **result)
{
	/* NULL ends each command's results; twice in a row nothing is left to be read. */
	for (int ends = 0;; ends++) {
		*result = NULL;
		if (!await_result(connection->pg, deadline_ms))
			return CONNECTION_LATE;
		*result = PQgetResult(connection->pg);
		if (*result != NULL)
			return CONNECTION_RESULT;
		if (ends > 0 && PQstatus(connection->pg) != CONNECTION_OK)
			return CONNECTION_OVER;
	}
}

bool
connection_has_prepared(const struct connection *connection, const char *name)
{
	for (size_t i = 0; i < connection->prepared_count; i++)
		if (strcmp(connection->prepared[i], name) == 0)
			return true;
	return false;
}

void
connection_note_prepared(struct connection *connection, const char *name)
{
	if (connection->prepared_count < STATEMENTS_MAX)
		connection->prepared[connection->prepared_count++] = name;
}
