/*
 * Whether doorbells arrive: a NOTIFY on one connection, a listener on another, made as
 * pgbell-stream makes its own.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgi/stream/database/same_database.h"
#include "common/clock.h"
#include "deploy/doctor/database.h"
#include "deploy/doctor/report.h"

#define CANARY_MS 2000

/* Whether the payload arrives on the listening connection in time. */
static bool
gets_doorbell(PGconn *listener, const char *payload)
{
	struct pollfd wait = { .fd = PQsocket(listener), .events = POLLIN };
	int64_t deadline_ms = clock_steady_ms() + CANARY_MS;
	bool has_come = false;

	while (!has_come && clock_steady_ms() < deadline_ms) {
		PGnotify *notify;

		if (poll(&wait, 1, 100) > 0 && PQconsumeInput(listener) == 0)
			return false;
		while ((notify = PQnotifies(listener)) != NULL) {
			has_come = has_come || strcmp(notify->extra, payload) == 0;
			PQfreemem(notify);
		}
	}
	return has_come;
}

/*
 * The bell is rung on another connection than the one that listens: a pooler
 * passes on what it happens to read together with an answer.
 */
static void
try_canary(PGconn *connection, PGconn *listener)
{
	static const struct advice advice = { "Without it streams learn of events only when they "
					      "are looked after (PGBELL_FLOOR_S), "
					      "and /api/health answers 503.",
		"PGBELL_LISTEN_URL=postgresql://<the database itself, not a transaction pooler>, "
		"and "
		"PGBELL_POOLER=transaction, in pgbell.env" };
	char payload[64]; /* the space in front: a doorbell for nobody */
	const char *const values[] = { payload };
	bool pooled = database_is_pooled(listener), has_come;

	snprintf(payload, sizeof(payload), " doctor %ld", (long)getpid());
	PQclear(PQexec(listener, "listen pgbell"));
	database_ask(connection, "select pg_catalog.pg_notify('pgbell', $1)::text", 1, values);
	has_come = gets_doorbell(listener, payload);
	PQclear(PQexec(listener, "unlisten pgbell"));
	if (!has_come)
		report_add("database.listen", VERDICT_FAILURE, &advice,
		    "a notification did not come back within %d s%s", CANARY_MS / 1000,
		    pooled ? "; the connection goes through a pooler" : "");
	else
		report_add("database.listen", VERDICT_OK, NULL, "a notification came back%s",
		    pooled ? ", through a pooler" : "");
}

/* Whether it is in another database than the one that is read, or at another server. */
static bool
is_elsewhere(PGconn *connection, PGconn *listener)
{
	static const char statement[] = "select concat_ws(' ', " SAME_DATABASE_COLUMNS ")";
	char here[2 * SAME_DATABASE_BYTES];
	const char *answer = database_ask(connection, statement, 0, NULL);

	if (answer == NULL)
		return false;
	snprintf(here, sizeof(here), "%s", answer);
	answer = database_ask(listener, statement, 0, NULL);
	return answer != NULL && strcmp(answer, here) != 0;
}

static void
report_elsewhere(PGconn *connection, PGconn *listener)
{
	char change[256];
	const struct advice advice = {
		"No doorbell is ever heard: events arrive only when they are looked after "
		"(PGBELL_FLOOR_S), and /api/health answers 503.",
		change
	};

	snprintf(change, sizeof(change),
	    "PGBELL_LISTEN_URL in pgbell.env: dbname=%s, and the server that has it",
	    PQdb(connection));
	report_add("database.listen", VERDICT_FAILURE, &advice,
	    "PGBELL_LISTEN_URL leads to database %s at %s (port %s), and what is read is database "
	    "%s at %s (port %s)",
	    PQdb(listener), PQhost(listener), PQport(listener), PQdb(connection),
	    PQhost(connection), PQport(connection));
}

void
database_check_listen(PGconn *connection, uid_t account)
{
	static const struct advice advice = {
		"pgbell-stream cannot listen, and so does not know when to look.",
		"PGBELL_LISTEN_URL in pgbell.env: a connection string that works"
	};
	const char *url = getenv("PGBELL_LISTEN_URL"), *on = getenv("PGBELL_LISTEN");
	const char *const names[] = { "dbname", NULL };
	const char *const values[] = { url != NULL ? url : "connect_timeout=5", NULL };
	PGconn *listener;

	if (strcmp(PQparameterStatus(connection, "in_hot_standby") ?: "off", "on") == 0) {
		report_add("database.listen", VERDICT_SKIPPED, NULL, "not on a standby");
		return;
	}
	if (on != NULL && strcmp(on, "off") == 0) {
		report_add("database.listen", VERDICT_SKIPPED, NULL,
		    "PGBELL_LISTEN is off: events are found every PGBELL_FLOOR_S");
		return;
	}
	listener = database_connect(account, names, values);
	if (PQstatus(listener) != CONNECTION_OK)
		report_add(
		    "database.listen", VERDICT_FAILURE, &advice, "%s", PQerrorMessage(listener));
	else if (url != NULL && is_elsewhere(connection, listener))
		report_elsewhere(connection, listener);
	else
		try_canary(connection, listener);
	PQfinish(listener);
}
