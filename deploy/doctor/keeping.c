/*
 * Whether notifications that were read go when the settings say so.  The table is looked at
 * itself: a trim that was made says nothing of rows that it could not delete.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/config.h"
#include "deploy/doctor/database.h"
#include "deploy/doctor/report.h"

#define CHECK "schema.keeping"
#define COUNTED_MAX "1000"

/* All are looked at once a day, so one that is a day too old is no fault yet. */
#define GRACE_DAYS 2

void
database_check_keeping(PGconn *connection, const struct config *config)
{
	static const struct advice advice = { "They are to go and pile up: no pgbell-stream trims "
					      "them (it reads its settings when "
					      "it starts; where PGBELL_TRIM_S is 0 it trims "
					      "nothing), or a trigger or a foreign key "
					      "of the application's forbids it.",
		"systemctl restart pgbell-stream; its log says why a trim fails" };
	const int days = config->notification_keep_days < config->event_keep_days
			     ? config->event_keep_days
			     : config->notification_keep_days;
	char limit[16], last[64];
	const char *const values[] = { limit, COUNTED_MAX };
	const char *found;

	if (config->notification_keep_days == 0) {
		report_add(CHECK, VERDICT_OK, NULL,
		    "what was read is kept for ever: PGBELL_NOTIFICATION_KEEP_DAYS is 0");
		return;
	}
	found = database_ask(connection,
	    "select coalesce(to_char(max(read_trimmed_at), 'YYYY-MM-DD HH24:MI TZ'), 'never')"
	    " from pgbell.migration",
	    0, NULL);
	snprintf(last, sizeof(last), "%s", found == NULL ? "unknown" : found);
	snprintf(limit, sizeof(limit), "%d", days + GRACE_DAYS);
	found = database_ask(connection,
	    "select count(*) from (select from pgbell.notification"
	    " where read_at < now() - make_interval(days => $1::integer) limit $2::bigint) n",
	    2, values);
	if (found == NULL)
		report_add(
		    CHECK, VERDICT_SKIPPED, NULL, "not looked through: %s", database_problem());
	else if (strcmp(found, "0") != 0)
		report_add(CHECK, VERDICT_WARNING, &advice,
		    "%s%s are still there that were read more than %s days ago; they are to be "
		    "kept "
		    "for %d, and all were last looked at: %s",
		    found, strcmp(found, COUNTED_MAX) == 0 ? " or more" : "", limit, days, last);
	else
		report_add(CHECK, VERDICT_OK, NULL,
		    "what was read is kept for %d days; all were last looked at: %s", days, last);
}
