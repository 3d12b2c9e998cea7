/*
 * An error ends its own transaction, for each command is closed with a sync.  Its other
 * effects are a table: fault.c.
 */
#include "cgi/stream/database/command.h"

#include "cgi/stream/database/fault.h"
#include "cgi/stream/database/rows.h"
#include "cgi/stream/database/statement.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/schema.h"

#define LOOK_FEW (PAGE_EVENTS_MAX - 1) /* a full page would have the rest read */

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
	};
	upkeep_init(&commands->upkeep, settings->keeping.every_s > 0);
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
	case COMMAND_TRIM: return commands->upkeep.wants_trim;
	case COMMAND_DUE: return commands->upkeep.wants_due;
	case COMMAND_ANNOUNCE: return announcing_is_wanted(&commands->announcing);
	case COMMAND_LOCATE: return commands->same_database->is_wanted;
	default: return false;
	}
}

/* --- sending --------------------------------------------------------------- */

static bool
send_setup(struct commands *commands, PGconn *connection)
{
	return statement_send_setup(
	    connection, &commands->settings.way, commands->settings.statement_timeout_ms);
}

/* The limits of a chore, which go before the chore itself. */
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
	if (commands->settings.listens)
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

static bool
send_look(struct commands *commands, PGconn *connection)
{
	struct berth *berth = commands->berth;
	const struct look_values look = {
		.berth = berth_begin_look(berth, clock_steady_us()),
		.seen = berth->seen,
		.pid = berth->pid,
		.events_max = BERTH_LOOK_EVENTS,
		.few_max = tally_pays(&commands->tally) ? LOOK_FEW : 0,
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
	upkeep_begin_trim(&commands->upkeep);
	return send_limits(commands, true, connection) &&
	       statement_send_trim(
		   connection, &commands->settings.keeping, commands->upkeep.trim_rows);
}

static bool
send_due(struct commands *commands, PGconn *connection)
{
	upkeep_begin_due(&commands->upkeep);
	return send_limits(commands, true, connection) &&
	       statement_send_due(connection, commands->upkeep.due_rows);
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
	static bool (*const senders[COMMANDS])(struct commands *, PGconn *) = {
		[COMMAND_SETUP] = send_setup,
		[COMMAND_READ] = send_read,
		[COMMAND_LOOK] = send_look,
		[COMMAND_OPEN] = send_open,
		[COMMAND_ERRANDS] = send_errands,
		[COMMAND_CHECK] = send_check,
		[COMMAND_FOLLOWS] = send_follows,
		[COMMAND_TRIM] = send_trim,
		[COMMAND_DUE] = send_due,
		[COMMAND_ANNOUNCE] = send_announce,
		[COMMAND_LOCATE] = send_locate,
	};

	return senders[command](commands, connection);
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
	const char *sqlstate = statement_get_error(result, PG_DIAG_SQLSTATE);

	log_error("statement_failed", "statement=%s sqlstate=%s error=%s", command_name(command),
	    sqlstate, log_value(statement_get_error(result, PG_DIAG_MESSAGE_PRIMARY)).text);
	commands->metrics->reads_failed++;
	if (command != COMMAND_OPEN && schema_is_unfit(sqlstate)) {
		commands->metrics->schema_unfit = true;
		log_error("schema_unfit", "hint=%s", log_value(SCHEMA_UNFIT).text);
	}
}

/* The items of a batch are asked about apart. */
static void
split(struct commands *commands, enum command command)
{
	if (command == COMMAND_OPEN)
		openings_return_batch(commands->openings, OPENING_FAILED);
	else
		query_mark_unreadable(
		    command == COMMAND_READ ? &commands->events : &commands->sessions);
}

/* The part of an effect that is of this command. */
static void
take_effect(struct commands *commands, enum command command, enum fault_effect effect)
{
	bool is_delayed = effect == FAULT_DELAYS;

	if (effect == FAULT_SPLITS)
		split(commands, command);
	else if (command == COMMAND_OPEN && is_delayed)
		openings_return_batch(commands->openings, OPENING_LOCKED);
	else if (command == COMMAND_TRIM)
		upkeep_fail_trim(&commands->upkeep, is_delayed);
	else if (command == COMMAND_DUE)
		upkeep_fail_due(&commands->upkeep, is_delayed);
	else if (command == COMMAND_ANNOUNCE)
		commands->announced = (struct announced){ 0, 0 };
}

static void
take_error(struct commands *commands, enum command command, const PGresult *result)
{
	static const enum command_outcome outcomes[] = { [FAULT_PASSES] = COMMAND_DONE,
		[FAULT_DELAYS] = COMMAND_HINDERED,
		[FAULT_SPLITS] = COMMAND_DONE,
		[FAULT_REFUSES] = COMMAND_REFUSED,
		[FAULT_REPLACES] = COMMAND_FAILED };
	enum fault_effect effect;

	if (PQresultStatus(result) == PGRES_PIPELINE_ABORTED)
		return; /* its cause has been reported */
	report_error(commands, command, result);
	effect = fault_effect(
	    command, fault_of(statement_get_error(result, PG_DIAG_SEVERITY_NONLOCALIZED),
			 statement_get_error(result, PG_DIAG_SQLSTATE)));
	take_effect(commands, command, effect);
	if (outcomes[effect] > commands->outcome)
		commands->outcome = outcomes[effect];
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
	case COMMAND_TRIM: rows_take_trim(result, &commands->upkeep); break;
	case COMMAND_DUE: rows_take_due(result, &commands->upkeep, &commands->announcing); break;
	case COMMAND_ANNOUNCE: commands->announced = rows_take_announced(result); break;
	case COMMAND_LOCATE: rows_take_place(result, commands->same_database); break;
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
	else if (command_is_chore(command) && !commands->has_limits)
		commands->has_limits = true; /* the first result is of that */
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
 * too long.  A process that is not rung reads all its addresses.  Returns whether the command is to
 * be asked again after a while.
 */
static bool
finish_announce(struct commands *commands, bool was_hindered)
{
	if (was_hindered) {
		announcing_lose(&commands->announcing);
		return true;
	}
	if (!commands->settings.listens && commands->announced.taken > 0)
		hub_ring_all(commands->hub, HUB_RING_EVENTS);
	return announcing_finish(
	    &commands->announcing, commands->hub, commands->announced.busy > 0);
}

enum command_outcome
commands_finish(struct commands *commands, enum command command)
{
	enum command_outcome outcome = commands->outcome;
	bool was_hindered = outcome == COMMAND_HINDERED;

	commands->has_limits = false;
	if (outcome == COMMAND_FAILED)
		return outcome;
	commands->outcome = COMMAND_DONE;
	switch (command) {
	case COMMAND_SETUP: commands->metrics->schema_unfit = false; break;
	case COMMAND_READ: query_finish(&commands->events); break;
	case COMMAND_ERRANDS:
		errands_finish(hub_errands(commands->hub), outcome == COMMAND_DONE);
		break;
	case COMMAND_CHECK: finish_query(&commands->sessions, was_hindered); break;
	case COMMAND_FOLLOWS: finish_query(&commands->follows, was_hindered); break;
	case COMMAND_TRIM: commands->upkeep.has_trimmed = true; break;
	case COMMAND_DUE: commands->upkeep.has_done_due = true; break;
	case COMMAND_ANNOUNCE:
		return finish_announce(commands, was_hindered) ? COMMAND_HINDERED : COMMAND_DONE;
	default: break;
	}
	return outcome;
}

void
commands_lose(struct commands *commands)
{
	commands->has_limits = false;
	commands->outcome = COMMAND_DONE;
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
