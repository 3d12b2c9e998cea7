/*
 * The statements that are asked often are prepared once a connection, if PGBELL_PREPARE is on.
 *
 * An end of a session that no clock of ours counts to, or none at all, comes
 * as null; how long it is until then is told by the database's clock, which
 * need not agree with ours.
 */
#include "cgi/stream/database/statement.h"

#include <stdio.h>
#include <string.h>

#include "cgi/stream/database/same_database.h"
#include "common/pins.h"
#include "common/primary.h"

/* A time that our clock counts to, and of it microseconds since 1970 and from now on. */
#define ENDING                                                                             \
	" lateral (select case when expires_at between '1970-01-01' and '9999-12-31' then" \
	" expires_at end as ending) e"
#define ENDS " (extract(epoch from ending) * 1000000)::bigint,"
#define LEFT " (extract(epoch from ending - clock_timestamp()) * 1000000)::bigint"

/* A statement that is prepared under its name. */
struct prepared {
	const char *name, *sql;
	int parameters;
};

static const struct prepared open_statement = { "open",
	AT_PRIMARY "select ord, user_id, session_id," ENDS LEFT
		   ", is_operator, seq, unread_count, reset, case when after < seq"
		   " then pgbell.leapt(user_id, after) else 0 end, follows"
		   " from pgbell.open_streams($1, $2, $3, $4),"
		   " lateral (select ($3::bigint[])[ord::integer] as after) a," ENDING,
	4 };
static const struct prepared errands_statement = { "errands",
	AT_PRIMARY "select ord, status, body from pgbell.run_commands($1, $2, $3, $4, $5, $6)", 6 };
static const struct prepared read_statement = { "read",
	AT_PRIMARY "select address, seq, type, data, unread_count,"
		   " (extract(epoch from created_at) * 1000000)::bigint, prev"
		   " from pgbell.events_after($1, $2, $3, $4)",
	4 };
static const struct prepared look_statement = { "look",
	AT_PRIMARY "select address, seq, type, data, unread_count,"
		   " (extract(epoch from created_at) * 1000000)::bigint, prev, seen_now, everybody,"
		   " transactions, has_berth"
		   " from pgbell.look($1, nullif($2::integer, 0), $3, $4, $5)",
	5 };
static const struct prepared check_statement = { "check",
	AT_PRIMARY "select session_id, reason," ENDS LEFT
		   " from pgbell.changed_sessions($1, $2)," ENDING,
	2 };

static const struct prepared follows_statement = { "follows",
	AT_PRIMARY "select user_id, topic from pgbell.lost_follows($1, $2)", 2 };

static const struct prepared limits_statement = { "limits",
	AT_PRIMARY "select pg_catalog.set_config('statement_timeout', $1, true),"
		   " pg_catalog.set_config('lock_timeout', $2, true)",
	2 };
static const struct prepared shared_limits_statement = { "limits",
	AT_PRIMARY "select pg_catalog.set_config('statement_timeout', $1, true),"
		   " pg_catalog.set_config('lock_timeout', $2, true), " PINS("true"),
	2 };

static const struct prepared *const all_prepared[] = { &open_statement, &errands_statement,
	&read_statement, &look_statement, &check_statement, &follows_statement };

static const char trim_statement[] =
    AT_PRIMARY "select pgbell.trim_if_due(pg_catalog.make_interval(secs => $1::integer),"
	       " pg_catalog.make_interval(days => $2::integer), $3::integer,"
	       " pg_catalog.make_interval(days => nullif($4::integer, 0)))";

/* Send it by the name that it was prepared under, or as it is. */
static bool
send_statement(
    PGconn *connection, bool prepare, const struct prepared *statement, const char *const values[])
{
	if (prepare)
		return PQsendQueryPrepared(connection, statement->name, statement->parameters,
			   values, NULL, NULL, 0) != 0;
	return PQsendQueryParams(connection, statement->sql, statement->parameters, NULL, values,
		   NULL, NULL, 0) != 0;
}

static bool
send_plain(PGconn *connection, const char *sql)
{
	return PQsendQueryParams(connection, sql, 0, NULL, NULL, NULL, NULL, 0) != 0;
}

static const struct prepared *
choose_limits(bool pooled)
{
	return pooled ? &shared_limits_statement : &limits_statement;
}

bool
statement_send_isolation(PGconn *connection, bool pooled)
{
	return !pooled || send_plain(connection, PINS_ISOLATION);
}

bool
statement_send_limits(
    PGconn *connection, const struct statement_way *way, bool writes, int timeout_ms, int lock_ms)
{
	const char *values[2];
	char timeout[16], lock[16];

	snprintf(timeout, sizeof(timeout), "%d", timeout_ms);
	snprintf(lock, sizeof(lock), "%d", lock_ms);
	values[0] = timeout;
	values[1] = lock;
	return statement_send_isolation(connection, way->pooled) &&
	       (!way->pooled || !writes || send_plain(connection, PINS_READ_WRITE)) &&
	       send_statement(connection, way->prepare, choose_limits(way->pooled), values);
}

bool
statement_send_open(PGconn *connection, bool prepare, const char *const values[4])
{
	return send_statement(connection, prepare, &open_statement, values);
}

bool
statement_send_errands(PGconn *connection, bool prepare, const char *const values[6])
{
	return send_statement(connection, prepare, &errands_statement, values);
}

bool
statement_send_read(PGconn *connection, bool prepare, const char *const values[4])
{
	return send_statement(connection, prepare, &read_statement, values);
}

bool
statement_send_look(PGconn *connection, bool prepare, const struct look_values *look)
{
	const int numbers[4] = { look->berth, look->pid, look->events_max, look->few_max };
	const char *values[5] = { look->seen };
	char texts[4][16];

	for (int i = 0; i < 4; i++) {
		snprintf(texts[i], sizeof(texts[i]), "%d", numbers[i]);
		values[i + 1] = texts[i];
	}
	return send_statement(connection, prepare, &look_statement, values);
}

bool
statement_send_check(PGconn *connection, bool prepare, const char *const values[2])
{
	return send_statement(connection, prepare, &check_statement, values);
}

bool
statement_send_follows(PGconn *connection, bool prepare, const char *const values[2])
{
	return send_statement(connection, prepare, &follows_statement, values);
}

bool
statement_send_trim(PGconn *connection, const struct statement_keeping *keeping, int rows_max)
{
	const int numbers[] = { keeping->every_s, keeping->event_days, rows_max,
		keeping->read_days };
	const char *values[4];
	char texts[4][16];

	for (int i = 0; i < 4; i++) {
		snprintf(texts[i], sizeof(texts[i]), "%d", numbers[i]);
		values[i] = texts[i];
	}
	return PQsendQueryParams(connection, trim_statement, 4, NULL, values, NULL, NULL, 0) != 0;
}

bool
statement_send_due(PGconn *connection, int rows_max)
{
	const char *values[1];
	char rows[16];

	snprintf(rows, sizeof(rows), "%d", rows_max);
	values[0] = rows;
	return PQsendQueryParams(connection,
		   AT_PRIMARY "select pgbell.run_due($1::integer), pgbell.newest_announcement()", 1,
		   NULL, values, NULL, NULL, 0) != 0;
}

bool
statement_send_announce(PGconn *connection, const char *people)
{
	const char *const values[] = { people };

	return PQsendQueryParams(connection,
		   AT_PRIMARY "select taken, busy from pgbell.take_announcements($1)", 1, NULL,
		   values, NULL, NULL, 0) != 0;
}

bool
statement_send_locate(PGconn *connection)
{
	return PQsendQueryParams(connection, AT_PRIMARY "select " SAME_DATABASE_COLUMNS, 0, NULL,
		   NULL, NULL, NULL, 0) != 0;
}

/*
 * All of them, for nobody: does the schema fit us, and do arrays hold what they
 * are to hold?  A schema without identify() would not know hashed tokens.
 */
static bool
send_trial(PGconn *connection, bool prepare)
{
	static const char *const nobody[] = { "{NULL}", "{NULL}", "{NULL}", "{NULL}" };
	static const char *const no_command[] = { "{}", "{}", "{}", "{}", "{}", "{}" };
	static const char *const no_user[] = { "{}", "{}", "1", "1" };
	static const char *const no_session[] = { "{}", "{}" };
	static const struct look_values look = { NULL, 0, 0, 1, 1 };

	return send_plain(connection, AT_PRIMARY "select from pgbell.identify(null)") &&
	       statement_send_open(connection, prepare, nobody) &&
	       statement_send_errands(connection, prepare, no_command) &&
	       statement_send_read(connection, prepare, no_user) &&
	       statement_send_look(connection, prepare, &look) &&
	       statement_send_check(connection, prepare, no_session) &&
	       statement_send_follows(connection, prepare, no_session);
}

static bool
send_prepare(PGconn *connection, const struct prepared *statement)
{
	return PQsendPrepare(connection, statement->name, statement->sql, 0, NULL) != 0;
}

static bool
send_prepare_all(PGconn *connection, bool pooled)
{
	for (size_t i = 0; i < sizeof(all_prepared) / sizeof(all_prepared[0]); i++)
		if (!send_prepare(connection, all_prepared[i]))
			return false;
	return send_prepare(connection, choose_limits(pooled));
}

/*
 * The settings that the connection keeps.  One that a transaction pooler shares out
 * keeps nothing, or worse, the next one to use it does: so there each command
 * brings what it needs.
 */
bool
statement_send_setup(PGconn *connection, const struct statement_way *way, int timeout_ms)
{
	static const char own[] = AT_PRIMARY
	    "select pg_catalog.set_config('statement_timeout', $1, false), " PINS("false");
	static const char shared[] =
	    AT_PRIMARY "select pg_catalog.set_config('statement_timeout', $1, true), " PINS("true");
	const char *values[1];
	char timeout[16];

	snprintf(timeout, sizeof(timeout), "%d", timeout_ms);
	values[0] = timeout;
	return send_plain(connection, PINS_ISOLATION) &&
	       PQsendQueryParams(
		   connection, way->pooled ? shared : own, 1, NULL, values, NULL, NULL, 0) != 0 &&
	       (!way->prepare || send_prepare_all(connection, way->pooled)) &&
	       send_trial(connection, way->prepare);
}

const char *
statement_get_error(const PGresult *result, int field)
{
	const char *text = PQresultErrorField(result, field);

	return text == NULL ? "" : text;
}
