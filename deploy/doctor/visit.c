/*
 * The person of a visit has a name that nobody had before, so that no number that any
 * stream remembers can be given again once the person is gone.  A visit that was cut
 * short leaves its person to the next one.
 */
#include "deploy/doctor/visit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/http.h"
#include "deploy/doctor/database.h"
#include "deploy/doctor/report.h"

/* Those whose visit is over: this one's, and whoever has no session any more. */
#define OVER                                                                                \
	"select i.address as user_id from pgbell.inbox i where i.address = $1"              \
	" or (i.address like 'pgbell-doctor%' and not exists (select from pgbell.session s" \
	" where s.user_id = i.address and s.ended_at is null and s.expires_at > now()))"

static void
read_origin(struct visit *visit)
{
	const char *url = visit->site->url, *host = strstr(url, "://");
	size_t length = host == NULL ? 0 : (size_t)(host - url) + 3;

	length += strcspn(url + length, "/");
	snprintf(visit->origin, sizeof(visit->origin), "%.*s", (int)length, url);
}

/* Browsers show a cookie's value as it is sent; only a cookie has its percent-encoding taken off.
 */
static void
take_token(struct visit *visit, const char *token)
{
	struct span given = span_of(token);

	if (http_decode_percent(given, false, visit->token, sizeof(visit->token)) != HTTP_FOUND)
		snprintf(visit->token, sizeof(visit->token), "%s", token);
}

bool
visit_begin(struct visit *visit, PGconn *connection, const struct site *site)
{
	const char *answer;

	*visit = (struct visit){ .site = site, .connection = connection };
	read_origin(visit);
	if (site->token != NULL) {
		take_token(visit, site->token);
		return true;
	}
	answer = database_ask(connection, "select 'pgbell-doctor-' || gen_random_uuid()", 0, NULL);
	if (answer != NULL) {
		const char *const person[] = { visit->person };

		snprintf(visit->person, sizeof(visit->person), "%s", answer);
		answer = database_ask(connection,
		    "select token from pgbell.create_session($1, '10 minutes')", 1, person);
	}
	if (answer == NULL) {
		report_add("outside.session", VERDICT_SKIPPED, NULL,
		    "%s could not make a session (%s); run this as the owner, or give --token",
		    PQuser(connection), database_problem());
		return false;
	}
	snprintf(visit->token, sizeof(visit->token), "%s", answer);
	visit->is_ours = true;
	return true;
}

void
visit_report_unknown(const struct visit *visit)
{
	static const struct advice apart = { "Nobody who is signed in gets anything.",
		"PGDATABASE in pgbell.env; or PGBELL_TOKENS=whole, where pgbell.authenticate() "
		"needs the token itself; then systemctl restart pgbell.target" };
	static const struct advice stale = {
		"What people meet who are signed in was not looked at.",
		"--token with what the cookie of somebody has who is signed in now"
	};
	const char *const values[] = { visit->token };

	if (database_ask(visit->connection, "select user_id from pgbell.authenticate($1)", 1,
		values) != NULL)
		report_add("outside.session", VERDICT_FAILURE, &apart,
		    "the database %s knows whose a token is, and the programs behind %s do not",
		    PQdb(visit->connection), visit->site->url);
	else if (visit->is_ours)
		report_add("outside.session", VERDICT_SKIPPED, NULL,
		    "pgbell.authenticate() is the application's own: give the --token of "
		    "somebody who is signed in");
	else
		report_add("outside.session", VERDICT_WARNING, &stale,
		    "pgbell.authenticate() does not know this --token");
}

const char *
visit_notify(struct visit *visit)
{
	const char *const values[] = { visit->person };
	const char *id;

	if (visit->row_count == VISIT_ROWS_MAX)
		return NULL;
	id = database_ask(visit->connection,
	    "select pgbell.notify($1, 'pgbell.doctor', '{\"text\": \"a visit of the doctor\"}')", 1,
	    values);
	if (id == NULL)
		return NULL;
	snprintf(visit->rows[visit->row_count], sizeof(visit->rows[0]), "%s", id);
	return visit->rows[visit->row_count++];
}

/* Somebody who exists keeps a log in which the rows came and went. */
static void
delete_rows(struct visit *visit)
{
	for (int i = 0; i < visit->row_count; i++) {
		const char *const values[] = { visit->rows[i] };

		database_ask(visit->connection,
		    "with gone as (delete from pgbell.notification where id = $1 returning 1)"
		    " select count(*) from gone",
		    1, values);
	}
}

/*
 * The rows first, in a transaction of their own: its commit writes to the log, which
 * goes then.  Whoever has notifications only and no inbox yet is found by neither.
 */
static bool
forget_person(struct visit *visit)
{
	const char *const values[] = { visit->person };

	return database_ask(visit->connection,
		   "with over as (" OVER "), gone as (delete from pgbell.notification"
		   " where user_id in (select user_id from over) returning 1)"
		   " select count(*) from gone",
		   1, values) != NULL &&
	       database_ask(visit->connection,
		   "with over as (" OVER " union select $1), events as (delete from pgbell.event"
		   "  where address in (select user_id from over)),"
		   " tickets as (delete from pgbell.ticket"
		   "  where user_id in (select user_id from over)),"
		   " sessions as (delete from pgbell.session"
		   "  where user_id in (select user_id from over)),"
		   " inboxes as (delete from pgbell.inbox"
		   "  where address in (select user_id from over) returning 1)"
		   " select count(*) from inboxes",
		   1, values) != NULL;
}

void
visit_end(struct visit *visit)
{
	static const struct advice advice = { "It is little, and nobody is shown it.",
		"sudo pgbell-doctor --as <the account that owns the database>, once" };

	if (!visit->is_ours)
		delete_rows(visit);
	else if (!forget_person(visit))
		report_add("outside.traces", VERDICT_WARNING, &advice,
		    "the person of this visit, %s, is left: %s may not delete there", visit->person,
		    PQuser(visit->connection));
}
