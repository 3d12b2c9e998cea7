/*
 * libpq's pipeline mode throughout: what a call needs (the session's
 * settings on a new connection or a shared one, the preparation at first use, the call
 * itself, the sync that commits) leaves in one flush and is one round trip.
 * The call is answered only after the sync, since deferred triggers may
 * still refuse it at the commit.
 *
 * When is a broken call known to have done nothing?
 *  - the connection was found dead before the sync was sent;
 *  - the server answered with an error: its transaction was rolled back;
 *  - the server said that it was shutting down, by an error or in a crash by
 *    a warning, before it sent the call's result: all that it says goes out in
 *    order, and the result before the commit, so there was none.
 * In all other cases it may have been committed, and only a safe call is
 * sent again.
 */
#include "cgi/api/executor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgi/api/connection.h"
#include "cgi/api/session_setup.h"
#include "cgi/api/sqlstate.h"
#include "common/clock.h"
#include "common/pins.h"
#include "common/primary.h"
#include "common/text.h"

#define STATEMENT_MAX 256 /* bytes of "select function($1, ...)" */
#define SENDS_MAX 2
#define COMMIT_GRACE_MS 2000 /* beyond the statement timeout, which does not cover the commit */

struct executor {
	const struct config *config;
	struct connection *connection; /* owned */
	bool is_settled; /* so are the settings of the session that it has: they are committed */
};

/* The answer to one sending. */
struct exchange {
	PGresult *row;   /* the last result with rows: the call's own, if got_row */
	PGresult *error; /* the first error */
	bool got_row;
	bool did_prepare;
	bool is_settled; /* its settings have been answered, if it had any */
	bool was_sent;   /* everything up to the sync was handed to libpq */
	bool is_synced;  /* the server finished: committed or rolled back */
	bool is_late;    /* our own patience ended first */
};

/* A sentence without the line end that libpq puts behind it. */
static char *
copy_sentence(const char *text)
{
	char *copy = text_copy(text);
	size_t len = strlen(copy);

	while (len > 0 && copy[len - 1] == '\n')
		copy[--len] = '\0';
	return copy;
}

struct executor *
executor_create(const struct config *config)
{
	struct executor *executor = calloc(1, sizeof *executor);

	if (executor == NULL)
		abort(); /* out of memory */
	executor->config = config;
	executor->connection = connection_create(config);
	return executor;
}

static void
drop(struct executor *executor)
{
	connection_drop(executor->connection);
	executor->is_settled = false;
}

static void
format_statement(const struct executor_call *call, char *sql, size_t capacity)
{
	size_t len = (size_t)snprintf(sql, capacity, AT_PRIMARY "select %s(", call->function);

	for (size_t i = 0; i < call->count; i++)
		len += (size_t)snprintf(
		    sql + len, capacity - len, "%s$%zu", i == 0 ? "" : ", ", i + 1);
	snprintf(sql + len, capacity - len, ")");
}

/* Queue everything that the call needs, up to and with the sync. */
static bool
queue_call(struct executor *executor, const struct executor_call *call)
{
	struct connection *connection = executor->connection;
	char sql[STATEMENT_MAX] = ""; /* not looked at where it is prepared */

	if (!executor->is_settled &&
	    !session_setup_queue(connection, executor->config, call->is_safe))
		return false;
	if (!connection_has_prepared(connection, call->function))
		format_statement(call, sql, sizeof sql);
	return connection_queue(connection, call->function, sql, call->count, call->values) &&
	       connection_queue_sync(connection);
}

/* Keep a result where it belongs, or drop it. */
static void
keep_result(struct exchange *exchange, PGresult *result)
{
	PGresult **place = NULL;

	switch (PQresultStatus(result)) {
	case PGRES_TUPLES_OK:
		PQclear(exchange->row);
		exchange->row = NULL;
		place = &exchange->row;
		break;
	case PGRES_FATAL_ERROR:
		if (exchange->error == NULL)
			place = &exchange->error;
		break;
	case PGRES_COMMAND_OK:
		exchange->did_prepare |= strcmp(PQcmdStatus(result), PINS_STATUS) != 0;
		break;
	case PGRES_PIPELINE_SYNC: exchange->is_synced = true; break;
	default: break;
	}
	if (place != NULL)
		*place = result;
	else
		PQclear(result);
}

static int64_t
find_deadline(const struct executor *executor)
{
	return clock_steady_ms() + executor->config->statement_timeout_ms + COMMIT_GRACE_MS;
}

/* Take all results up to the sync, or to the connection's end. */
static void
collect_results(struct executor *executor, struct exchange *exchange)
{
	int64_t deadline_ms = find_deadline(executor);
	int rows_expected = executor->is_settled ? 1 : 2;

	exchange->is_settled = executor->is_settled;
	while (!exchange->is_synced) {
		PGresult *result;
		enum connection_news news =
		    connection_next_result(executor->connection, deadline_ms, &result);

		exchange->is_late = news == CONNECTION_LATE;
		if (news != CONNECTION_RESULT)
			return;
		if (PQresultStatus(result) == PGRES_TUPLES_OK) {
			exchange->got_row = --rows_expected == 0;
			exchange->is_settled = true;
		}
		keep_result(exchange, result);
	}
}

static const char *
error_field(const struct exchange *exchange, int field)
{
	return exchange->error == NULL ? NULL : PQresultErrorField(exchange->error, field);
}

/* That a standby takes no writes it says in another word when it is asked for them. */
static const char *
error_sqlstate(const struct exchange *exchange)
{
	const char *sqlstate = error_field(exchange, PG_DIAG_SQLSTATE);

	if (sqlstate != NULL && !exchange->is_settled && strcmp(sqlstate, "0A000") == 0)
		return "25006";
	return sqlstate == NULL ? "" : sqlstate;
}

/* Whether this call may be sent once more over a fresh connection: see the top of the file. */
static bool
may_repeat(const struct executor *executor, const struct exchange *exchange,
    const struct executor_call *call, bool was_prepared)
{
	if (exchange->is_synced)
		return was_prepared && sqlstate_is_stale(error_sqlstate(exchange));
	if (exchange->is_late)
		return false;
	return call->is_safe || !exchange->was_sent ||
	       (!exchange->got_row && (sqlstate_is_shutdown(error_sqlstate(exchange)) ||
					  connection_is_shutting_down(executor->connection)));
}

static void
set_away(struct executor_answer *answer, const char *message)
{
	answer->outcome = EXECUTOR_AWAY;
	answer->message = copy_sentence(message);
}

static void
set_answer(
    struct executor *executor, const struct exchange *exchange, struct executor_answer *answer)
{
	if (exchange->is_late) {
		set_away(answer, "the database did not answer in time");
	} else if (!exchange->is_synced) {
		set_away(answer, connection_error(executor->connection));
	} else if (exchange->error != NULL) {
		answer->outcome = EXECUTOR_REFUSED;
		snprintf(answer->sqlstate, sizeof answer->sqlstate, "%s", error_sqlstate(exchange));
		answer->message =
		    copy_sentence(error_field(exchange, PG_DIAG_MESSAGE_PRIMARY) != NULL
				      ? error_field(exchange, PG_DIAG_MESSAGE_PRIMARY)
				      : PQresultErrorMessage(exchange->error));
		answer->detail = text_copy(error_field(exchange, PG_DIAG_MESSAGE_DETAIL));
	} else {
		answer->outcome = EXECUTOR_ANSWERED;
		if (PQntuples(exchange->row) == 1 && !PQgetisnull(exchange->row, 0, 0))
			answer->json = text_copy(PQgetvalue(exchange->row, 0, 0));
	}
}

/* Remember what the server knows of this connection from now on. */
static void
remember(
    struct executor *executor, const struct executor_call *call, const struct exchange *exchange)
{
	/* A preparation outlives its transaction, settings are undone with it. */
	if (exchange->did_prepare)
		connection_note_prepared(executor->connection, call->function);
	if (exchange->error == NULL && !executor->config->pooled)
		executor->is_settled = true;
}

/*
 * Whether the connection is fit for another call.  A server that has become
 * read-only is not the one to stay with.
 */
static bool
is_fit(const struct exchange *exchange)
{
	return exchange->is_synced && strcmp(error_sqlstate(exchange), "25006") != 0;
}

/* One sending over a standing connection.  True: the answer is set; false: try once more. */
static bool
attempt(struct executor *executor, const struct executor_call *call, bool is_last,
    struct executor_answer *answer)
{
	struct connection *connection = executor->connection;
	struct exchange exchange = { .row = NULL };
	bool was_prepared = connection_has_prepared(connection, call->function);
	bool repeats;

	exchange.was_sent = queue_call(executor, call);
	if (exchange.was_sent)
		collect_results(executor, &exchange);
	repeats = !is_last && may_repeat(executor, &exchange, call, was_prepared);
	if (!repeats)
		set_answer(executor, &exchange, answer);
	if (!repeats && is_fit(&exchange))
		remember(executor, call, &exchange);
	else
		drop(executor);
	PQclear(exchange.row);
	PQclear(exchange.error);
	return !repeats;
}

/*
 * Have a connection for this call.  A safe one finds out by itself that it is
 * dead.  Before another one is sent we look.
 */
static bool
ensure_connection(struct executor *executor, const struct executor_call *call)
{
	switch (connection_ensure(executor->connection, !call->is_safe)) {
	case CONNECTION_KEPT: return true;
	case CONNECTION_OPENED: executor->is_settled = false; return true;
	case CONNECTION_NONE: break;
	}
	return false;
}

static void
make_call(
    struct executor *executor, const struct executor_call *call, struct executor_answer *answer)
{
	*answer = (struct executor_answer){ .outcome = EXECUTOR_AWAY };
	for (int sends = 1; sends <= SENDS_MAX; sends++) {
		if (!ensure_connection(executor, call)) {
			set_away(answer, connection_error(executor->connection));
			drop(executor);
			return;
		}
		if (attempt(executor, call, sends == SENDS_MAX, answer))
			return;
	}
}

/*
 * A call that only reads waits for no row.  But an upgrade changes the tables
 * themselves, and on a slow machine takes longer than a change may wait.
 */
void
executor_run(
    struct executor *executor, const struct executor_call *call, struct executor_answer *answer)
{
	int64_t deadline_ms = clock_steady_ms() + executor->config->statement_timeout_ms;

	make_call(executor, call, answer);
	while (call->is_safe && answer->outcome == EXECUTOR_REFUSED &&
	       sqlstate_is_of_lock(answer->sqlstate) && clock_steady_ms() < deadline_ms) {
		executor_release_answer(answer);
		make_call(executor, call, answer);
	}
}

void
executor_release_answer(struct executor_answer *answer)
{
	free(answer->json);
	free(answer->message);
	free(answer->detail);
	*answer = (struct executor_answer){ .outcome = answer->outcome };
}

void
executor_destroy(struct executor *executor)
{
	if (executor == NULL)
		return;
	connection_destroy(executor->connection);
	free(executor);
}
