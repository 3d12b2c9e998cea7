/*
 * What opens and reads is prepared once a connection, unless a transaction
 * pooler stands in between.
 */
#include "cgi/stream/statement.h"

#include <stdio.h>
#include <string.h>

#include "cgi/stream/rows.h"
#include "cgi/stream/whereabouts.h"

#define TRIM_ROWS 1000 /* of each kind in one statement */

/* Whether there may be more to trim than one statement takes. */
static const char trim_statement[] =
    "select pg_catalog.bool_or(value::bigint >= $2::integer) from pg_catalog.jsonb_each_text("
    "pgbell.trim(pg_catalog.make_interval(days => $1::integer), $2::integer))";

/* Send one of the two, by the name that it was prepared under or as it is. */
static bool
send_statement(PGconn *connection, bool prepare, const char *name, const char *statement, int count,
    const char *const values[])
{
	if (prepare)
		return PQsendQueryPrepared(connection, name, count, values, NULL, NULL, 0) != 0;
	return PQsendQueryParams(connection, statement, count, NULL, values, NULL, NULL, 0) != 0;
}

bool
statement_send_open(PGconn *connection, bool prepare, const char *const values[3])
{
	return send_statement(connection, prepare, "open", rows_open_statement, 3, values);
}

bool
statement_send_read(PGconn *connection, bool prepare, const char *const values[5])
{
	return send_statement(connection, prepare, "read", rows_read_statement, 5, values);
}

bool
statement_send_trim(PGconn *connection, int keep_days)
{
	const char *values[2];
	char days[16], rows[16];

	snprintf(days, sizeof(days), "%d", keep_days);
	snprintf(rows, sizeof(rows), "%d", TRIM_ROWS);
	values[0] = days;
	values[1] = rows;
	return PQsendQueryParams(connection, trim_statement, 2, NULL, values, NULL, NULL, 0) != 0;
}

bool
statement_send_locate(PGconn *connection)
{
	return PQsendQueryParams(
		   connection, "select " WHEREABOUTS_COLUMNS, 0, NULL, NULL, NULL, NULL, 0) != 0;
}

/* Both statements, for nobody: does the schema fit us? */
static bool
send_trial(PGconn *connection, bool prepare)
{
	static const char *const nobody[] = { "{}", "{}", "{}", "1", "{}" };

	return statement_send_open(connection, prepare, nobody) &&
	       statement_send_read(connection, prepare, nobody);
}

/*
 * What the connection is to keep.  Behind a transaction pooler it keeps
 * nothing, or worse, the next one to use it does: there a hung statement is
 * its caller's business alone.
 */
bool
statement_send_setup(PGconn *connection, bool prepare, int timeout_ms)
{
	const char *values[1];
	char timeout[16];

	if (!prepare)
		return send_trial(connection, prepare);
	snprintf(timeout, sizeof(timeout), "%d", timeout_ms);
	values[0] = timeout;
	return PQsendQueryParams(connection,
		   "select pg_catalog.set_config('statement_timeout', $1, false)", 1, NULL, values,
		   NULL, NULL, 0) != 0 &&
	       PQsendPrepare(connection, "open", rows_open_statement, 0, NULL) != 0 &&
	       PQsendPrepare(connection, "read", rows_read_statement, 0, NULL) != 0 &&
	       send_trial(connection, prepare);
}

const char *
statement_get_error(const PGresult *result, int field)
{
	const char *text = PQresultErrorField(result, field);

	return text == NULL ? "" : text;
}

bool
statement_is_of_connection(const PGresult *result)
{
	const char *state = statement_get_error(result, PG_DIAG_SQLSTATE);

	return strcmp(statement_get_error(result, PG_DIAG_SEVERITY_NONLOCALIZED), "ERROR") != 0 ||
	       strcmp(state, "0A000") == 0 || strcmp(state, "26000") == 0;
}

bool
statement_is_of_data(const PGresult *result)
{
	static const char *const classes[] = { "21", "22", "23", "P0" };

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (strncmp(statement_get_error(result, PG_DIAG_SQLSTATE), classes[i], 2) == 0)
			return true;
	return false;
}
