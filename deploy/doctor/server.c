/*
 * Checks of the PostgreSQL server, whatever is in its database.
 */
#include <pg_config.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "deploy/doctor/database.h"
#include "deploy/doctor/report.h"

#define VERSION_MIN 140000
#define CLOCK_WARNING_S 2.0

/* PostgreSQL is told of the account that we have at this moment. */
PGconn *
database_connect(uid_t account, const char *const names[], const char *const values[])
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
	PGconn *connection = database_connect(account, names, values);

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

bool
database_is_pooled(PGconn *connection)
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

	if (!database_is_pooled(connection)) {
		report_add("database.pooler", VERDICT_OK, NULL, "there is none in between");
		return;
	}
	other = database_connect(account, names, values);
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
