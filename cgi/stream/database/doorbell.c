/*
 * LISTEN first, then a canary; only when that has come back is the doorbell
 * up, and whoever was rung before is rung now.  A pooler that swallows
 * notifications, a half-open connection and a stopped backend all look the
 * same from here: canaries stay away.  The canary is sent on the listening
 * connection itself, so its silence never is some other connection's fault.
 *
 * A canary flies every period and is looked for every half of one: overdue
 * after one and a half, we no longer say that all is well; after two the
 * connection is replaced.
 *
 * LISTEN passes over what is in the server's queue of notifications, which a
 * listener that stays in a transaction lets grow to 8 GB; then it takes half a
 * minute, and a backend that we gave up would go on and hold the queue for us.
 * So LISTEN is given time.  And where that queue is full we stay, because
 * whoever listens next begins where the foremost of the others is.
 */
#include "cgi/stream/database/doorbell.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "cgi/stream/database/link.h"
#include "common/clock.h"
#include "common/log.h"

#define LATE_MS 100           /* that a canary may come behind its time on a busy machine */
#define LISTEN_TIME_MS 120000 /* that LISTEN may take */
#define QUEUE_IS_FULL "54000" /* the SQLSTATE of a NOTIFY then */

struct doorbell {
	struct link *link;
	struct event *canary_timer;
	struct doorbell_settings settings;
	struct same_database *same_database;
	const struct doorbell_events *events;
	void *owner;
	bool is_up;
	bool is_busy;    /* a statement is under way */
	bool has_joined; /* LISTEN has been answered */
	bool is_refused; /* the last canary was: nobody can notify */
	int64_t
	    heard_at_ms; /* when a canary came back or was refused, LISTEN was answered or sent */
	bool is_odd;     /* of two looks for canaries, every other sends one */
	char canary[64];
};

bool
doorbell_next_user(struct span *payload, struct span *user_id)
{
	const char *end;

	if (payload->len == 0 || payload->at[0] == ' ')
		return false;
	end = memchr(payload->at, ' ', payload->len);
	user_id->at = payload->at;
	user_id->len = end == NULL ? payload->len : (size_t)(end - payload->at);
	payload->at += user_id->len;
	payload->len -= user_id->len;
	if (payload->len > 0) { /* the one space between two ids */
		payload->at++;
		payload->len--;
	}
	return true;
}

static void
fall(struct doorbell *doorbell, const char *why)
{
	link_replace(doorbell->link, why);
}

/*
 * A queue of notifications that has once been full stays so, and commits that
 * notify fail, until somebody asks how full it is: only that and notifying
 * itself cut off what everybody has read.  So each canary asks.
 */
static void
send_canary(struct doorbell *doorbell)
{
	static const char statement[] = "select pg_catalog.pg_notification_queue_usage(), "
					"pg_catalog.pg_notify($1, $2), " SAME_DATABASE_COLUMNS;
	const char *const values[] = { DOORBELL_CHANNEL, doorbell->canary };
	PGconn *connection = link_connection(doorbell->link);

	if (connection == NULL || doorbell->is_busy)
		return;
	if (PQsendQueryParams(connection, statement, 2, NULL, values, NULL, NULL, 0) == 0) {
		fall(doorbell, PQerrorMessage(connection));
		return;
	}
	doorbell->is_busy = true;
	link_flush(doorbell->link);
}

/* For how many halves of a canary's period nothing has been heard. */
static int64_t
silence_halves(const struct doorbell *doorbell)
{
	return (clock_steady_ms() - doorbell->heard_at_ms + LATE_MS) /
	       (500 * doorbell->settings.canary_s);
}

static bool
is_given_up(const struct doorbell *doorbell)
{
	if (!doorbell->has_joined)
		return clock_steady_ms() - doorbell->heard_at_ms > LISTEN_TIME_MS;
	return silence_halves(doorbell) >= 4;
}

static void
on_canary_timer(int descriptor, short what, void *argument)
{
	struct doorbell *doorbell = argument;

	(void)descriptor;
	(void)what;
	if (link_connection(doorbell->link) == NULL)
		return;
	doorbell->is_odd = !doorbell->is_odd;
	if (is_given_up(doorbell))
		fall(doorbell,
		    doorbell->is_up
			? "no doorbell to ourselves came back"
			: "no doorbell to ourselves came back (is this a transaction pooler? "
			  "PGBELL_LISTEN_URL can name a direct connection)");
	else if (doorbell->is_odd)
		send_canary(doorbell);
}

static void
on_link_up(void *owner)
{
	struct doorbell *doorbell = owner;
	PGconn *connection = link_connection(doorbell->link);

	doorbell->heard_at_ms = clock_steady_ms();
	doorbell->has_joined = doorbell->is_refused = false;
	doorbell->is_busy = PQsendQuery(connection, "listen " DOORBELL_CHANNEL) != 0;
	if (doorbell->is_busy)
		link_flush(doorbell->link);
	else
		fall(doorbell, PQerrorMessage(connection));
}

static void
on_link_down(void *owner)
{
	struct doorbell *doorbell = owner;

	doorbell->is_busy = false;
	same_database_lose_listener(doorbell->same_database);
	if (doorbell->is_up) {
		doorbell->is_up = false;
		doorbell->events->on_down(doorbell->owner);
	}
}

static void
hear_canary(struct doorbell *doorbell)
{
	doorbell->heard_at_ms = clock_steady_ms();
	doorbell->is_refused = false;
	if (doorbell->is_up)
		return;
	doorbell->is_up = true;
	link_settle(doorbell->link);
	doorbell->events->on_up(doorbell->owner);
}

/* LISTEN is committed: see whether it works. */
static void
join(struct doorbell *doorbell)
{
	doorbell->has_joined = true;
	doorbell->heard_at_ms = clock_steady_ms();
	send_canary(doorbell);
}

/* Whether it says that the queue is full, which is no fault of this connection. */
static bool
take_refusal(struct doorbell *doorbell, const PGresult *result)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	if (sqlstate == NULL || strcmp(sqlstate, QUEUE_IS_FULL) != 0)
		return false;
	if (!doorbell->is_refused)
		log_error("notify_refused", "error=%s",
		    log_value(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY)).text);
	doorbell->is_refused = true;
	doorbell->heard_at_ms = clock_steady_ms();
	return true;
}

/* Results first: a notification that came along with one is only there afterwards. */
static bool
take_results(struct doorbell *doorbell, PGconn *connection)
{
	bool finished = false;

	while (doorbell->is_busy && !PQisBusy(connection)) {
		PGresult *result = PQgetResult(connection);
		ExecStatusType status = PQresultStatus(result);

		if (result == NULL) {
			doorbell->is_busy = false;
			finished = true;
		} else if (status == PGRES_TUPLES_OK) { /* of send_canary() */
			same_database_take_listener(doorbell->same_database,
			    PQgetvalue(result, 0, 2), PQgetvalue(result, 0, 3));
		} else if (status != PGRES_COMMAND_OK && !take_refusal(doorbell, result)) {
			fall(doorbell, PQresultErrorMessage(result));
			PQclear(result);
			return false;
		}
		PQclear(result);
	}
	if (finished && !doorbell->has_joined)
		join(doorbell);
	return link_connection(doorbell->link) == connection;
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
		struct span payload = span_of(notify->extra), user_id;

		if (strcmp(notify->extra, doorbell->canary) == 0)
			hear_canary(doorbell);
		while (doorbell_next_user(&payload, &user_id))
			doorbell->events->on_ring(doorbell->owner, user_id);
		PQfreemem(notify);
	}
}

static const struct link_events doorbell_link_events = { on_link_up, on_input, on_link_down };

struct doorbell *
doorbell_create(struct event_base *base, const struct doorbell_settings *settings,
    struct same_database *same_database, const struct doorbell_events *events, void *owner)
{
	const struct link_settings link_settings = { "pgbell-stream listener", settings->conninfo,
		settings->connect_timeout_s };
	const struct timeval half = { settings->canary_s / 2, settings->canary_s % 2 * 500000 };
	struct doorbell *doorbell = calloc(1, sizeof(*doorbell));
	uint64_t nonce;

	if (doorbell == NULL || getrandom(&nonce, sizeof(nonce), 0) != sizeof(nonce))
		abort();
	doorbell->settings = *settings;
	doorbell->same_database = same_database;
	doorbell->events = events;
	doorbell->owner = owner;
	snprintf(doorbell->canary, sizeof(doorbell->canary), " canary %ld %016" PRIx64,
	    (long)getpid(), nonce);
	doorbell->canary_timer = event_new(base, -1, EV_PERSIST, on_canary_timer, doorbell);
	if (doorbell->canary_timer == NULL)
		abort();
	evtimer_add(doorbell->canary_timer, &half);
	doorbell->link = link_create(base, &link_settings, &doorbell_link_events, doorbell);
	return doorbell;
}

bool
doorbell_is_up(const struct doorbell *doorbell)
{
	return doorbell->is_up;
}

bool
doorbell_is_healthy(const struct doorbell *doorbell)
{
	/* Overdue is what a look has found missing, and what none has looked for yet. */
	return doorbell->is_up && !doorbell->is_refused &&
	       clock_steady_ms() - doorbell->heard_at_ms <
		   1500 * doorbell->settings.canary_s + LATE_MS;
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
