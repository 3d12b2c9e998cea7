/*
 * Checks of triggers, sequences, indexes and the like that install.sql made and that
 * something has switched off or broken since, as tools that load data do: then nothing
 * rings, and no error says so.  Each check is a statement that returns what it found, as
 * text; empty text means nothing.
 */
#include "deploy/doctor/database.h"
#include "deploy/doctor/report.h"
#include "deploy/doctor/shipped.h"

/* Whether the function p is as install.sql made it: sql/bundled.sql. */
#define BUNDLED                                                                                  \
	"(obj_description(p.oid, 'pg_proc') is not distinct from 'bundled with pgbell, sha256 '" \
	" || encode(sha256(convert_to(p.prosrc, 'UTF8')), 'hex'))"

static const struct integrity_check {
	const char *name;
	const char *ok;
	const char *found; /* a statement */
	struct advice advice;
} checks[] = {
	{ "schema.triggers", "all are there and enabled",
	    "select coalesce(string_agg(format('%s of %s is %s', w.name, w.place,"
	    " case when t.tgname is null then 'missing' else 'disabled' end), ', '), '')"
	    " from (values " SHIPPED_TRIGGERS ") w (place, name)"
	    " left join pg_trigger t on t.tgrelid = to_regclass(w.place) and t.tgname = w.name"
	    " where to_regclass(w.place) is not null and coalesce(t.tgenabled not in ('O', 'A'), "
	    "true)",
	    { "What is written is not numbered, counted and told.",
		"alter table <table> enable trigger <trigger> (pgbell.pending: enable always "
		"trigger), or psql -f sql/install.sql; then select * from pgbell.mend()" } },
	{ "schema.rows", "functions see all rows",
	    "select coalesce(string_agg(c.oid::regclass::text, ', '), '') from pg_class c"
	    " where c.relnamespace in (to_regnamespace('pgbell'), to_regnamespace('qa'))"
	    " and c.relrowsecurity and c.relforcerowsecurity",
	    { "Row security is forced on these tables, so our functions see and write no row.",
		"alter table <table> no force row level security" } },
	{ "schema.ids", "the next id is a new one",
	    "select case"
	    " when n.id > s.last_value then format('the next id is %s, and there is %s already',"
	    "  s.last_value + 1, n.id)"
	    " when s.last_value = 9223372036854775807 then 'there are no more ids'"
	    " else '' end"
	    " from pgbell.notification_id_seq s, (select max(id) as id from pgbell.notification) n",
	    { "Inserts fail with a duplicate key, as after a restore of data alone.",
		"select * from pgbell.mend()" } },
	{ "schema.indexes", "all are valid",
	    "select coalesce(string_agg(i.indexrelid::regclass::text, ', '), '')"
	    " from pg_index i join pg_class c on c.oid = i.indrelid"
	    " where c.relnamespace in (to_regnamespace('pgbell'), to_regnamespace('qa'))"
	    " and not (i.indisvalid and i.indisready)",
	    { "An index that is not valid is not used: lists are read row by row.",
		"reindex index <index>" } },
	{ "schema.functions", "each finds only what is ours",
	    "select coalesce(string_agg(p.oid::regprocedure::text, ', '), '')"
	    " from pg_proc p join pg_namespace n on n.oid = p.pronamespace"
	    " where n.nspname in ('pgbell', 'qa') and p.prosecdef and (p.proowner <> n.nspowner"
	    " or not exists (select from unnest(p.proconfig) c where c like 'search_path=%'))",
	    { "They run with their owner's rights, and what they find is a caller's choice, or "
	      "that owner is another.",
		"alter function <function> set search_path = pgbell, pg_temp; alter function "
		"<function> owner to <the owner of the schema>" } },
	{ "schema.authenticate", "a token that nobody has is refused",
	    "select case when exists (select from pgbell.identify('sha256:' || repeat('0', 64)))"
	    " then 'pgbell.authenticate() takes a token that nobody has' else '' end",
	    { "Whoever shows any token is let in.",
		"pgbell.authenticate() returns no row for a token that it does not know" } },
	{ "schema.sessions", "they begin and end by the same rules",
	    "select case when exists (select from pg_proc p"
	    " where p.oid = 'pgbell.authenticate(text)'::regprocedure and not " BUNDLED
	    " and p.prosrc !~ 'pgbell\\.session\\M') and exists (select from pg_proc p"
	    " where p.oid = 'pgbell.ended_sessions(text[])'::regprocedure and " BUNDLED ") then"
	    " 'pgbell.authenticate() is the application''s own, and pgbell.ended_sessions() is not'"
	    " else '' end",
	    { "It knows none of these sessions: each stream ends as revoked within half a minute.",
		"replace pgbell.ended_sessions(text[]), and pgbell.renewed_sessions() where they "
		"can be prolonged, as deploy/examples/adopt/adopt.sql does" } },
	{ "schema.may_follow", "it answers for a person and for a visitor",
	    "select case when pgbell.may_follow(null, 'pgbell-doctor')"
	    " and not pgbell.may_follow('pgbell-doctor', 'pgbell-doctor') then"
	    " 'pgbell.may_follow() lets visitors follow what a person may not' else '' end",
	    { "Whoever signs in sees less.",
		"pgbell.may_follow() answers for a null user_id, too, who is a visitor" } },
};

void
database_check_integrity(PGconn *connection)
{
	static const struct advice fails = { "What this asks everything else asks, too.",
		"what the database says; psql -f sql/install.sql, as the owner of the database" };
	const bool is_owner = database_ask(connection,
				  "select 1 from pg_namespace where nspname = 'pgbell'"
				  " and pg_has_role(nspowner, 'usage')",
				  0, NULL) != NULL;

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		const struct integrity_check *check = &checks[i];
		const char *found =
		    is_owner ? database_ask(connection, check->found, 0, NULL) : NULL;

		if (!is_owner)
			report_add(check->name, VERDICT_SKIPPED, NULL,
			    "%s may not look; run this as the owner", PQuser(connection));
		else if (found == NULL)
			report_add(check->name, VERDICT_FAILURE, &fails, "it fails: %s",
			    database_problem());
		else if (found[0] != '\0')
			report_add(check->name, VERDICT_FAILURE, &check->advice, "%s", found);
		else
			report_add(check->name, VERDICT_OK, NULL, "%s", check->ok);
	}
}
