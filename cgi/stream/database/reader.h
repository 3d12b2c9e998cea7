/*
 * The reader: the one connection on which a process asks the database, in
 * pipeline mode.  Of each command at most one is under way; all that comes
 * up meanwhile goes into the next, so batches grow under load by themselves.
 */
#ifndef PGBELL_READER_H
#define PGBELL_READER_H

#include <event2/event.h>
#include <stdbool.h>

#include "cgi/stream/database/command.h"

struct reader;

struct reader_settings {
	int connect_timeout_s;
	struct command_settings command;
};

/* Begin to connect; all parts are borrowed.  Out of memory ends the process. */
struct reader *reader_create(struct event_base *base, const struct reader_settings *settings,
    struct hub *hub, struct openings *openings, struct same_database *same_database,
    struct berth *berth, struct metrics *metrics);

/* Whether the connection is up and answers. */
bool reader_is_up(const struct reader *reader);

/*
 * Ask for what waits, as far as nothing of its kind is under way; called at
 * the end of each turn of the event loop.  let_in: whether new streams may
 * be opened now.
 */
void reader_ask(struct reader *reader, bool let_in);

/* Something is due, perhaps. */
void reader_want_due(struct reader *reader);

/*
 * Whether a read of events is under way, or has not been seen yet whether a trim or
 * anything else is due, or an announcement is to be taken by people who are here.
 */
bool reader_is_busy(const struct reader *reader);

/* Close; NULL is fine. */
void reader_close(struct reader *reader);

#endif
