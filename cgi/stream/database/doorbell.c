/*
 * LISTEN first, then a canary; only when that has come back is the doorbell
 * up, and everybody is rung once more.  A pooler that swallows
 * notifications, a half-open connection and a stopped backend all look the
 * same from here: canaries stay away.  The canary is sent on the listening
 * connection itself, so its silence never is some other connection's fault.
 *
 * LISTEN passes over what is in the server's queue of notifications, which a
 * listener that stays in a transaction lets grow to 8 GB; then it takes half a
 * minute, and a backend that we gave up would go on and hold the queue for us.
 * So LISTEN is given time.  And where that queue is full we stay, because
 * the next listener begins where the foremost of the others is.
 *
 * A berth is of this session, so that a listener that is dead has none.  That one
 * cannot be had, for whatever reason, is no fault of the doorbell.
 */
#include "cgi/stream/database/doorbell.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "cgi/stream/database/canary.h"
#include "cgi/stream/database/link.h"
#include "cgi/stream/database/payload.h"
#include "cgi/stream/parts/timer.h"
#include "common/clock.h"
#include "common/http.h"
#include "common/log.h"
#include "common/primary.h"

#define LISTEN_TIME_MS 120000 /* that LISTEN may take */
#define QUEUE_IS_FULL "54000" /* the SQLSTATE of a NOTIFY then */

/*
 *   DOWN     there is no connection
 *      |  there is one, and LISTEN is sent
 *   JOINING
 *      |  LISTEN has been answered, and a canary is sent
 *   PROVING
 *      |  a canary has come back
 *   UP
 *
 * From each it is DOWN when the connection is gone.
 */
enum doorbell_state { DOORBELL_DOWN, DOORBELL_JOINING, DOORBELL_PROVING, DOORBELL_UP };

/* A statement that is under way. */
enum asked { ASKED_NOTHING, ASKED_LISTEN, ASKED_CANARY, ASKED_TAKE, ASKED_LEAVE };

struct doorbell {
	struct link *link;
	struct event *canary_timer;
	struct same_database *same_database;
	struct berth *berth;
	const struct doorbell_events *events;
	void *owner;
	enum doorbell_state state;
	enum asked asked;
	struct canary canary;
	int64_t listening_at_ms; /* when LISTEN was sent */
};

static void
replace(struct doorbell *doorbell, const char *why)
{
	link_replace(doorbell->link, why);
}

static void
ask(struct doorbell *doorbell, enum asked asked, const char *statement, int count,
    const char *const values[])
{
	PGconn *connection = link_connection(doorbell->link);

	if (PQsendQueryParams(connection, statement, count, NULL, values, NULL, NULL, 0) == 0) {
		replace(doorbell, PQerrorMessage(connection));
		return;
	}
	doorbell->asked = asked;
	link_flush(doorbell->link);
}

/*
 * A queue of notifications that has once been full stays so, and commits that
 * notify fail, until somebody asks how full it is: only that and notifying
 * itself cut off what everybody has read.  So each canary asks.
 */
static void
send_canary(struct doorbell *doorbell)
{
	static const char statement[] =
	    AT_PRIMARY "select pg_catalog.pg_notification_queue_usage(), "
		       "pg_catalog.pg_notify($1, $2), " SAME_DATABASE_COLUMNS;
	const char *const values[] = { DOORBELL_CHANNEL, doorbell->canary.payload };

	doorbell->canary.is_owed = false;
	ask(doorbell, ASKED_CANARY, statement, 2, values);
}

static void
send_wish(struct doorbell *doorbell, enum berth_wish wish)
{
	int64_t now_us = clock_steady_us();
	const char *values[1];
	char number[16];

	snprintf(number, sizeof(number), "%d",
	    wish == BERTH_WISH_TAKE ? berth_patience_ms(doorbell->berth, now_us)
				    : doorbell->berth->number);
	values[0] = number;
	berth_ask(doorbell->berth, wish, now_us);
	if (wish == BERTH_WISH_TAKE)
		ask(doorbell, ASKED_TAKE,
		    AT_PRIMARY "select pgbell.take_berth($1), pg_catalog.pg_backend_pid()", 1,
		    values);
	else
		ask(doorbell, ASKED_LEAVE, AT_PRIMARY "select pgbell.leave_berth($1)", 1, values);
}

void
doorbell_ask(struct doorbell *doorbell)
{
	enum berth_wish wish = berth_wish(doorbell->berth, clock_steady_us());

	if (doorbell->asked != ASKED_NOTHING || link_connection(doorbell->link) == NULL)
		return;
	if (doorbell->canary.is_owed)
		send_canary(doorbell);
	else if (doorbell_is_up(doorbell) && wish != BERTH_WISH_NOTHING)
		send_wish(doorbell, wish);
}

static bool
is_given_up(const struct doorbell *doorbell)
{
	if (doorbell->state == DOORBELL_JOINING)
		return clock_steady_ms() - doorbell->listening_at_ms > LISTEN_TIME_MS;
	return canary_is_lost(&doorbell->canary, clock_steady_ms());
}

static void
on_canary_timer(int descriptor, short what, void *argument)
{
	struct doorbell *doorbell = argument;

	(void)descriptor;
	(void)what;
	if (link_connection(doorbell->link) == NULL)
		return;
	if (is_given_up(doorbell))
		replace(doorbell,
		    doorbell_is_up(doorbell)
			? "no doorbell to ourselves came back"
			: "no doorbell to ourselves came back (is this a transaction pooler? "
			  "PGBELL_LISTEN_URL can name a direct connection)");
	else
		canary_look(&doorbell->canary);
	doorbell_ask(doorbell);
}

static void
on_link_up(void *owner)
{
	struct doorbell *doorbell = owner;

	doorbell->listening_at_ms = clock_steady_ms();
	doorbell->state = DOORBELL_JOINING;
	ask(doorbell, ASKED_LISTEN, "listen " DOORBELL_CHANNEL, 0, NULL);
}

static void
on_link_down(void *owner)
{
	struct doorbell *doorbell = owner;
	bool was_up = doorbell_is_up(doorbell);

	doorbell->state = DOORBELL_DOWN;
	doorbell->asked = ASKED_NOTHING;
	berth_lose_listener(doorbell->berth, clock_steady_us());
	same_database_lose_listener(doorbell->same_database);
	if (was_up)
		doorbell->events->on_down(doorbell->owner);
}

static void
take_canary(struct doorbell *doorbell)
{
	canary_return(&doorbell->canary, clock_steady_ms());
	if (doorbell_is_up(doorbell))
		return;
	doorbell->state = DOORBELL_UP;
	berth_take_listener(doorbell->berth, clock_steady_us());
	link_settle(doorbell->link);
	doorbell->events->on_up(doorbell->owner);
}

/* LISTEN is committed: see whether it works. */
static void
join(struct doorbell *doorbell)
{
	doorbell->state = DOORBELL_PROVING;
	canary_begin(&doorbell->canary, clock_steady_ms());
	send_canary(doorbell);
}

/* Whether it says that the queue is full, which is no fault of this connection. */
static bool
take_refusal(struct doorbell *doorbell, const PGresult *result)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	if (sqlstate == NULL || strcmp(sqlstate, QUEUE_IS_FULL) != 0)
		return false;
	if (!doorbell->canary.is_refused)
		log_error("notify_refused", "error=%s",
		    log_value(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY)).text);
	canary_refuse(&doorbell->canary, clock_steady_ms());
	return true;
}

/* Whether there is a berth; 0 and null are two ways to have none. */
static void
take_berth(struct doorbell *doorbell, const PGresult *result)
{
	int64_t number = 0, pid = 0;

	(void)http_parse_integer(span_of(PQgetvalue(result, 0, 0)), 0, INT_MAX, &number);
	(void)http_parse_integer(span_of(PQgetvalue(result, 0, 1)), 0, INT_MAX, &pid);
	if (number > 0)
		berth_take(doorbell->berth, (int)number, (int)pid);
	else
		berth_refuse(doorbell->berth, !PQgetisnull(result, 0, 0), clock_steady_us());
}

static void
take_row(struct doorbell *doorbell, const PGresult *result)
{
	switch (doorbell->asked) {
	case ASKED_CANARY:
		same_database_take_listener(
		    doorbell->same_database, PQgetvalue(result, 0, 2), PQgetvalue(result, 0, 3));
		break;
	case ASKED_TAKE: take_berth(doorbell, result); break;
	case ASKED_LEAVE:
		berth_leave(doorbell->berth, PQgetvalue(result, 0, 0), clock_steady_us());
		break;
	default: break;
	}
}

/* Whether an error is none of the connection's. */
static bool
take_error(struct doorbell *doorbell, const PGresult *result)
{
	const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);

	if (doorbell->asked != ASKED_TAKE && doorbell->asked != ASKED_LEAVE)
		return take_refusal(doorbell, result);
	if (severity == NULL || strcmp(severity, "ERROR") != 0)
		return false;
	log_warning("berth_failed", "error=%s",
	    log_value(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY)).text);
	berth_fail(doorbell->berth, clock_steady_us());
	return true;
}

/* Results first: a notification that came along with one is only there afterwards. */
static bool
take_results(struct doorbell *doorbell, PGconn *connection)
{
	bool finished = false;

	while (doorbell->asked != ASKED_NOTHING && !PQisBusy(connection)) {
		PGresult *result = PQgetResult(connection);
		ExecStatusType status = PQresultStatus(result);

		if (result == NULL) {
			doorbell->asked = ASKED_NOTHING;
			finished = true;
		} else if (status == PGRES_TUPLES_OK) {
			take_row(doorbell, result);
		} else if (status != PGRES_COMMAND_OK && !take_error(doorbell, result)) {
			replace(doorbell, PQresultErrorMessage(result));
			PQclear(result);
			return false;
		}
		PQclear(result);
	}
	if (finished && doorbell->state == DOORBELL_JOINING)
		join(doorbell);
	return link_connection(doorbell->link) == connection;
}

static void
take_notification(struct doorbell *doorbell, const PGnotify *notify)
{
	struct span payload = span_of(notify->extra), user_id;
	bool is_crowded = payload_is_crowded(payload);

	if (strcmp(notify->extra, doorbell->canary.payload) == 0)
		take_canary(doorbell);
	if (payload.len > 0 && payload.at[0] != ' ')
		berth_take_ring(doorbell->berth, notify->be_pid, is_crowded, clock_steady_us());
	while (payload_next_user(&payload, &user_id))
		doorbell->events->on_ring(doorbell->owner, user_id);
}

static void
on_input(void *owner)
{
	struct doorbell *doorbell = owner;
	PGconn *connection = link_connection(doorbell->link);
	PGnotify *notify;

	if (!take_results(doorbell, connection))
		return;
	while ((notify = PQnotifies(connection)) != NULL) {
		take_notification(doorbell, notify);
		PQfreemem(notify);
	}
}

static const struct link_events doorbell_link_events = { on_link_up, on_input, on_link_down };

struct doorbell *
doorbell_create(struct event_base *base, const struct doorbell_settings *settings,
    struct same_database *same_database, struct berth *berth, const struct doorbell_events *events,
    void *owner)
{
	const struct link_settings link_settings = { "pgbell-stream listener", settings->conninfo,
		settings->connect_timeout_s };
	struct doorbell *doorbell = calloc(1, sizeof(*doorbell));

	if (doorbell == NULL)
		abort();
	doorbell->same_database = same_database;
	doorbell->berth = berth;
	doorbell->events = events;
	doorbell->owner = owner;
	canary_init(&doorbell->canary, settings->canary_s);
	doorbell->canary_timer = timer_make(base, TIMER_AGAIN, on_canary_timer, doorbell);
	timer_set(doorbell->canary_timer, settings->canary_s * INT64_C(500000)); /* half of it */
	doorbell->link = link_create(base, &link_settings, &doorbell_link_events, doorbell);
	return doorbell;
}

bool
doorbell_is_up(const struct doorbell *doorbell)
{
	return doorbell->state == DOORBELL_UP;
}

bool
doorbell_is_healthy(const struct doorbell *doorbell)
{
	return doorbell_is_up(doorbell) && canary_is_well(&doorbell->canary, clock_steady_ms());
}

void
doorbell_close(struct doorbell *doorbell)
{
	if (doorbell == NULL)
		return;
	event_free(doorbell->canary_timer);
	link_close(doorbell->link);
	free(doorbell);
}
