/*
 * The commands of the reader: when each is wanted, how it is sent, and what
 * its answer does.  When it is sent is the reader's business.
 *
 * All but the setup, the read of events and the look are chores: an event may have to
 * wait for one that is under way.  So a chore gets its time from the database
 * with it, and hardly any to wait for a lock.
 */
#ifndef PGBELL_COMMAND_H
#define PGBELL_COMMAND_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "cgi/stream/audience/errands.h"
#include "cgi/stream/audience/opening.h"
#include "cgi/stream/database/announcing.h"
#include "cgi/stream/database/berth.h"
#include "cgi/stream/database/pipeline.h"
#include "cgi/stream/database/query.h"
#include "cgi/stream/database/rows.h"
#include "cgi/stream/database/same_database.h"
#include "cgi/stream/database/statement.h"
#include "cgi/stream/database/upkeep.h"

#define COMMAND_LOCK_MS 20 /* that a chore waits for a lock */

struct command_settings {
	int statement_timeout_ms;
	int chore_timeout_ms;
	bool listens; /* doorbells are listened for */
	struct statement_way way;
	struct statement_keeping keeping;
	size_t backlog_bytes; /* of a page */
};

/* The outcome of a command; of several the last counts. */
enum command_outcome {
	COMMAND_DONE,
	COMMAND_HINDERED, /* it is wanted again, after a while */
	COMMAND_REFUSED,  /* nothing of it is committed */
	COMMAND_FAILED    /* the connection is to be replaced */
};

/* The commands, and the parts that they ask for; all but the pointers is theirs. */
struct commands {
	struct command_settings settings;
	struct hub *hub;
	struct openings *openings;
	struct same_database *same_database;
	struct berth *berth;
	struct metrics *metrics;
	struct query events, sessions, follows;
	struct batch opens, errands;
	struct page page;
	struct tally tally; /* of what looks find */
	struct upkeep upkeep;
	struct announcing announcing;
	struct announced announced; /* as the database said of the batch under way */
	bool has_limits; /* the command that is being answered: the time that it has is set */
	enum command_outcome outcome; /* of that one, so far */
};

/* Make them of parts that are borrowed. */
void commands_init(struct commands *commands, const struct command_settings *settings,
    struct hub *hub, struct openings *openings, struct same_database *same_database,
    struct berth *berth, struct metrics *metrics);

bool command_is_chore(enum command command);

/* Whether there is something to ask by it. */
bool commands_want(const struct commands *commands, enum command command);

/* Take a batch for it; false where there is nothing to be asked after all. */
bool commands_prepare(struct commands *commands, enum command command)
    __attribute__((warn_unused_result));

/* Send what was prepared, without a sync; false where libpq does not take it. */
bool commands_send(struct commands *commands, enum command command, PGconn *connection)
    __attribute__((warn_unused_result));

/* One result of the command that is being answered. */
void commands_take(struct commands *commands, enum command command, const PGresult *result);

/* All its results have come. */
enum command_outcome commands_finish(struct commands *commands, enum command command);

/* The connection is gone: what was under way is asked anew. */
void commands_lose(struct commands *commands);

/* Release what they own; may be called twice. */
void commands_clear(struct commands *commands);

#endif
