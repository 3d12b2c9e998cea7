/*
 * Comparing what the two servers say costs a tiny statement for each canary and
 * no lock.  A doorbell that the reader rings and the listener hears would show
 * the same, but its commit waits for the lock of all commits that notify, and
 * every read behind it in the pipeline with it.
 *
 * The listener tells along with each canary, and each time the reader is asked
 * anew: behind a pooler it may be somewhere else by now.  While servers change
 * places one side may be there before the other, so it takes two answers in a
 * row, a canary apart.  That they are apart holds until they are seen together.
 */
#include "cgi/stream/whereabouts.h"

#include <stdio.h>
#include <string.h>

#include "common/log.h"

#define DIFFERENCES 2 /* that show them apart */
#define HINT                                                                                       \
	"PGBELL_LISTEN_URL must lead to the database that the PG* variables lead to, on the same " \
	"server; until then events are found every PGBELL_FLOOR_S only"

void
whereabouts_take_listener(struct whereabouts *whereabouts, const char *database, const char *server)
{
	snprintf(whereabouts->database, sizeof(whereabouts->database), "%s", database);
	snprintf(whereabouts->server, sizeof(whereabouts->server), "%s", server);
	whereabouts->is_known = whereabouts->is_wanted = true;
}

void
whereabouts_lose_listener(struct whereabouts *whereabouts)
{
	whereabouts->is_known = whereabouts->is_wanted = false;
	whereabouts->differences = 0;
}

static void
be_together(struct whereabouts *whereabouts)
{
	whereabouts->differences = 0;
	if (whereabouts->are_apart)
		log_info("listener_together", "database=%s", log_value(whereabouts->database).text);
	whereabouts->are_apart = false;
}

static void
be_apart(struct whereabouts *whereabouts, const char *database, bool same_server)
{
	if (whereabouts->are_apart || ++whereabouts->differences < DIFFERENCES)
		return;
	whereabouts->are_apart = true;
	log_error("listener_elsewhere", "listens_to=%s reads=%s same_server=%s hint=%s",
	    log_value(whereabouts->database).text, log_value(database).text,
	    same_server ? "yes" : "no", log_value(HINT).text);
}

void
whereabouts_take_reader(struct whereabouts *whereabouts, const char *database, const char *server)
{
	bool same_server = strcmp(server, whereabouts->server) == 0;

	if (!whereabouts->is_known)
		return;
	if (same_server && strcmp(database, whereabouts->database) == 0)
		be_together(whereabouts);
	else
		be_apart(whereabouts, database, same_server);
}
