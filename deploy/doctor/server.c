/*
 * Checks of the PostgreSQL server, whatever is in its database.
 */
#include <pg_config.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "cgi/stream/database/same_database.h"
#include "deploy/doctor/database.h"
#include "deploy/doctor/report.h"

#define VERSION_MIN 140000
#define CLOCK_WARNING_S 2.0
#define CANARY_MS 2000

/* PostgreSQL is told of the account that we have at this moment. */
static PGconn *
connect_as(uid_t account, const char *const names[], const char *const values[])
{
	const uid_t before = geteuid();
	PGconn *connection = NULL;

	if (seteuid(account) == 0)
		connection = PQconnectdbParams(names, values, 1);
	if (seteuid(before) != 0)
		abort();
	return connection;
}

PGconn *
database_open(uid_t account)
{
	static const struct advice advice = { "Nothing of pgbell works without its database.",
		"PGHOST, PGPORT, PGDATABASE and PGUSER in the environment or in pgbell.env; or run "
		"this as the role that owns the database" };
	static const char *const names[] = { "application_name", "connect_timeout", NULL };
	static const char *const values[] = { "pgbell-doctor", "5", NULL };
	PGconn *connection = connect_as(account, names, values);

	if (PQstatus(connection) != CONNECTION_OK) {
		report_add("database.reachable", VERDICT_FAILURE, &advice, "%s",
		    PQerrorMessage(connection));
		PQfinish(connection);
		return NULL;
	}
	report_add("database.reachable", VERDICT_OK, NULL, "database %s at %s, as %s",
	    PQdb(connection), PQhost(connection), PQuser(connection));
	return connection;
}

static char problem[512]; /* of the last statement, in one sentence */

const char *
database_problem(void)
{
	return problem;
}

/* Settings are the transaction's: those of a session would stay in a pooler's connection. */
const char *
database_ask(PGconn *connection, const char *statement, int count, const char *const values[])
{
	static char answer[4096];
	PGresult *result;
	bool has;

	PQclear(PQexec(connection, "begin; set local search_path = pg_catalog, pg_temp; "
				   "set local statement_timeout = '10s'"));
	result = PQexecParams(connection, statement, count, NULL, values, NULL, NULL, 0);
	snprintf(problem, sizeof(problem), "%s",
	    PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) ?: PQerrorMessage(connection));
	has = PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) > 0 &&
	      !PQgetisnull(result, 0, 0);
	if (has)
		snprintf(answer, sizeof(answer), "%s", PQgetvalue(result, 0, 0));
	PQclear(result);
	PQclear(PQexec(connection, "commit"));
	return has ? answer : NULL;
}

static void
check_version(PGconn *connection)
{
	static const struct advice old = { "pgbell uses what PostgreSQL 14 brought.",
		"upgrade the cluster to a release that is still maintained" };
	static const struct advice minor = {
		"Minor releases mend errors that lose data or let people in.",
		"apt-get install --only-upgrade postgresql, and restart it"
	};
	const char *version = PQparameterStatus(connection, "server_version");
	int number = PQserverVersion(connection);

	if (number < VERSION_MIN)
		report_add("database.version", VERDICT_FAILURE, &old,
		    "this is PostgreSQL %s; pgbell needs 14 or newer", version);
	else if (number / 10000 == PG_VERSION_NUM / 10000 && number < PG_VERSION_NUM)
		report_add("database.version", VERDICT_WARNING, &minor,
		    "this is PostgreSQL %s; %s has been there for some time", version, PG_VERSION);
	else
		report_add("database.version", VERDICT_OK, NULL, "PostgreSQL %s", version);
}

static void
check_primary(PGconn *connection)
{
	static const struct advice advice = { "A standby can neither be written to nor listened "
					      "to: no event is stored, none rings.",
		"PGHOST=<the primary> in pgbell.env (or target_session_attrs=read-write)" };
	const char *answer = database_ask(connection, "select pg_is_in_recovery()", 0, NULL);

	if (answer != NULL && strcmp(answer, "t") == 0)
		report_add("database.primary", VERDICT_FAILURE, &advice, "this is a standby");
	else
		report_add("database.primary", VERDICT_OK, NULL, "it is the primary");
}

static void
check_encoding(PGconn *connection)
{
	static const struct advice advice = {
		"Texts go to browsers as UTF-8; another encoding cannot hold what people write.",
		"createdb --encoding=UTF8 --template=template0 <new>, and move the data there"
	};
	const char *encoding = PQparameterStatus(connection, "server_encoding");

	if (strcmp(encoding, "UTF8") != 0)
		report_add("database.encoding", VERDICT_FAILURE, &advice,
		    "the database has encoding %s, not UTF8", encoding);
	else
		report_add("database.encoding", VERDICT_OK, NULL, "UTF8");
}

static double
now_s(void)
{
	struct timeval now;

	gettimeofday(&now, NULL);
	return (double)now.tv_sec + (double)now.tv_usec / 1e6;
}

static void
check_clock(PGconn *connection)
{
	static const struct advice advice = { "Sessions are ended by both clocks: streams would be "
					      "refused or closed at the wrong time.",
		"apt-get install systemd-timesyncd (or chrony), on both hosts" };
	double before = now_s(), after, difference;
	const char *answer =
	    database_ask(connection, "select extract(epoch from clock_timestamp())", 0, NULL);

	after = now_s();
	if (answer == NULL)
		return;
	difference = strtod(answer, NULL) - (before + after) / 2;
	if (difference < 0)
		difference = -difference;
	if (difference > CLOCK_WARNING_S + (after - before) / 2)
		report_add("database.clock", VERDICT_WARNING, &advice,
		    "the clocks of this host and of the database differ by %.1f s", difference);
	else
		report_add("database.clock", VERDICT_OK, NULL, "differs by %.3f s", difference);
}

static void
check_queue(PGconn *connection, double limit)
{
	static const struct advice advice = {
		"When the queue of NOTIFY is full, every transaction that notifies fails.",
		"select pg_terminate_backend(pid) from pg_stat_activity where state like 'idle in "
		"transaction%' -- a listener in an open transaction holds the queue"
	};
	const char *answer =
	    database_ask(connection, "select 100 * pg_notification_queue_usage()", 0, NULL);
	double percent = answer == NULL ? 0 : strtod(answer, NULL);

	if (percent > limit)
		report_add("database.queue", VERDICT_WARNING, &advice,
		    "the queue of notifications is full to %g %%", percent);
	else
		report_add("database.queue", VERDICT_OK, NULL, "full to %g %%", percent);
}

/* --- poolers ------------------------------------------------------------------ */

/* The server process behind a connection at this moment. */
static long
find_backend(PGconn *connection)
{
	const char *answer =
	    database_ask(connection, "select pg_catalog.pg_backend_pid()", 0, NULL);

	return answer == NULL ? 0 : strtol(answer, NULL, 10);
}

static bool
is_pooled(PGconn *connection)
{
	return find_backend(connection) != PQbackendPID(connection);
}

/*
 * Whether its transactions go to one server connection and another: while it waits
 * in one, somebody else makes the pooler take a second, and then both are free.
 * Whichever of them the pooler prefers, of two tries one is not the first.
 */
static bool
changes_backend(PGconn *connection, PGconn *other)
{
	PGresult *result = PQexec(connection, "begin; select pg_catalog.pg_backend_pid()");
	long first = PQntuples(result) == 1 ? strtol(PQgetvalue(result, 0, 0), NULL, 10) : 0;
	bool has_moved = false;

	PQclear(result);
	PQclear(PQexec(other, "begin; select"));
	PQclear(PQexec(connection, "commit"));
	PQclear(PQexec(other, "commit"));
	for (int tries = 0; tries < 2 && !has_moved; tries++)
		has_moved = find_backend(connection) != first;
	return has_moved;
}

/* Whether a statement that was prepared in one transaction is there in the next, in another
 * session. */
static bool
keeps_prepared(PGconn *connection, PGconn *other)
{
	static const char name[] = "pgbell_doctor";
	PGresult *result;
	bool is_kept;

	PQclear(PQprepare(connection, name, "select 1", 0, NULL));
	(void)changes_backend(connection, other);
	result = PQexecPrepared(connection, name, 0, NULL, NULL, NULL, 0);
	is_kept = PQresultStatus(result) == PGRES_TUPLES_OK;
	PQclear(result);
	return is_kept;
}

static bool
is_set(const char *name, const char *value)
{
	const char *setting = getenv(name);

	return setting != NULL && strcmp(setting, value) == 0;
}

/* Of a pooler that gives each transaction another session. */
static void
check_sharing_pooler(PGconn *connection, PGconn *other)
{
	static const struct advice share = {
		"What is prepared or set in one transaction is not there in the next: requests "
		"fail at random, or run with the settings of others.",
		"PGBELL_POOLER=transaction in pgbell.env"
	};
	static const struct advice prepare = {
		"It forgets prepared statements, as pgbouncer does before 1.21: requests fail at "
		"random.",
		"PGBELL_PREPARE=off in pgbell.env"
	};

	if (!is_set("PGBELL_POOLER", "transaction"))
		report_add("database.pooler", VERDICT_FAILURE, &share,
		    "connections go through a pooler in transaction mode, and PGBELL_POOLER is "
		    "off");
	else if (!is_set("PGBELL_PREPARE", "off") && !keeps_prepared(connection, other))
		report_add("database.pooler", VERDICT_FAILURE, &prepare,
		    "the pooler knows no prepared statements, and PGBELL_PREPARE is on");
	else
		report_add("database.pooler", VERDICT_OK, NULL,
		    "a pooler in transaction mode, as PGBELL_POOLER says");
}

static void
check_pooler(PGconn *connection, uid_t account)
{
	static const char *const names[] = { "application_name", "connect_timeout", NULL };
	static const char *const values[] = { "pgbell-doctor", "5", NULL };
	PGconn *other;

	if (!is_pooled(connection)) {
		report_add("database.pooler", VERDICT_OK, NULL, "there is none in between");
		return;
	}
	other = connect_as(account, names, values);
	if (PQstatus(other) != CONNECTION_OK)
		report_add("database.pooler", VERDICT_SKIPPED, NULL,
		    "a second connection through the pooler was refused: %s",
		    PQerrorMessage(other));
	else if (!changes_backend(connection, other))
		report_add("database.pooler", VERDICT_OK, NULL, "it keeps sessions together");
	else
		check_sharing_pooler(connection, other);
	PQfinish(other);
}

void
database_check_server(PGconn *connection, uid_t account, double queue_limit)
{
	check_version(connection);
	check_primary(connection);
	check_encoding(connection);
	check_clock(connection);
	check_queue(connection, queue_limit);
	check_pooler(connection, account);
}

/* --- LISTEN ------------------------------------------------------------------- */

/* Whether anything arrives on the listening connection in time. */
static bool
gets_doorbell(PGconn *listener, const char *payload)
{
	struct pollfd wait = { .fd = PQsocket(listener), .events = POLLIN };
	double deadline = now_s() + CANARY_MS / 1000.0;
	bool has_come = false;

	while (!has_come && now_s() < deadline) {
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
	bool pooled = is_pooled(listener), has_come;

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
	listener = connect_as(account, names, values);
	if (PQstatus(listener) != CONNECTION_OK)
		report_add(
		    "database.listen", VERDICT_FAILURE, &advice, "%s", PQerrorMessage(listener));
	else if (url != NULL && is_elsewhere(connection, listener))
		report_elsewhere(connection, listener);
	else
		try_canary(connection, listener);
	PQfinish(listener);
}
