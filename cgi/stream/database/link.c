/*
 * libpq may change its socket from one PQconnectPoll() to the next, so the
 * event is made anew each time; and PQconnectPoll() knows no time limit, so
 * the timer does.
 */
#include "cgi/stream/database/link.h"

#include <stdbool.h>
#include <stdlib.h>

#include "cgi/stream/database/lookup.h"
#include "cgi/stream/parts/retry.h"
#include "cgi/stream/parts/timer.h"
#include "common/log.h"
#include "common/schema.h"

enum link_state { LINK_PAUSING, LINK_LOOKING_UP, LINK_CONNECTING, LINK_UP, LINK_CLOSED };

struct link {
	struct event_base *base;
	struct link_settings settings;
	const struct link_events *events;
	void *owner;
	struct lookup *lookup; /* while looking up */
	PGconn *connection;
	enum link_state state;
	struct event *io; /* made anew for each wait */
	struct event *timer;
	int pause_ms;
	size_t first; /* which address to begin with; see lookup_start() */
};

static void begin(struct link *link);
static void on_io(int descriptor, short what, void *argument);

static void
stop_waiting(struct link *link)
{
	if (link->io != NULL)
		event_free(link->io);
	link->io = NULL;
}

static void
wait_for(struct link *link, short what)
{
	stop_waiting(link);
	link->io = event_new(
	    link->base, PQsocket(link->connection), (short)(what | EV_PERSIST), on_io, link);
	if (link->io == NULL || event_add(link->io, NULL) != 0)
		abort();
}

static void
pause_link(struct link *link)
{
	const unsigned half_ms = (unsigned)link->pause_ms / 2;
	const struct retry retry = { half_ms, 2 * half_ms };

	link->state = LINK_PAUSING;
	timer_set(link->timer, retry_choose_ms(&retry) * INT64_C(1000));
	link->pause_ms *= 2;
	if (link->pause_ms > LINK_PAUSE_MAX_MS)
		link->pause_ms = LINK_PAUSE_MAX_MS;
}

/* A notice of the server, such as why it is about to hang up. */
static void
on_notice(void *argument, const PGresult *notice)
{
	const struct link *link = argument;
	const char *sqlstate = PQresultErrorField(notice, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);

	if (sqlstate != NULL && message != NULL && strcmp(sqlstate, SCHEMA_TOKEN_REFUSED) == 0)
		log_warning("authenticate_raised", "message=%s", log_value(message).text);
	else
		log_info("database_notice", "link=\"%s\" message=%s", link->settings.name,
		    log_value(PQresultErrorMessage(notice)).text);
}

void
link_replace(struct link *link, const char *why)
{
	bool was_up = link->state == LINK_UP;

	if (link->state == LINK_PAUSING || link->state == LINK_CLOSED)
		return;
	/* Now, because it may be the connection's own message. */
	log_warning("database_lost", "link=\"%s\" retry_ms=%d error=%s", link->settings.name,
	    link->pause_ms, log_value(why).text);
	stop_waiting(link);
	lookup_cancel(link->lookup);
	link->lookup = NULL;
	PQfinish(link->connection);
	link->connection = NULL;
	pause_link(link);
	if (was_up)
		link->events->on_down(link->owner);
}

static void
rise(struct link *link)
{
	if (PQsetnonblocking(link->connection, 1) != 0) {
		link_replace(link, PQerrorMessage(link->connection));
		return;
	}
	event_del(link->timer);
	link->state = LINK_UP;
	wait_for(link, EV_READ);
	log_info("database_connected", "link=\"%s\"", link->settings.name);
	link->events->on_up(link->owner);
}

static void
poll_connecting(struct link *link)
{
	switch (PQconnectPoll(link->connection)) {
	case PGRES_POLLING_READING: wait_for(link, EV_READ); break;
	case PGRES_POLLING_WRITING: wait_for(link, EV_WRITE); break;
	case PGRES_POLLING_OK: rise(link); break;
	default: link_replace(link, PQerrorMessage(link->connection)); break;
	}
}

static void
on_io(int descriptor, short what, void *argument)
{
	struct link *link = argument;

	(void)descriptor;
	if (link->state == LINK_CONNECTING) {
		poll_connecting(link);
		return;
	}
	if ((what & EV_READ) != 0 && PQconsumeInput(link->connection) == 0) {
		link_replace(link, PQerrorMessage(link->connection));
		return;
	}
	link_flush(link);
	if (link->state == LINK_UP && (what & EV_READ) != 0)
		link->events->on_input(link->owner);
}

void
link_flush(struct link *link)
{
	int left;

	if (link->state != LINK_UP)
		return;
	left = PQflush(link->connection);
	if (left < 0)
		link_replace(link, PQerrorMessage(link->connection));
	else if ((left > 0) != ((event_get_events(link->io) & EV_WRITE) != 0))
		wait_for(link, left > 0 ? EV_READ | EV_WRITE : EV_READ);
}

static void
on_timer(int descriptor, short what, void *argument)
{
	struct link *link = argument;

	(void)descriptor;
	(void)what;
	if (link->state == LINK_PAUSING) {
		begin(link);
	} else {
		link->first++;
		link_replace(link, "timed out while connecting");
	}
}

/* First what a connection string may say otherwise, then the string, then what was looked up. */
static void
connect_now(struct link *link, const struct lookup_result *found)
{
	const char *const names[] = { "application_name", "client_encoding", "keepalives_idle",
		"keepalives_interval", "keepalives_count", "tcp_user_timeout", "dbname", "hostaddr",
		"host", "port", NULL };
	const char *const values[] = { link->settings.name, "UTF8", "15", "5", "3", "20000",
		link->settings.conninfo, found->hostaddr, found->host, found->port, NULL };

	link->state = LINK_CONNECTING;
	link->connection = PQconnectStartParams(names, values, 1);
	if (link->connection == NULL)
		abort();
	PQsetNoticeReceiver(link->connection, on_notice, link);
	if (PQstatus(link->connection) == CONNECTION_BAD)
		link_replace(link, PQerrorMessage(link->connection));
	else
		wait_for(link, EV_WRITE);
}

static void
on_looked_up(void *owner, const struct lookup_result *found)
{
	struct link *link = owner;

	link->lookup = NULL;
	if (found->error == NULL)
		connect_now(link, found);
	else
		link_replace(link, found->error);
}

/* One time limit for both: finding the server and connecting to it. */
static void
begin(struct link *link)
{
	const struct lookup_result nothing = { NULL, NULL, NULL, NULL };

	timer_set(link->timer, link->settings.connect_timeout_s * INT64_C(1000000));
	link->state = LINK_LOOKING_UP;
	link->lookup =
	    lookup_start(link->base, link->settings.conninfo, link->first, on_looked_up, link);
	if (link->lookup == NULL)
		connect_now(link, &nothing);
}

struct link *
link_create(struct event_base *base, const struct link_settings *settings,
    const struct link_events *events, void *owner)
{
	struct link *link = calloc(1, sizeof(*link));

	if (link == NULL)
		abort();
	link->base = base;
	link->settings = *settings;
	link->events = events;
	link->owner = owner;
	link->pause_ms = LINK_PAUSE_MIN_MS;
	link->timer = timer_make(base, TIMER_ONCE, on_timer, link);
	begin(link);
	return link;
}

PGconn *
link_connection(const struct link *link)
{
	return link->state == LINK_UP ? link->connection : NULL;
}

void
link_settle(struct link *link)
{
	link->pause_ms = LINK_PAUSE_MIN_MS;
}

void
link_close(struct link *link)
{
	if (link == NULL)
		return;
	link->state = LINK_CLOSED;
	stop_waiting(link);
	event_free(link->timer);
	lookup_cancel(link->lookup);
	PQfinish(link->connection);
	free(link);
}
