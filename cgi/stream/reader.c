/*
 * Every statement is followed by a sync, so it is a transaction of its own
 * and an error ends with it.
 *
 * An error in a read replaces the connection, and everybody is rung when
 * the new one is there: whatever was wrong, nothing is forgotten, and the
 * link's pauses keep it from being tried too often.  It may have been too much
 * for one statement's time, so the next reads are of half as many users.
 * Unless the error is of what was read: see query.h.
 *
 * What became of sessions is looked up a moment after the ring, for all who
 * were rung meanwhile: a ring does not say what it is about, and nearly always
 * it is an event, which is not to wait for it.
 */
#include "cgi/stream/reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cgi/stream/link.h"
#include "cgi/stream/pace.h"
#include "cgi/stream/pipeline.h"
#include "cgi/stream/query.h"
#include "cgi/stream/rows.h"
#include "cgi/stream/statement.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/schema.h"

#define READER_GRACE_MS 5000 /* beyond the statement's own time limit: the server is hung */
#define READER_WATCH_S 1
#define READER_CHECK_MS 100 /* from a ring to the look at the sessions */

struct reader {
	struct link *link;
	struct event *watch_timer, *trim_timer, *rest_timer, *check_timer;
	struct reader_settings settings;
	struct hub *hub;
	struct openings *openings;
	struct whereabouts *whereabouts;
	struct metrics *metrics;
	struct pipeline pipeline;
	bool is_up, wants_trim, wants_check;
	bool has_failed; /* the command that is being answered, by its connection */
	struct pace pace;
	struct query events, sessions;
	struct array tokens, tickets, afters;
	struct page page;
};

/* --- asking ---------------------------------------------------------------- */

/* Note a command that was sent, close it with a sync and send it on its way. */
static void
send_off(struct reader *reader, enum command command, bool sent)
{
	PGconn *connection = link_connection(reader->link);

	if (!sent || PQpipelineSync(connection) == 0) {
		link_replace(reader->link, PQerrorMessage(connection));
		return;
	}
	pipeline_add(&reader->pipeline, command, clock_steady_us());
	link_flush(reader->link);
}

static void
ask_to_open(struct reader *reader)
{
	const char *values[3];

	array_reset(&reader->tokens);
	array_reset(&reader->tickets);
	array_reset(&reader->afters);
	if (openings_take_batch(
		reader->openings, &reader->tokens, &reader->tickets, &reader->afters) == 0)
		return;
	values[0] = array_format(&reader->tokens);
	values[1] = array_format(&reader->tickets);
	values[2] = array_format(&reader->afters);
	if (reader->settings.hears_rings)
		hub_begin_opening(reader->hub);
	send_off(reader, COMMAND_OPEN,
	    statement_send_open(link_connection(reader->link), reader->settings.prepare, values));
}

static void
ask_to_read(struct reader *reader)
{
	if (!query_take(&reader->events))
		return;
	metrics_observe_read(reader->metrics, reader->events.count);
	pace_begin(&reader->pace, clock_steady_us());
	reader->metrics->reads++;
	send_off(reader, COMMAND_READ,
	    query_send(&reader->events, link_connection(reader->link), reader->settings.prepare));
}

static void
ask_to_check(struct reader *reader)
{
	if (!query_take(&reader->sessions))
		return;
	reader->metrics->checks++;
	send_off(reader, COMMAND_CHECK,
	    query_send(&reader->sessions, link_connection(reader->link), reader->settings.prepare));
}

static void
ask_to_trim(struct reader *reader)
{
	reader->wants_trim = false;
	send_off(reader, COMMAND_TRIM,
	    statement_send_trim(link_connection(reader->link), reader->settings.event_keep_days));
}

static void
ask_where_we_are(struct reader *reader)
{
	reader->whereabouts->is_wanted = false;
	send_off(reader, COMMAND_LOCATE, statement_send_locate(link_connection(reader->link)));
}

static void
on_rested(int descriptor, short what, void *argument)
{
	(void)descriptor;
	(void)what;
	(void)argument; /* this turn of the loop ends with reader_ask() */
}

static void
on_check_timer(int descriptor, short what, void *argument)
{
	struct reader *reader = argument;

	(void)descriptor;
	(void)what;
	reader->wants_check = true;
}

/* Whether sessions are to be looked up now; the first of them to be rung sets the time. */
static bool
is_check_due(struct reader *reader)
{
	const struct timeval soon = { 0, READER_CHECK_MS * 1000 };

	if (!hub_is_asking(reader->hub, HUB_SESSIONS))
		reader->wants_check = false;
	else if (!reader->wants_check && !evtimer_pending(reader->check_timer, NULL))
		evtimer_add(reader->check_timer, &soon);
	return reader->wants_check;
}

/* Whether whoever has been rung waits for others; many enough need not. */
static bool
is_resting(struct reader *reader)
{
	int64_t left_us = pace_rest_us(&reader->pace, clock_steady_us());
	const struct timeval left = { 0, (suseconds_t)left_us };

	if (left_us == 0 || hub_has_full_batch(reader->hub, HUB_EVENTS))
		return false;
	if (!evtimer_pending(reader->rest_timer, NULL))
		evtimer_add(reader->rest_timer, &left);
	return true;
}

static bool
may_ask(const struct reader *reader, enum command command)
{
	return reader->is_up && !pipeline_has(&reader->pipeline, command);
}

void
reader_ask(struct reader *reader, bool let_in)
{
	if (hub_is_asking(reader->hub, HUB_EVENTS) && may_ask(reader, COMMAND_READ) &&
	    !is_resting(reader))
		ask_to_read(reader);
	if (let_in && openings_are_waiting(reader->openings) && may_ask(reader, COMMAND_OPEN))
		ask_to_open(reader);
	if (is_check_due(reader) && may_ask(reader, COMMAND_CHECK))
		ask_to_check(reader);
	if (reader->wants_trim && may_ask(reader, COMMAND_TRIM))
		ask_to_trim(reader);
	if (reader->whereabouts->is_wanted && may_ask(reader, COMMAND_LOCATE))
		ask_where_we_are(reader);
}

static void
on_trim_timer(int descriptor, short what, void *argument)
{
	struct reader *reader = argument;

	(void)descriptor;
	(void)what;
	reader->wants_trim = true;
}

/* A server that is stopped or unreachable answers nothing, not even an error. */
static void
on_watch_timer(int descriptor, short what, void *argument)
{
	struct reader *reader = argument;

	(void)descriptor;
	(void)what;
	if (pipeline_wait_us(&reader->pipeline, clock_steady_us()) >
	    (reader->settings.statement_timeout_ms + READER_GRACE_MS) * INT64_C(1000))
		link_replace(reader->link, "no answer");
}

/* --- answers --------------------------------------------------------------- */

static void
take_error(struct reader *reader, enum command command, const PGresult *result)
{
	static const char *const names[] = { "setup", "read", "open", "check", "trim", "locate" };

	if (PQresultStatus(result) == PGRES_PIPELINE_ABORTED)
		return; /* its cause has been reported */
	log_error("statement_failed", "statement=%s sqlstate=%s error=%s", names[command],
	    statement_get_error(result, PG_DIAG_SQLSTATE),
	    log_value(statement_get_error(result, PG_DIAG_MESSAGE_PRIMARY)).text);
	reader->metrics->reads_failed++;
	if (command != COMMAND_OPEN &&
	    schema_is_unfit(statement_get_error(result, PG_DIAG_SQLSTATE))) {
		reader->metrics->schema_unfit = true;
		log_error("schema_unfit", "hint=%s", log_value(SCHEMA_UNFIT).text);
	}
	if (command == COMMAND_OPEN && !statement_is_of_connection(result))
		openings_return_batch(reader->openings, true);
	else if (command == COMMAND_READ && statement_is_of_data(result))
		query_spoil(&reader->events);
	else if (command == COMMAND_CHECK && statement_is_of_data(result))
		query_spoil(&reader->sessions);
	else if (command != COMMAND_TRIM && command != COMMAND_LOCATE)
		reader->has_failed = true;
}

static void
finish_read(struct reader *reader)
{
	pace_finish(&reader->pace, clock_steady_us());
	if (query_finish(&reader->events))
		link_settle(reader->link);
}

static void
take_result(struct reader *reader, enum command command, const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
		take_error(reader, command, result);
	} else if (command == COMMAND_OPEN) {
		rows_take_openings(result, reader->openings);
		openings_finish_batch(reader->openings);
	} else if (command == COMMAND_READ) {
		rows_take_read(result, reader->hub, &reader->page, reader->metrics);
	} else if (command == COMMAND_CHECK) {
		rows_take_check(result, reader->hub);
	} else if (command == COMMAND_TRIM) {
		reader->wants_trim = strcmp(PQgetvalue(result, 0, 0), "t") == 0;
	} else if (command == COMMAND_LOCATE) {
		whereabouts_take_reader(
		    reader->whereabouts, PQgetvalue(result, 0, 0), PQgetvalue(result, 0, 1));
	}
}

/* The oldest command has had its sync. */
static void
finish_command(struct reader *reader)
{
	enum command command = pipeline_first(&reader->pipeline);

	if (reader->has_failed) {
		link_replace(reader->link, "a statement failed");
		return;
	}
	pipeline_finish(&reader->pipeline, clock_steady_us());
	if (command == COMMAND_READ) {
		finish_read(reader);
	} else if (command == COMMAND_CHECK) {
		(void)query_finish(&reader->sessions);
	} else if (command == COMMAND_SETUP) {
		reader->is_up = true;
		reader->metrics->schema_unfit = false;
		hub_ring_all(reader->hub);
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
			take_result(reader, pipeline_first(&reader->pipeline), result);
		PQclear(result);
	}
}

/* --- coming and going ------------------------------------------------------ */

static void
on_up(void *owner)
{
	struct reader *reader = owner;
	PGconn *connection = link_connection(reader->link);
	bool sent;

	reader->has_failed = false;
	sent = PQenterPipelineMode(connection) != 0 &&
	       statement_send_setup(
		   connection, reader->settings.prepare, reader->settings.statement_timeout_ms);
	send_off(reader, COMMAND_SETUP, sent);
}

static void
on_down(void *owner)
{
	struct reader *reader = owner;

	query_lose(&reader->events);
	query_lose(&reader->sessions);
	pipeline_clear(&reader->pipeline);
	reader->is_up = false;
	reader->metrics->reader_lost++;
	openings_return_batch(reader->openings, false);
	page_clear(&reader->page);
}

static const struct link_events reader_link_events = { on_up, on_input, on_down };

static struct event *
make_timer(struct event_base *base, int period_s, event_callback_fn callback, void *argument)
{
	const struct timeval period = { period_s, 0 };
	struct event *timer = event_new(base, -1, EV_PERSIST, callback, argument);

	if (timer == NULL)
		abort();
	if (period_s > 0)
		evtimer_add(timer, &period);
	return timer;
}

struct reader *
reader_create(struct event_base *base, const struct reader_settings *settings, struct hub *hub,
    struct openings *openings, struct whereabouts *whereabouts, struct metrics *metrics)
{
	const struct link_settings link_settings = { "pgbell-stream reader", NULL,
		settings->connect_timeout_s };
	struct reader *reader = calloc(1, sizeof(*reader));

	if (reader == NULL)
		abort();
	reader->settings = *settings;
	reader->hub = hub;
	reader->events = (struct query){ .hub = hub, .question = HUB_EVENTS };
	reader->sessions = (struct query){ .hub = hub, .question = HUB_SESSIONS };
	reader->openings = openings;
	reader->whereabouts = whereabouts;
	reader->metrics = metrics;
	reader->page.bytes_max = settings->backlog_bytes;
	reader->watch_timer = make_timer(base, READER_WATCH_S, on_watch_timer, reader);
	reader->rest_timer = evtimer_new(base, on_rested, reader);
	reader->check_timer = evtimer_new(base, on_check_timer, reader);
	if (reader->rest_timer == NULL || reader->check_timer == NULL)
		abort();
	reader->trim_timer = make_timer(base, settings->trim_s, on_trim_timer, reader);
	reader->link = link_create(base, &link_settings, &reader_link_events, reader);
	return reader;
}

bool
reader_is_reading(const struct reader *reader)
{
	return pipeline_has(&reader->pipeline, COMMAND_READ);
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
	event_free(reader->rest_timer);
	event_free(reader->check_timer);
	link_close(reader->link);
	query_clear(&reader->events);
	query_clear(&reader->sessions);
	array_clear(&reader->tokens);
	array_clear(&reader->tickets);
	array_clear(&reader->afters);
	page_clear(&reader->page);
	free(reader);
}
