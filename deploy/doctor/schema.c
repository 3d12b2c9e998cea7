/*
 * Checks of what install.sql made, against what it would make: shipped.h is
 * written from the SQL itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deploy/doctor/database.h"
#include "deploy/doctor/report.h"
#include "deploy/doctor/shipped.h"

#define INSTALL "psql -f sql/install.sql, as the owner of the database"
#define LIST_MAX 512
#define GRANT_COUNT (sizeof(shipped_grants) / sizeof(shipped_grants[0]))

static const struct advice install = { "The programs call functions that must be there, and fit.",
	INSTALL };

static bool
says(PGconn *connection, const char *statement, int count, const char *const values[])
{
	const char *answer = database_ask(connection, statement, count, values);

	return answer != NULL && strcmp(answer, "t") == 0;
}

static void
append(char list[LIST_MAX], const char *text)
{
	size_t length = strlen(list);

	snprintf(list + length, LIST_MAX - length, "%s%s", length > 0 ? ", " : "", text);
}

static void
check_version(PGconn *connection)
{
	const char *answer =
	    database_ask(connection, "select max(number) from pgbell.migration", 0, NULL);
	int number = answer == NULL ? 0 : (int)strtol(answer, NULL, 10);

	if (answer == NULL)
		report_add("schema.version", VERDICT_SKIPPED, NULL,
		    "%s may not read pgbell.migration; run this as the owner", PQuser(connection));
	else if (number != SHIPPED_MIGRATION)
		report_add("schema.version",
		    number < SHIPPED_MIGRATION ? VERDICT_FAILURE : VERDICT_WARNING, &install,
		    "the schema is at %d, these programs belong to %d", number, SHIPPED_MIGRATION);
	else
		report_add("schema.version", VERDICT_OK, NULL, "%d", number);
}

static void
check_owner(PGconn *connection)
{
	static const struct advice advice = { "Its functions run with their owner's rights: an "
					      "error in one would be an error of a "
					      "superuser's.",
		"alter schema pgbell owner to <the owner of the database>, and so for what is in "
		"it; "
		"or install anew as that role" };
	const char *owner = database_ask(connection,
	    "select rolname from pg_namespace join pg_roles r on r.oid = nspowner "
	    "where nspname = 'pgbell' and rolsuper",
	    0, NULL);

	if (owner != NULL)
		report_add("schema.owner", VERDICT_WARNING, &advice,
		    "the schema belongs to %s, a superuser", owner);
	else
		report_add("schema.owner", VERDICT_OK, NULL, "no superuser");
}

/* --- grants --------------------------------------------------------------------- */

/* Whether a shipped grant is this role's, or everybody's. */
static bool
is_granted(size_t i, const char *role)
{
	return strcmp(shipped_grants[i].role, role) == 0 ||
	       strcmp(shipped_grants[i].role, "public") == 0;
}

static void
check_missing(PGconn *connection, const char *role)
{
	static const struct advice advice = { "Requests that call them are answered with an error.",
		INSTALL };
	char list[LIST_MAX] = "";

	if (!says(connection, "select has_schema_privilege($1, 'pgbell', 'usage')", 1, &role))
		append(list, "anything, without usage on schema pgbell");
	for (size_t i = 0; i < GRANT_COUNT; i++) {
		const char *const values[] = { role, shipped_grants[i].function };

		if (!is_granted(i, role))
			continue;
		if (strncmp(values[1], "qa.", 3) == 0 &&
		    !says(connection, "select to_regnamespace('qa') is not null", 0, NULL))
			continue;
		if (!says(connection,
			"select has_function_privilege($1, to_regprocedure($2), 'execute')", 2,
			values))
			append(list, values[1]);
	}
	if (list[0] != '\0')
		report_add("grants.missing", VERDICT_FAILURE, &advice, "%s may not execute %s",
		    role, list);
	else
		report_add("grants.missing", VERDICT_OK, NULL, "%s may do what it must", role);
}

/* The shipped functions of a role, as an array in SQL's notation. */
static char *
format_shipped(const char *role)
{
	size_t size = 3;
	char *text, *at;

	for (size_t i = 0; i < GRANT_COUNT; i++)
		size += strlen(shipped_grants[i].function) + 3;
	at = text = malloc(size);
	if (text == NULL)
		abort();
	*at++ = '{';
	for (size_t i = 0; i < GRANT_COUNT; i++)
		if (is_granted(i, role))
			at += sprintf(
			    at, "%s\"%s\"", at[-1] == '{' ? "" : ",", shipped_grants[i].function);
	*at++ = '}';
	*at = '\0';
	return text;
}

static void
check_excess(PGconn *connection, const char *role)
{
	static const struct advice advice = {
		"Whoever takes over that program could read or write what is not theirs.",
		INSTALL " (it takes back what it did not give)"
	};
	char *shipped = format_shipped(role);
	const char *const values[] = { role, shipped };
	const char *found = database_ask(connection,
	    "select string_agg(thing, ', ') from ("
	    " select p.oid::regprocedure::text as thing from pg_proc p"
	    " where p.pronamespace in (to_regnamespace('pgbell'), to_regnamespace('qa'))"
	    " and has_function_privilege($1, p.oid, 'execute')"
	    " and p.oid not in (select to_regprocedure(f)::oid from unnest($2::text[]) f"
	    "  where to_regprocedure(f) is not null)"
	    " union all"
	    " select c.oid::regclass::text from pg_class c"
	    " where c.relnamespace in (to_regnamespace('pgbell'), to_regnamespace('qa'))"
	    " and c.relkind in ('r', 'p', 'v', 'm')"
	    " and has_table_privilege($1, c.oid, 'select, insert, update, delete, truncate')) t",
	    2, values);

	if (found != NULL)
		report_add("grants.excess", VERDICT_WARNING, &advice, "%s also has rights on %s",
		    role, found);
	else
		report_add("grants.excess", VERDICT_OK, NULL, "%s may do no more", role);
	free(shipped);
}

static void
check_role(PGconn *connection, const char *role)
{
	static const struct advice advice = {
		"The systemd units connect as these roles; without them one role does everything.",
		"create role pgbell_api login; create role pgbell_stream login; then " INSTALL
	};

	if (says(connection,
		"select exists (select from pg_roles where rolname = $1 and rolcanlogin)", 1,
		&role)) {
		report_add("roles.present", VERDICT_OK, NULL, "%s", role);
		check_missing(connection, role);
		check_excess(connection, role);
	} else if (says(connection,
		       "select not (rolsuper or rolcreaterole) from pg_roles"
		       " where rolname = current_user",
		       0, NULL)) {
		report_add("roles.present", VERDICT_SKIPPED, NULL,
		    "there is no role %s, and %s may not make it: one role does everything", role,
		    PQuser(connection));
	} else {
		report_add("roles.present", VERDICT_WARNING, &advice,
		    "there is no role %s that may log in", role);
	}
}

/* --- data ----------------------------------------------------------------------- */

/* It reads all notifications and events, so on a large database it may not be done in time. */
static void
check_data(PGconn *connection)
{
	static const struct advice advice = {
		"Somebody's badge or list is wrong, or a change of theirs is refused.",
		"select pgbell.mend('<user_id>'), or select pgbell.mend() for everybody; all of "
		"them: select * from pgbell.check_consistency()"
	};
	const char *const limit[] = { "1000" };
	const char *found = database_ask(connection,
	    "select case when count(*) = 0 then '' else format('%s %s, such as %s: %s', count(*),"
	    " case count(*) when 1 then 'contradiction' else 'contradictions' end,"
	    " min(address), (array_agg(problem order by address))[1]) end"
	    " from (select * from pgbell.check_consistency() limit $1::integer) c",
	    1, limit);

	if (found == NULL)
		report_add("schema.data", VERDICT_SKIPPED, NULL,
		    "not looked through: %s; by hand: select * from pgbell.check_consistency()",
		    database_problem());
	else if (found[0] != '\0')
		report_add("schema.data", VERDICT_FAILURE, &advice, "%s", found);
	else
		report_add("schema.data", VERDICT_OK, NULL, "counts and numbers are right");
}

bool
database_check_schema(PGconn *connection)
{
	if (!says(connection, "select to_regnamespace('pgbell') is not null", 0, NULL)) {
		report_add("schema.installed", VERDICT_FAILURE, &install,
		    "database %s has no schema pgbell", PQdb(connection));
		return false;
	}
	report_add("schema.installed", VERDICT_OK, NULL, "schema pgbell is there");
	check_version(connection);
	check_owner(connection);
	check_role(connection, "pgbell_api");
	check_role(connection, "pgbell_stream");
	database_check_integrity(connection);
	check_data(connection);
	return true;
}
