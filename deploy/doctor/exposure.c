/*
 * Checks of who may see or do what is not theirs: passwords in PostgreSQL's log, rights
 * that go too far, ids of people in rings.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deploy/doctor/database.h"
#include "deploy/doctor/report.h"

/* --- PostgreSQL's log ------------------------------------------------------------- */

/*
 * A setting as it is for the role $1 in this database: its own in it, its own, the
 * database's, everybody's, and last what this session found.
 */
#define SETTING_OF_ROLE                                                           \
	"coalesce((select substr(c, length(name) + 2)"                            \
	" from pg_db_role_setting s, unnest(s.setconfig) c"                       \
	" where c like replace(name, '_', '\\_') || '=%'"                         \
	" and s.setrole in (0, to_regrole($1)::oid)"                              \
	" and s.setdatabase in (0, (select oid from pg_database where datname = " \
	"current_database()))"                                                    \
	" order by s.setrole <> 0 desc, s.setdatabase <> 0 desc limit 1),"        \
	" current_setting(name, true))"

/*
 * Which settings have the parameters of pgbell-api's statements written down.  Its
 * statements are selects, which log_statement = mod leaves out.
 */
#define PRINTING_SETTINGS                                                                         \
	"with setting as (select name, lower(" SETTING_OF_ROLE ") as value from (values"          \
	" ('log_statement'), ('log_min_duration_statement'), ('log_min_duration_sample'),"        \
	" ('log_transaction_sample_rate'), ('log_parameter_max_length'),"                         \
	" ('log_parameter_max_length_on_error'), ('auto_explain.log_min_duration'),"              \
	" ('auto_explain.log_parameter_max_length')) as w (name)),"                               \
	" shown as (select exists (select from setting where name = 'log_parameter_max_length'"   \
	"  and value !~ '^0') as normally, exists (select from setting"                           \
	"  where name = 'auto_explain.log_parameter_max_length' and value !~ '^0') as explained)" \
	" select string_agg(name || ' = ' || value, ', ' order by name) from setting, shown"      \
	" where (normally and ((name = 'log_statement' and value = 'all')"                        \
	"  or (name in ('log_min_duration_statement', 'log_min_duration_sample')"                 \
	"   and value !~ '^-1')"                                                                  \
	"  or (name = 'log_transaction_sample_rate' and value::float > 0)))"                      \
	" or (name = 'log_parameter_max_length_on_error' and value !~ '^0')"                      \
	" or (explained and name = 'auto_explain.log_min_duration' and value !~ '^-1')"

/* Whether secrets are among those parameters: of tokens programs send hashes, unless told. */
static bool
sends_secrets(PGconn *connection)
{
	const char *tokens = getenv("PGBELL_TOKENS");

	return (tokens != NULL && strcmp(tokens, "whole") == 0) ||
	       database_ask(
		   connection, "select 1 where to_regnamespace('qa') is not null", 0, NULL) != NULL;
}

static void
check_log(PGconn *connection)
{
	static const struct advice advice = {
		"Passwords of the example application, and tokens with PGBELL_TOKENS=whole, are "
		"parameters of pgbell-api's statements: whoever reads the log has them.",
		"alter role pgbell_api set log_parameter_max_length = 0; alter role pgbell_api set "
		"log_parameter_max_length_on_error = 0; alter role pgbell_api set "
		"auto_explain.log_parameter_max_length = 0 -- as a superuser; PostgreSQL 16 and "
		"later "
		"have the last one; and systemctl restart pgbell.target"
	};
	const char *role = database_ask(
	    connection, "select rolname from pg_roles where rolname = 'pgbell_api'", 0, NULL);
	char name[64], settings[512];
	const char *const values[] = { name };
	const char *found;

	snprintf(name, sizeof(name), "%s", role != NULL ? role : PQuser(connection));
	found = database_ask(connection, PRINTING_SETTINGS, 1, values);
	snprintf(settings, sizeof(settings), "%s", found != NULL ? found : "");
	if (settings[0] == '\0')
		report_add("database.log", VERDICT_OK, NULL, "it has no parameters of statements");
	else if (!sends_secrets(connection))
		report_add("database.log", VERDICT_OK, NULL,
		    "it has parameters of statements (%s), and none of them is a secret", settings);
	else
		report_add("database.log", VERDICT_WARNING, &advice,
		    "PostgreSQL writes parameters of statements to its log: %s", settings);
}

/* --- rights ----------------------------------------------------------------------- */

/* With the whole table go id, created_at and read_at, which are nobody's to choose. */
static void
check_inserters(PGconn *connection)
{
	static const struct advice advice = {
		"Whoever may write id and times can make other inserts fail, and a list that no "
		"browser can show.",
		"revoke insert on pgbell.notification from <role>; grant insert (user_id, kind, "
		"data, "
		"subject), select (id) on pgbell.notification to <role>"
	};
	const char *found = database_ask(connection,
	    "select string_agg(distinct case a.grantee when 0 then 'everybody'"
	    " else a.grantee::regrole::text end, ', ')"
	    " from pg_class c, aclexplode(c.relacl) a"
	    " where c.oid = to_regclass('pgbell.notification') and a.grantee <> c.relowner"
	    " and a.privilege_type = 'INSERT'",
	    0, NULL);

	if (found != NULL)
		report_add("grants.insert", VERDICT_WARNING, &advice,
		    "%s may insert into all columns of pgbell.notification", found);
	else
		report_add("grants.insert", VERDICT_OK, NULL,
		    "nobody may insert into all columns of pgbell.notification");
}

static void
check_public_schema(PGconn *connection)
{
	static const struct advice advice = {
		"Whoever can connect can put functions there that applications and superusers call "
		"in the place of others (PostgreSQL 15 gives this right to nobody).",
		"revoke create on schema public from public"
	};
	const char *found = database_ask(connection,
	    "select 1 from pg_namespace n, aclexplode(n.nspacl) a"
	    " where n.nspname = 'public' and a.grantee = 0 and a.privilege_type = 'CREATE'",
	    0, NULL);

	if (found != NULL)
		report_add("database.create", VERDICT_WARNING, &advice,
		    "everybody may create in schema public");
	else
		report_add("database.create", VERDICT_OK, NULL,
		    "not everybody may create in schema public");
}

/* A ring says whose inbox has news, to each session of the database that listens. */
static void
check_rings(PGconn *connection)
{
	static const struct advice advice = { "Any role that may connect can LISTEN, and read in "
					      "the rings whom something is new for.",
		"revoke connect on database <database> from public; grant connect on database "
		"<database> to pgbell_api, pgbell_stream, <the application's roles>; or keys that "
		"tell nothing to a stranger, such as uuids" };
	const char *found = database_ask(connection,
	    "select 1 from pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', "
	    "d.datdba))) "
	    "a where d.datname = current_database() and a.grantee = 0"
	    " and a.privilege_type = 'CONNECT' and exists (select from pg_roles r"
	    "  where r.rolcanlogin and not r.rolsuper and r.oid <> d.datdba"
	    "  and r.rolname not in ('pgbell_api', 'pgbell_stream'))"
	    " and exists (select from (select address from pgbell.inbox"
	    "  where address > ' ' limit 1000) i where address like '%_@_%')",
	    0, NULL);

	if (found != NULL)
		report_add("database.rings", VERDICT_WARNING, &advice,
		    "people's ids are addresses, and everybody may connect to database %s",
		    PQdb(connection));
	else
		report_add(
		    "database.rings", VERDICT_OK, NULL, "rings tell no addresses to other roles");
}

void
database_check_exposure(PGconn *connection)
{
	check_log(connection);
	check_inserters(connection);
	check_public_schema(connection);
	check_rings(connection);
}
