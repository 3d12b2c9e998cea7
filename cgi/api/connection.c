/*
 * The state is what libpq says it is; this file only decides when to look,
 * when to give up and when to leave a database that is away in peace.
 */
#include "cgi/api/connection.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/log.h"

#define PATIENCE_MS 2000 /* how long to wait for a server that says it is starting up */
#define PATIENCE_STEP_MS 50

int64_t
connection_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
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
	connection->is_settled = false;
	connection->prepared_count = 0;
}

static void
on_notice(void *unused, const char *message)
{
	(void)unused;
	log_debug("database_notice", "message=\"%s\"", message);
}

/*
 * One attempt.  Where it fails, *state is what a ping says: libpq hides the
 * SQLSTATE of a refused connection.  A server that takes long to fail is not
 * asked again.
 */
static bool
try_connect(struct connection *connection, const struct config *config, PGPing *state)
{
	static const char *const keywords[] = { "application_name", "client_encoding",
		"connect_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count",
		NULL };
	char timeout_s[12];
	const char *values[] = { "pgbell-api", "UTF8", timeout_s, "30", "10", "3", NULL };
	int64_t start_ms = connection_now_ms();

	snprintf(timeout_s, sizeof timeout_s, "%d", config->connect_timeout_s);
	connection->pg = PQconnectdbParams(keywords, values, 0);
	if (PQstatus(connection->pg) == CONNECTION_OK && PQenterPipelineMode(connection->pg) == 1 &&
	    PQsetnonblocking(connection->pg, 1) == 0) {
		PQsetNoticeProcessor(connection->pg, on_notice, NULL);
		return true;
	}
	*state = connection_now_ms() - start_ms < PATIENCE_MS ? PQpingParams(keywords, values, 0)
							      : PQPING_NO_RESPONSE;
	return false;
}

static bool
connect_patiently(struct connection *connection, const struct config *config)
{
	int64_t start_ms = connection_now_ms();
	PGPing state = PQPING_REJECT;
	int refusals = 0;

	/*
	 * REJECT: it is starting up, or shutting down.  OK: it would take us now,
	 * so it has just come up, or else it refuses us for good.
	 */
	while ((state == PQPING_REJECT || (state == PQPING_OK && refusals < 2)) &&
	       connection_now_ms() - start_ms <= PATIENCE_MS) {
		connection_drop(connection);
		if (try_connect(connection, config, &state))
			return true;
		if (state == PQPING_REJECT)
			poll(NULL, 0, PATIENCE_STEP_MS);
		else
			refusals++;
	}
	/* A failure that took long is not repeated for as long, so requests are refused fast. */
	connection->closed_until_ms = 2 * connection_now_ms() - start_ms;
	return false;
}

/* Whether the kept connection still stands.  At rest nothing is readable but bad news. */
static bool
is_alive(struct connection *connection)
{
	struct pollfd at = { .fd = PQsocket(connection->pg), .events = POLLIN };

	while (PQstatus(connection->pg) == CONNECTION_OK && poll(&at, 1, 0) != 0) {
		if (PQconsumeInput(connection->pg) == 0)
			return false;
		/* libpq takes in what came: a notice, a parameter's new value. */
		while (!PQisBusy(connection->pg)) {
			PGresult *news = PQgetResult(connection->pg);

			if (news == NULL)
				break;
			PQclear(news);
		}
	}
	return PQstatus(connection->pg) == CONNECTION_OK;
}

bool
connection_ensure(struct connection *connection, const struct config *config)
{
	if (connection->pg != NULL && is_alive(connection))
		return true;
	if (connection_now_ms() < connection->closed_until_ms) {
		connection_drop(connection);
		return false;
	}
	return connect_patiently(connection, config);
}

bool
connection_is_prepared(const struct connection *connection, const char *name)
{
	for (size_t i = 0; i < connection->prepared_count; i++)
		if (strcmp(connection->prepared[i], name) == 0)
			return true;
	return false;
}

void
connection_remember(struct connection *connection, const char *name)
{
	if (connection->prepared_count < CONNECTION_STATEMENTS_MAX)
		connection->prepared[connection->prepared_count++] = name;
}
