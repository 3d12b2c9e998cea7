/*
 * Every command is closed with a sync, so it is a transaction of its own and
 * an error ends with it.  An error that lies with the connection replaces it,
 * and everybody is rung when the new one is there; the link's pauses keep it
 * from being tried too often.
 *
 * A process that is awake looks, and a look brings along what it has found, where that is
 * little; else it is read at once.  So an event waits for the next look, and not for the next
 * read behind that.
 *
 * Answers come in the order of the questions, so an event waits for what was
 * asked before it.  Therefore a read is asked for first, and of the chores one
 * at a time, in turn.  Sessions are looked up a moment after the
 * ring, for all that were rung meanwhile: a ring does not say what it is about,
 * and nearly always it is an event.
 */
#include "cgi/stream/database/reader.h"

#include <inttypes.h>
#include <stdlib.h>

#include "cgi/stream/audience/question.h"
#include "cgi/stream/database/chore.h"
#include "cgi/stream/database/link.h"
#include "cgi/stream/database/pace.h"
#include "cgi/stream/parts/burst.h"
#include "cgi/stream/parts/timer.h"
#include "common/clock.h"

#define READER_GRACE_MS 5000 /* beyond the statement's own time limit: the server is hung */
#define READER_WATCH_US 1000000
#define READER_CHECK_US 100000 /* from a ring to the look at the sessions */
#define READER_TRIM_S 60       /* from one question whether a trim is due to the next, at most */
#define READER_TRIM_US 20000   /* from one trim to the next, where one is not enough */

struct reader {
	struct link *link;
	struct event *watch_timer, *trim_timer, *due_timer;
	struct event *pause_timer, *look_timer,
	    *chore_timer; /* end the turn of the loop, for reader_ask() */
	struct reader_settings settings;
	struct hub *hub;
	struct metrics *metrics;
	struct commands commands;
	struct pipeline pipeline;
	struct pace pace;
	struct chore chores[COMMANDS]; /* of those commands that are one */
	enum command last_chore;
	struct burst burst;
	bool reads_at_once; /* a look has found addresses that wait */
	bool is_up;
};

/* --- asking ---------------------------------------------------------------- */

static void
ask(struct reader *reader, enum command command)
{
	PGconn *connection = link_connection(reader->link);

	if (!commands_prepare(&reader->commands, command))
		return;
	if (!commands_send(&reader->commands, command, connection) ||
	    PQpipelineSync(connection) == 0) {
		link_replace(reader->link, PQerrorMessage(connection));
		return;
	}
	pipeline_add(&reader->pipeline, command, clock_steady_us());
	link_flush(reader->link);
}

static void
on_wake(int descriptor, short what, void *argument)
{
	(void)descriptor;
	(void)what;
	(void)argument; /* this turn of the loop ends with reader_ask() */
}

/* Whether addresses that were rung wait for others; a full batch does not. */
static bool
is_pausing(struct reader *reader)
{
	int64_t left_us = pace_pause_us(&reader->pace, clock_steady_us());

	if (left_us == 0 || question_is_full(reader->hub, QUESTION_EVENTS))
		return false;
	if (!evtimer_pending(reader->pause_timer, NULL))
		timer_set(reader->pause_timer, left_us);
	return true;
}

static void
ask_to_read(struct reader *reader)
{
	if (!commands_want(&reader->commands, COMMAND_READ) ||
	    pipeline_has(&reader->pipeline, COMMAND_READ) ||
	    (!reader->reads_at_once && is_pausing(reader)))
		return;
	reader->reads_at_once = false;
	pace_begin(&reader->pace, clock_steady_us());
	ask(reader, COMMAND_READ);
}

/* Not beside a read, whose addresses would be read twice. */
static void
ask_to_look(struct reader *reader)
{
	int64_t wait_us = berth_look_wait_us(reader->commands.berth, clock_steady_us());

	if (wait_us == INT64_MAX || pipeline_has(&reader->pipeline, COMMAND_READ) ||
	    pipeline_has(&reader->pipeline, COMMAND_LOOK))
		return;
	if (wait_us > 0)
		timer_set(reader->look_timer, wait_us);
	else
		ask(reader, COMMAND_LOOK);
}

/* How long until a chore is due; INT64_MAX: there is nothing to be done. */
static int64_t
find_wait(struct reader *reader, enum command command, bool let_in)
{
	static const int64_t delays_us[COMMANDS] = { [COMMAND_CHECK] = READER_CHECK_US,
		[COMMAND_FOLLOWS] = READER_CHECK_US,
		[COMMAND_TRIM] = READER_TRIM_US };

	if (command == COMMAND_OPEN && !let_in)
		return INT64_MAX;
	if (!commands_want(&reader->commands, command)) {
		chore_forget(&reader->chores[command]);
		return INT64_MAX;
	}
	return chore_wait_us(&reader->chores[command], delays_us[command], clock_steady_us());
}

static bool
has_chore_under_way(const struct reader *reader)
{
	for (int command = 0; command < COMMANDS; command++)
		if (command_is_chore((enum command)command) &&
		    pipeline_has(&reader->pipeline, (enum command)command))
			return true;
	return false;
}

/* The chore that is due and was done longest ago; where none is, a turn comes when one will be. */
static void
ask_a_chore(struct reader *reader, bool let_in)
{
	int64_t soonest_us = INT64_MAX;

	if (has_chore_under_way(reader))
		return;
	for (int i = 1; i <= COMMANDS; i++) {
		enum command command = (enum command)(((int)reader->last_chore + i) % COMMANDS);
		int64_t wait_us;

		if (!command_is_chore(command))
			continue;
		wait_us = find_wait(reader, command, let_in);
		if (wait_us == 0) {
			reader->last_chore = command;
			ask(reader, command);
			return;
		}
		if (wait_us < soonest_us)
			soonest_us = wait_us;
	}
	if (soonest_us != INT64_MAX)
		timer_set(reader->chore_timer, soonest_us);
}

void
reader_ask(struct reader *reader, bool let_in)
{
	if (!reader->is_up)
		errands_refuse_all(hub_errands(reader->hub));
	if (reader->is_up)
		ask_to_look(reader);
	if (reader->is_up)
		ask_to_read(reader);
	if (reader->is_up)
		ask_a_chore(reader, let_in);
}

static void
on_trim_timer(int descriptor, short what, void *argument)
{
	struct reader *reader = argument;

	(void)descriptor;
	(void)what;
	reader->commands.upkeep.wants_trim = true;
}

static void
on_due_timer(int descriptor, short what, void *argument)
{
	struct reader *reader = argument;

	(void)descriptor;
	(void)what;
	reader->commands.upkeep.wants_due = true;
}

/* A server that is stopped or unreachable answers nothing, not even an error. */
static void
on_watch_timer(int descriptor, short what, void *argument)
{
	struct reader *reader = argument;
	int64_t limit_ms = reader->settings.command.statement_timeout_ms + READER_GRACE_MS;

	(void)descriptor;
	(void)what;
	if (!pipeline_has(&reader->pipeline, COMMAND_READ) &&
	    !question_is_wanted(reader->hub, QUESTION_EVENTS))
		burst_settle(&reader->burst, reader->metrics->bytes_sent);
	if (pipeline_wait_us(&reader->pipeline, clock_steady_us()) > limit_ms * 1000)
		link_replace(reader->link, "no answer");
}

/* --- answers --------------------------------------------------------------- */

static void
finish_chore(struct reader *reader, enum command command, enum command_outcome outcome)
{
	struct chore *chore = &reader->chores[command];

	if (outcome == COMMAND_HINDERED) {
		chore_hinder(chore, clock_steady_us());
		return;
	}
	chore_settle(chore);
	if (command == COMMAND_DUE)
		timer_set(reader->due_timer, upkeep_due_wait_ms(&reader->commands.upkeep) * 1000);
	if (command == COMMAND_TRIM)
		chore_forget(chore); /* each is delayed, for the sake of others */
}

/* The oldest command has had its sync. */
static void
finish_command(struct reader *reader)
{
	enum command command = pipeline_first(&reader->pipeline);
	enum command_outcome outcome = commands_finish(&reader->commands, command);

	if (outcome == COMMAND_FAILED) {
		link_replace(reader->link, "a statement failed");
		return;
	}
	pipeline_finish(&reader->pipeline, clock_steady_us());
	if (command_is_chore(command)) {
		finish_chore(reader, command, outcome);
	} else if (command == COMMAND_LOOK) {
		reader->reads_at_once = question_is_wanted(reader->hub, QUESTION_EVENTS);
	} else if (command == COMMAND_READ) {
		pace_finish(&reader->pace, clock_steady_us());
		berth_note_read(reader->commands.berth, clock_steady_us() - reader->pace.began_us);
		if (outcome == COMMAND_DONE)
			link_settle(reader->link);
	} else {
		reader->is_up = true;
		reader->commands.upkeep.wants_due = true;
		hub_ring_all(reader->hub, HUB_RING_ALL);
	}
}

static void
on_input(void *owner)
{
	struct reader *reader = owner;
	PGconn *connection = link_connection(reader->link);

	while (!pipeline_is_empty(&reader->pipeline) &&
	       link_connection(reader->link) == connection && !PQisBusy(connection)) {
		PGresult *result = PQgetResult(connection);

		if (result == NULL)
			continue; /* the end of one statement's results */
		if (PQresultStatus(result) == PGRES_PIPELINE_SYNC)
			finish_command(reader);
		else
			commands_take(&reader->commands, pipeline_first(&reader->pipeline), result);
		PQclear(result);
	}
}

/* --- coming and going ------------------------------------------------------ */

static void
on_up(void *owner)
{
	struct reader *reader = owner;
	PGconn *connection = link_connection(reader->link);

	if (PQenterPipelineMode(connection) != 0)
		ask(reader, COMMAND_SETUP);
	else
		link_replace(reader->link, PQerrorMessage(connection));
}

static void
on_down(void *owner)
{
	struct reader *reader = owner;

	pipeline_clear(&reader->pipeline);
	commands_lose(&reader->commands);
	reader->is_up = reader->reads_at_once = false;
	reader->metrics->reader_lost++;
}

static const struct link_events reader_link_events = { on_up, on_input, on_down };

static void
make_timers(struct reader *reader, struct event_base *base)
{
	const int trim_s = reader->settings.command.keeping.every_s;

	reader->watch_timer = timer_make(base, TIMER_AGAIN, on_watch_timer, reader);
	reader->trim_timer = timer_make(base, TIMER_AGAIN, on_trim_timer, reader);
	reader->due_timer = timer_make(base, TIMER_ONCE, on_due_timer, reader);
	reader->pause_timer = timer_make(base, TIMER_ONCE, on_wake, reader);
	reader->look_timer = timer_make(base, TIMER_ONCE, on_wake, reader);
	reader->chore_timer = timer_make(base, TIMER_ONCE, on_wake, reader);
	timer_set(reader->watch_timer, READER_WATCH_US);
	if (trim_s > 0)
		timer_set(reader->trim_timer,
		    (int64_t)(trim_s < READER_TRIM_S ? trim_s : READER_TRIM_S) * 1000000);
}

struct reader *
reader_create(struct event_base *base, const struct reader_settings *settings, struct hub *hub,
    struct openings *openings, struct same_database *same_database, struct berth *berth,
    struct metrics *metrics)
{
	const struct link_settings link_settings = { "pgbell-stream reader", NULL,
		settings->connect_timeout_s };
	struct reader *reader = calloc(1, sizeof(*reader));

	if (reader == NULL)
		abort();
	reader->settings = *settings;
	reader->hub = hub;
	reader->metrics = metrics;
	commands_init(
	    &reader->commands, &settings->command, hub, openings, same_database, berth, metrics);
	make_timers(reader, base);
	reader->link = link_create(base, &link_settings, &reader_link_events, reader);
	return reader;
}

void
reader_want_due(struct reader *reader)
{
	reader->commands.upkeep.wants_due = true;
}

bool
reader_is_busy(const struct reader *reader)
{
	const struct commands *commands = &reader->commands;

	return pipeline_has(&reader->pipeline, COMMAND_READ) ||
	       !upkeep_is_done(&commands->upkeep) ||
	       pipeline_has(&reader->pipeline, COMMAND_ANNOUNCE) ||
	       (announcing_is_wanted(&commands->announcing) &&
		   reader->chores[COMMAND_ANNOUNCE].pause_us == 0);
}

bool
reader_is_up(const struct reader *reader)
{
	return reader->is_up;
}

void
reader_close(struct reader *reader)
{
	if (reader == NULL)
		return;
	event_free(reader->watch_timer);
	event_free(reader->trim_timer);
	event_free(reader->due_timer);
	event_free(reader->pause_timer);
	event_free(reader->look_timer);
	event_free(reader->chore_timer);
	link_close(reader->link);
	commands_clear(&reader->commands);
	free(reader);
}
