/*
 * Codes and their classes, PostgreSQL documentation appendix A.  PBnnn are
 * pgbell's own: the status stands in the code.
 */
#include "cgi/api/sqlstate.h"

#include <stddef.h>
#include <string.h>

/* The first row whose code is the beginning of the SQLSTATE counts. */
static const struct row {
	const char *code;
	int status;
} rows[] = {
	{ "PB401", 401 }, /* no or unknown token, wrong password */
	{ "PB403", 403 }, /* not the caller's to do */
	{ "PB404", 404 }, /* no such thing, or not the caller's to know of */
	{ "PB409", 409 }, /* taken */
	{ "PB422", 422 }, /* an invalid value; DETAIL points to it */
	{ "PB503", 503 }, /* not just now */
	{ "08", 503 },    /* connection exceptions */
	{ "25006", 503 }, /* read-only: a standby, a failover is going on */
	{ "40001", 503 }, /* serialization failure */
	{ "40P01", 503 }, /* deadlock */
	{ "3F000", 503 }, /* no schema, function, or right to call it: common/schema.h */
	{ "42883", 503 }, { "42501", 503 },
	{ "53", 503 },    /* too many connections, disk full, out of memory */
	{ "54000", 503 }, /* the queue of notifications is full */
	{ "55000", 503 }, /* check_health(): the database is not fit */
	{ "55P03", 503 }, /* lock timeout */
	{ "57014", 503 }, /* statement timeout */
	{ "57P0", 503 },  /* shutting down, crashed, starting up */
	{ "22", 422 },    /* a value that a type or function does not take */
	{ "23", 422 },    /* a value that a constraint does not take */
};

int
sqlstate_to_status(const char *sqlstate)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (strncmp(sqlstate, rows[i].code, strlen(rows[i].code)) == 0)
			return rows[i].status;
	return 500;
}

bool
sqlstate_is_ours(const char *sqlstate)
{
	return strncmp(sqlstate, "PB", 2) == 0;
}

bool
sqlstate_may_be_of_token(const char *sqlstate)
{
	static const char *const others[] = { "PB401", "08", "0A", "25", "3F", "40", "42", "53",
		"54", "55", "57", "58", "XX" };

	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (strncmp(sqlstate, others[i], strlen(others[i])) == 0)
			return false;
	return true;
}

bool
sqlstate_is_stale(const char *sqlstate)
{
	return strcmp(sqlstate, "26000") == 0 || /* no such prepared statement */
	       strcmp(sqlstate, "42P05") == 0 || /* it is there already, by someone else */
	       strcmp(sqlstate, "0A000") == 0 || /* cached plan must not change result type */
	       strcmp(sqlstate, "42883") == 0;   /* the function has new argument types */
}

bool
sqlstate_is_shutdown(const char *sqlstate)
{
	return strncmp(sqlstate, "57P0", 4) == 0 || /* also: idle for too long */
	       strcmp(sqlstate, "25P03") == 0 ||    /* idle in a transaction for too long */
	       strcmp(sqlstate, "25P04") == 0;      /* in a transaction for too long */
}

bool
sqlstate_is_of_lock(const char *sqlstate)
{
	return strcmp(sqlstate, "55P03") == 0 || strcmp(sqlstate, "PB503") == 0;
}
