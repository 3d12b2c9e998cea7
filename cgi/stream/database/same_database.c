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
#include "cgi/stream/database/same_database.h"

#include <stdio.h>
#include <string.h>

#include "common/log.h"

#define DIFFERENCES 2 /* that show them apart */
#define HINT                                                                                       \
	"PGBELL_LISTEN_URL must lead to the database that the PG* variables lead to, on the same " \
	"server; until then events are found every PGBELL_FLOOR_S only"

void
same_database_take_listener(
    struct same_database *same_database, const char *database, const char *server)
{
	snprintf(same_database->database, sizeof(same_database->database), "%s", database);
	snprintf(same_database->server, sizeof(same_database->server), "%s", server);
	same_database->is_known = same_database->is_wanted = true;
}

void
same_database_lose_listener(struct same_database *same_database)
{
	same_database->is_known = same_database->is_wanted = false;
	same_database->differences = 0;
}

static void
be_together(struct same_database *same_database)
{
	same_database->differences = 0;
	if (same_database->are_apart)
		log_info(
		    "listener_together", "database=%s", log_value(same_database->database).text);
	same_database->are_apart = false;
}

static void
be_apart(struct same_database *same_database, const char *database, bool same_server)
{
	if (same_database->are_apart || ++same_database->differences < DIFFERENCES)
		return;
	same_database->are_apart = true;
	log_error("listener_elsewhere", "listens_to=%s reads=%s same_server=%s hint=%s",
	    log_value(same_database->database).text, log_value(database).text,
	    same_server ? "yes" : "no", log_value(HINT).text);
}

void
same_database_take_reader(
    struct same_database *same_database, const char *database, const char *server)
{
	bool same_server = strcmp(server, same_database->server) == 0;

	if (!same_database->is_known)
		return;
	if (same_server && strcmp(database, same_database->database) == 0)
		be_together(same_database);
	else
		be_apart(same_database, database, same_server);
}
