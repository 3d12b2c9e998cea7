/*
 * An error ends its own transaction, for each command is closed with a sync.
 * It is either of what was asked, and then what was asked together is asked
 * apart; or of others who hold a lock or use up the time, and then it is asked
 * again; or of the connection, which is replaced.  An error in a read is of
 * the last kind unless it is plainly of the first: everybody is rung when the
 * new connection is there, so that nothing is forgotten.
 */
#include "cgi/stream/database/command.h"

#include <stdlib.h>
#include <string.h>

#include "cgi/stream/database/rows.h"
#include "cgi/stream/database/statement.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/schema.h"

#define TRIM_ROWS 250                  /* of each kind in one statement */
#define DUE_ROWS 250                   /* in one statement */
#define LOOK_FEW (PAGE_EVENTS_MAX - 1) /* a full page would have the rest read */
#define LOOK_SHARE 8 /* one of so many addresses that are found is to have a stream here */

void
commands_init(struct commands *commands, const struct command_settings *settings, struct hub *hub,
    struct openings *openings, struct same_database *same_database, struct berth *berth,
    struct metrics *metrics)
{
	*commands = (struct commands){
		.settings = *settings,
		.hub = hub,
		.openings = openings,
		.same_database = same_database,
		.berth = berth,
		.metrics = metrics,
		.events = { .hub = hub,
		    .question = QUESTION_EVENTS,
		    .page_bytes = settings->backlog_bytes },
		.sessions = { .hub = hub, .question = QUESTION_SESSIONS },
		.follows = { .hub = hub, .question = QUESTION_FOLLOWS },
		.page = { .bytes_max =
			      settings->backlog_bytes + PAGE_EVENTS_MAX * PAGE_FRAMING_BYTES },
		.trim_rows = TRIM_ROWS,
		.due_in_ms = -1,
		.wants_trim = settings->keeping.every_s > 0,
		.has_trimmed = settings->keeping.every_s == 0,
	};
}

bool
commands_want(const struct commands *commands, enum command command)
{
	switch (command) {
	case COMMAND_READ: return question_is_wanted(commands->hub, QUESTION_EVENTS);
	case COMMAND_LOOK: return berth_look_wait_us(commands->berth, clock_steady_us()) == 0;
	case COMMAND_OPEN: return openings_are_waiting(commands->openings);
	case COMMAND_ERRANDS: return errands_are_waiting(hub_errands(commands->hub));
	case COMMAND_CHECK: return question_is_wanted(commands->hub, QUESTION_SESSIONS);
	case COMMAND_FOLLOWS: return question_is_wanted(commands->hub, QUESTION_FOLLOWS);
	case COMMAND_TRIM: return commands->wants_trim;
	case COMMAND_DUE: return commands->wants_due;
	case COMMAND_ANNOUNCE: return announcing_is_wanted(&commands->announcing);
	case COMMAND_LOCATE: return commands->same_database->is_wanted;
	default: return false;
	}
}

/* --- sending --------------------------------------------------------------- */

/* What a chore is given, and behind it the chore itself. */
static bool
send_limits(const struct commands *commands, bool writes, PGconn *connection)
{
	return statement_send_limits(connection, &commands->settings.way, writes,
	    commands->settings.chore_timeout_ms, COMMAND_LOCK_MS);
}

static bool
send_open(struct commands *commands, PGconn *connection)
{
	const char *values[OPENING_ARRAYS];

	batch_format(&commands->opens, OPENING_ARRAYS, values);
	if (commands->settings.hears_rings)
		hub_begin_opening(commands->hub);
	return send_limits(commands, true, connection) &&
	       statement_send_open(connection, commands->settings.way.prepare, values);
}

static bool
send_errands(struct commands *commands, PGconn *connection)
{
	const char *values[ERRAND_ARRAYS];

	batch_format(&commands->errands, ERRAND_ARRAYS, values);
	return send_limits(commands, true, connection) &&
	       statement_send_errands(connection, commands->settings.way.prepare, values);
}

static bool
send_read(struct commands *commands, PGconn *connection)
{
	commands->metrics->reads++;
	metrics_observe_read(commands->metrics, commands->events.count);
	return statement_send_isolation(connection, commands->settings.way.pooled) &&
	       query_send(&commands->events, connection, commands->settings.way.prepare);
}

/* Events are told with the look where enough of them are for streams here: else it is for nothing.
 */
static bool
send_look(struct commands *commands, PGconn *connection)
{
	struct berth *berth = commands->berth;
	const struct look_tally *tally = &commands->tally;
	const struct look_values look = {
		.berth = berth_begin_look(berth, clock_steady_us()),
		.seen = berth->seen,
		.pid = berth->pid,
		.events_max = BERTH_LOOK_EVENTS,
		.few_max = tally->here * LOOK_SHARE >= tally->found ? LOOK_FEW : 0,
	};

	commands->metrics->looks++;
	return statement_send_isolation(connection, commands->settings.way.pooled) &&
	       statement_send_look(connection, commands->settings.way.prepare, &look);
}

static bool
send_check(struct commands *commands, PGconn *connection)
{
	commands->metrics->checks++;
	return send_limits(commands, false, connection) &&
	       query_send(&commands->sessions, connection, commands->settings.way.prepare);
}

static bool
send_follows(struct commands *commands, PGconn *connection)
{
	commands->metrics->follow_checks++;
	return send_limits(commands, false, connection) &&
	       query_send(&commands->follows, connection, commands->settings.way.prepare);
}

static bool
send_trim(struct commands *commands, PGconn *connection)
{
	commands->wants_trim = false;
	return send_limits(commands, true, connection) &&
	       statement_send_trim(connection, &commands->settings.keeping, commands->trim_rows);
}

static bool
send_due(struct commands *commands, PGconn *connection)
{
	commands->wants_due = false;
	commands->due_in_ms = -1;
	return send_limits(commands, true, connection) && statement_send_due(connection, DUE_ROWS);
}

static bool
send_announce(struct commands *commands, PGconn *connection)
{
	return send_limits(commands, true, connection) &&
	       statement_send_announce(connection, array_format(&commands->announcing.people));
}

static bool
send_locate(struct commands *commands, PGconn *connection)
{
	commands->same_database->is_wanted = false;
	return send_limits(commands, false, connection) && statement_send_locate(connection);
}

bool
commands_prepare(struct commands *commands, enum command command)
{
	switch (command) {
	case COMMAND_READ: return query_take(&commands->events);
	case COMMAND_CHECK: return query_take(&commands->sessions);
	case COMMAND_FOLLOWS: return query_take(&commands->follows);
	case COMMAND_OPEN: return openings_take_batch(commands->openings, &commands->opens) > 0;
	case COMMAND_ERRANDS:
		return errands_take(hub_errands(commands->hub), &commands->errands) > 0;
	case COMMAND_ANNOUNCE: return announcing_take_batch(&commands->announcing, commands->hub);
	default: return true;
	}
}

bool
commands_send(struct commands *commands, enum command command, PGconn *connection)
{
	switch (command) {
	case COMMAND_READ: return send_read(commands, connection);
	case COMMAND_LOOK: return send_look(commands, connection);
	case COMMAND_OPEN: return send_open(commands, connection);
	case COMMAND_ERRANDS: return send_errands(commands, connection);
	case COMMAND_CHECK: return send_check(commands, connection);
	case COMMAND_FOLLOWS: return send_follows(commands, connection);
	case COMMAND_TRIM: return send_trim(commands, connection);
	case COMMAND_DUE: return send_due(commands, connection);
	case COMMAND_ANNOUNCE: return send_announce(commands, connection);
	case COMMAND_LOCATE: return send_locate(commands, connection);
	default:
		return statement_send_setup(
		    connection, &commands->settings.way, commands->settings.statement_timeout_ms);
	}
}

bool
command_is_chore(enum command command)
{
	return command != COMMAND_SETUP && command != COMMAND_READ && command != COMMAND_LOOK;
}

/* --- answers --------------------------------------------------------------- */

static void
report_error(struct commands *commands, enum command command, const PGresult *result)
{
	static const char *const names[] = { "setup", "read", "look", "open", "errands", "check",
		"follows", "trim", "due", "announce", "locate" };
	const char *sqlstate = statement_get_error(result, PG_DIAG_SQLSTATE);

	log_error("statement_failed", "statement=%s sqlstate=%s error=%s", names[command], sqlstate,
	    log_value(statement_get_error(result, PG_DIAG_MESSAGE_PRIMARY)).text);
	commands->metrics->reads_failed++;
	if (command != COMMAND_OPEN && schema_is_unfit(sqlstate)) {
		commands->metrics->schema_unfit = true;
		log_error("schema_unfit", "hint=%s", log_value(SCHEMA_UNFIT).text);
	}
}

static void
take_open_error(struct commands *commands, const PGresult *result)
{
	if (statement_is_of_connection(result)) {
		commands->has_failed = true;
	} else {
		commands->was_hindered = statement_is_of_lock(result);
		openings_return_batch(
		    commands->openings, commands->was_hindered ? OPENING_LOCKED : OPENING_FAILED);
	}
}

/* What an application's may_follow() raises is a no already: what is left is of somebody else. */
static void
take_query_error(struct commands *commands, struct query *query, const PGresult *result)
{
	bool is_of_data = statement_is_of_data(result);
	bool is_of_others = query != &commands->events &&
			    (statement_is_of_lock(result) || statement_is_of_time(result));

	if (is_of_data && query != &commands->follows)
		query_mark_unreadable(query);
	else if (is_of_data || is_of_others)
		commands->was_hindered = true;
	else
		commands->has_failed = true;
}

/* One that was too long is tried with fewer rows. */
static void
take_trim_error(struct commands *commands, const PGresult *result)
{
	commands->was_hindered = statement_is_of_lock(result) || statement_is_of_time(result);
	commands->wants_trim = commands->was_hindered;
	if (commands->trim_rows > 1)
		commands->trim_rows /= 2;
}

static void
take_due_error(struct commands *commands, const PGresult *result)
{
	commands->was_hindered = statement_is_of_lock(result) || statement_is_of_time(result);
	commands->wants_due = commands->was_hindered;
}

static void
take_announce_error(struct commands *commands, const PGresult *result)
{
	commands->was_hindered = statement_is_of_lock(result) || statement_is_of_time(result);
	commands->announced = (struct announced){ 0, 0 };
}

static void
take_error(struct commands *commands, enum command command, const PGresult *result)
{
	if (PQresultStatus(result) == PGRES_PIPELINE_ABORTED)
		return; /* its cause has been reported */
	report_error(commands, command, result);
	switch (command) {
	case COMMAND_SETUP:
	case COMMAND_LOOK: commands->has_failed = true; break;
	case COMMAND_READ: take_query_error(commands, &commands->events, result); break;
	case COMMAND_OPEN: take_open_error(commands, result); break;
	case COMMAND_CHECK: take_query_error(commands, &commands->sessions, result); break;
	case COMMAND_FOLLOWS: take_query_error(commands, &commands->follows, result); break;
	case COMMAND_TRIM: take_trim_error(commands, result); break;
	case COMMAND_DUE: take_due_error(commands, result); break;
	case COMMAND_ANNOUNCE: take_announce_error(commands, result); break;
	case COMMAND_ERRANDS: commands->errands_have_failed = true; break;
	default: break;
	}
}

static void
take_answer(struct commands *commands, enum command command, const PGresult *result)
{
	switch (command) {
	case COMMAND_READ:
		rows_take_read(result, commands->hub, &commands->page, commands->metrics);
		break;
	case COMMAND_LOOK:
		rows_take_look(result, commands->hub, &commands->page, commands->metrics,
		    commands->berth, &commands->tally);
		break;
	case COMMAND_ERRANDS: rows_take_errands(result, hub_errands(commands->hub)); break;
	case COMMAND_OPEN:
		rows_take_openings(result, commands->openings);
		rows_note_opened(result, &commands->announcing);
		openings_finish_batch(commands->openings);
		break;
	case COMMAND_CHECK: rows_take_check(result, commands->hub); break;
	case COMMAND_FOLLOWS: rows_take_follows(result, commands->hub); break;
	case COMMAND_TRIM:
		commands->trim_rows = TRIM_ROWS;
		commands->wants_trim = strcmp(PQgetvalue(result, 0, 0), "t") == 0;
		break;
	case COMMAND_DUE: commands->due_in_ms = rows_take_due(result, &commands->announcing); break;
	case COMMAND_ANNOUNCE: commands->announced = rows_take_announced(result); break;
	case COMMAND_LOCATE:
		same_database_take_reader(
		    commands->same_database, PQgetvalue(result, 0, 0), PQgetvalue(result, 0, 1));
		break;
	default: break;
	}
}

void
commands_take(struct commands *commands, enum command command, const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	if (status == PGRES_COMMAND_OK)
		return; /* of the transaction, not of what it asks */
	if (status != PGRES_TUPLES_OK)
		take_error(commands, command, result);
	else if (command_is_chore(command) && !commands->was_limited)
		commands->was_limited = true; /* the first result is of that */
	else
		take_answer(commands, command, result);
}

static void
finish_query(struct query *query, bool was_hindered)
{
	if (was_hindered)
		query_lose(query);
	else
		query_finish(query);
}

/*
 * Only now is it committed: a ring waits for all others that ring, and may have waited
 * too long.  Who does not hear rings is looked up.  Whether it is to be asked again after a while.
 */
static bool
finish_announce(struct commands *commands, bool was_hindered)
{
	if (was_hindered) {
		announcing_lose(&commands->announcing);
		return true;
	}
	if (!commands->settings.hears_rings && commands->announced.taken > 0)
		hub_ring_all(commands->hub, HUB_RING_EVENTS);
	return announcing_finish(
	    &commands->announcing, commands->hub, commands->announced.busy > 0);
}

enum command_outcome
commands_finish(struct commands *commands, enum command command)
{
	bool was_hindered = commands->was_hindered,
	     errands_have_failed = commands->errands_have_failed;

	commands->was_limited = commands->was_hindered = commands->errands_have_failed = false;
	if (commands->has_failed)
		return COMMAND_FAILED;
	commands->has_trimmed |= command == COMMAND_TRIM;
	commands->has_done_due |= command == COMMAND_DUE;
	switch (command) {
	case COMMAND_READ: query_finish(&commands->events); break;
	case COMMAND_ERRANDS:
		errands_finish(hub_errands(commands->hub), !errands_have_failed);
		break;
	case COMMAND_CHECK: finish_query(&commands->sessions, was_hindered); break;
	case COMMAND_FOLLOWS: finish_query(&commands->follows, was_hindered); break;
	case COMMAND_SETUP: commands->metrics->schema_unfit = false; break;
	case COMMAND_ANNOUNCE: was_hindered = finish_announce(commands, was_hindered); break;
	default: break;
	}
	return was_hindered ? COMMAND_HINDERED : COMMAND_DONE;
}

void
commands_lose(struct commands *commands)
{
	commands->was_limited = commands->was_hindered = commands->has_failed = false;
	commands->errands_have_failed = false;
	berth_lose_reader(commands->berth);
	query_lose(&commands->events);
	query_lose(&commands->sessions);
	query_lose(&commands->follows);
	openings_return_batch(commands->openings, OPENING_LOST);
	errands_finish(hub_errands(commands->hub), false);
	announcing_lose(&commands->announcing);
	announcing_forget(&commands->announcing);
	page_clear(&commands->page);
}

void
commands_clear(struct commands *commands)
{
	query_clear(&commands->events);
	query_clear(&commands->sessions);
	query_clear(&commands->follows);
	batch_clear(&commands->opens);
	batch_clear(&commands->errands);
	announcing_clear(&commands->announcing);
	page_clear(&commands->page);
}
