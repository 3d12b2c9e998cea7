/*
 * Everything that the database is to be asked for is asked once a turn of
 * the event loop, so what came in together is read together.
 */
#include "cgi/stream/server.h"

#include <stdlib.h>
#include <unistd.h>

#include "cgi/stream/audience/drain.h"
#include "cgi/stream/audience/hub.h"
#include "cgi/stream/audience/opening.h"
#include "cgi/stream/audience/table.h"
#include "cgi/stream/database/doorbell.h"
#include "cgi/stream/database/payload.h"
#include "cgi/stream/database/reader.h"
#include "cgi/stream/parts/capacity.h"
#include "cgi/stream/parts/deferred_free.h"
#include "cgi/stream/parts/timer.h"
#include "cgi/stream/plain/cgi_stream.h"
#include "cgi/stream/settings.h"
#include "cgi/stream/wire/answer.h"
#include "cgi/stream/wire/door_fastcgi.h"
#include "cgi/stream/wire/door_websocket.h"
#include "cgi/stream/wire/intake.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/log_writer.h"

#define FLOORS_A_SESSION 3 /* at how many floors a session is looked up once */

static const struct retry retry_elsewhere = { 200, 3000 };

struct server {
	struct event_base *base;
	const struct config *config;
	struct metrics metrics;
	struct hub *hub;
	struct openings *openings;
	struct same_database same_database;
	struct berth berth;
	struct doorbell *doorbell; /* NULL: none is listened for */
	struct reader *reader;
	struct intake *intake;            /* NULL: one request of plain CGI */
	struct intake *websocket_intake;  /* NULL: there is no door for WebSockets */
	struct listen_socket *websockets; /* where that listens */
	struct cgi_stream *plain;         /* that one; else NULL */
	struct event *heartbeat_timer, *floor_timer;
	unsigned heartbeat_part, floor_part;
	struct capacity capacity;
	struct drain drain; /* once it stops */
};

/* --- answers about this process --------------------------------------------- */

static enum listener_state
find_listener_state(const struct server *server)
{
	if (server->doorbell == NULL)
		return LISTENER_OFF;
	if (server->same_database.are_apart)
		return LISTENER_ELSEWHERE;
	return doorbell_is_healthy(server->doorbell) ? LISTENER_UP : LISTENER_SILENT;
}

static void
count_now(struct server *server)
{
	struct metrics *metrics = &server->metrics;

	hub_count(server->hub, metrics);
	metrics->waiting = openings_count(server->openings);
	metrics->arriving =
	    intake_pending(server->intake) + intake_pending(server->websocket_intake);
	metrics->connections = peer_count();
	metrics->backlog_bytes = peer_backlog_of_all();
	metrics->log_lines_lost = log_writer_lost();
	metrics->reader_up = reader_is_up(server->reader);
	metrics->asleep = server->berth.state == BERTH_ASLEEP;
	metrics->sleeps = server->berth.sleeps;
	metrics->listener = find_listener_state(server);
}

static void
answer_health(struct server *server, struct peer *peer)
{
	char *body = metrics_format_health(&server->metrics);

	answer_send(
	    peer, metrics_are_healthy(&server->metrics) ? 200 : 503, "application/json", body);
	free(body);
}

static void
answer_metrics(struct server *server, struct peer *peer)
{
	char *body = metrics_format_prometheus(&server->metrics);

	answer_send(peer, 200, "text/plain; version=0.0.4; charset=utf-8", body);
	free(body);
}

static void
on_stats(void *owner, struct peer *peer)
{
	struct server *server = owner;
	char *body;

	count_now(server);
	body = metrics_format_stats(&server->metrics);
	answer_send(peer, 200, "application/json", body);
	free(body);
}

static void
refuse(
    struct server *server, struct peer *peer, enum refusal refusal, int status, const char *detail)
{
	server->metrics.refused[refusal]++;
	answer_refuse(peer, status, detail);
}

static void
refuse_route(struct server *server, struct peer *peer, const struct route *route)
{
	if (route->parameter == NULL) {
		refuse(server, peer, route->status == 401 ? REFUSE_IDENTITY : REFUSE_REQUEST,
		    route->status, route->detail);
		return;
	}
	server->metrics.refused[REFUSE_REQUEST]++;
	answer_refuse_parameter(peer, route->status, route->detail, route->parameter);
}

/* Refused rather than queued without end; no open stream is ended to make room. */
static void
admit(struct server *server, struct peer *peer, const struct route *route)
{
	const struct metrics *metrics = &server->metrics;

	if (metrics->waiting >= (size_t)server->config->max_opens)
		refuse(server, peer, REFUSE_OPENS, 503, "Too many streams are being opened.");
	else if (metrics->streams + metrics->waiting >= server->capacity.streams)
		refuse(server, peer, REFUSE_LIMIT, 503,
		    "This server holds as many streams as it can.");
	else
		openings_add(server->openings, peer, route);
}

static void
on_request(void *owner, struct peer *peer, const struct route *route)
{
	struct server *server = owner;

	count_now(server);
	switch (route->kind) {
	case ROUTE_HEALTH: answer_health(server, peer); break;
	case ROUTE_METRICS: answer_metrics(server, peer); break;
	case ROUTE_REFUSED: refuse_route(server, peer, route); break;
	case ROUTE_STATS: openings_add(server->openings, peer, route); break;
	case ROUTE_STREAM: admit(server, peer, route); break;
	}
}

/* --- events of the parts ------------------------------------------------------ */

static void
on_doorbell_up(void *owner)
{
	struct server *server = owner;

	hub_ring_all(server->hub, HUB_RING_ALL);
}

static void
on_ring(void *owner, struct span user_id)
{
	struct server *server = owner;

	server->metrics.doorbells++;
	if (payload_is_due(user_id))
		reader_want_due(server->reader);
	else if (!hub_ring(server->hub, user_id, HUB_RING_ALL))
		server->metrics.doorbells_idle++;
}

static void
on_doorbell_down(void *owner)
{
	struct server *server = owner;

	server->metrics.listener_lost++;
}

static const struct doorbell_events doorbell_events = { on_doorbell_up, on_ring, on_doorbell_down };

static void
on_heartbeat(int descriptor, short what, void *argument)
{
	struct server *server = argument;

	(void)descriptor;
	(void)what;
	hub_beat_part(server->hub, server->heartbeat_part++ % TABLE_PARTS);
}

/* A session costs twice what events do, and hardly ever ends without a ring that is heard. */
static void
on_floor(int descriptor, short what, void *argument)
{
	struct server *server = argument;
	unsigned floor = server->floor_part / TABLE_PARTS;
	bool is_heard = server->doorbell != NULL && !server->same_database.are_apart;

	(void)descriptor;
	(void)what;
	hub_ring_part(server->hub, server->floor_part++ % TABLE_PARTS,
	    is_heard && floor % FLOORS_A_SESSION != 0 ? HUB_RING_EVENTS : HUB_RING_ALL);
}

/* --- stopping ----------------------------------------------------------------- */

void
server_stop(struct server *server)
{
	if (drain_has_begun(&server->drain))
		return;
	count_now(server);
	log_info(
	    "stopping", "streams=%zu drain_s=%d", server->metrics.streams, server->config->drain_s);
	intake_stop(server->intake);
	intake_stop(server->websocket_intake);
	listen_socket_close(server->websockets);
	if (server->config->pid_file != NULL)
		(void)unlink(server->config->pid_file); /* a supervisor may start the next */
	openings_dismiss(server->openings);
	drain_begin(&server->drain, server->base, server->hub, server->metrics.streams,
	    server->config->drain_s,
	    server->plain != NULL ? cgi_stream_retry(server->plain) : &retry_elsewhere);
}

static void
on_plain_over(void *owner)
{
	server_stop(owner);
}

bool
server_is_finished(const struct server *server)
{
	if (server->intake == NULL && peer_count() == 0)
		return true; /* the one request has been served */
	return drain_is_over(&server->drain);
}

/* --- starting ----------------------------------------------------------------- */

/* A timer that comes round to every part of the hub within period_s. */
static struct event *
start_round(struct server *server, int period_s, event_callback_fn callback)
{
	struct event *timer = timer_make(server->base, TIMER_AGAIN, callback, server);

	timer_set(timer, period_s * INT64_C(1000000) / TABLE_PARTS);
	return timer;
}

static void
start_parts(struct server *server)
{
	const struct config *config = server->config;
	const bool listens =
	    config->listen && (server->plain == NULL || !cgi_stream_is_polled(server->plain));
	const struct hub_limits limits = settings_of_hub(config, &server->capacity);
	const struct openings_settings openings = settings_of_openings(config);
	const struct doorbell_settings doorbell = settings_of_doorbell(config);
	const struct reader_settings reader = settings_of_reader(config, listens);
	struct event_base *base = server->base;
	struct metrics *metrics = &server->metrics;

	server->hub = hub_create(base, &limits, metrics);
	server->openings = openings_create(base, server->hub, metrics, &openings, on_stats, server);
	if (listens)
		berth_start(&server->berth, clock_steady_us());
	if (listens)
		server->doorbell = doorbell_create(base, &doorbell, &server->same_database,
		    &server->berth, &doorbell_events, server);
	server->reader = reader_create(base, &reader, server->hub, server->openings,
	    &server->same_database, &server->berth, metrics);
	server->heartbeat_timer = start_round(server, config->heartbeat_s, on_heartbeat);
	server->floor_timer = start_round(server, config->floor_s, on_floor);
}

static struct intake *
open_door(struct server *server, int descriptor, const struct door *door)
{
	const struct intake_settings settings =
	    settings_of_intake(server->config, &server->capacity);

	return intake_create(
	    server->base, descriptor, door, &settings, &server->metrics, on_request, server);
}

static void
serve_sockets(struct server *server, int listener)
{
	start_parts(server);
	server->intake = open_door(server, listener, &door_fastcgi);
	if (server->websockets->descriptor >= 0)
		server->websocket_intake =
		    open_door(server, server->websockets->descriptor, &door_websocket);
}

static void
serve_environment(struct server *server, char *const environment[])
{
	server->plain =
	    cgi_stream_create(server->base, server->config, environment, on_plain_over, server);
	start_parts(server);
	on_request(server, peer_create(server->base, STDOUT_FILENO, FRAME_BARE),
	    cgi_stream_route(server->plain));
}

struct server *
server_create(struct event_base *base, const struct config *config, int listener,
    struct listen_socket *websockets, char *const environment[])
{
	struct server *server = calloc(1, sizeof(*server));

	if (server == NULL)
		abort();
	server->base = base;
	server->config = config;
	server->websockets = websockets;
	server->metrics.started_at_s = clock_steady_s();
	server->capacity = capacity_find((size_t)config->max_streams, (size_t)config->max_visitors);
	if (listener < 0)
		serve_environment(server, environment);
	else
		serve_sockets(server, listener);
	return server;
}

size_t
server_max_streams(const struct server *server)
{
	return server->capacity.streams;
}

void
server_finish_turn(struct server *server)
{
	bool is_up = server->doorbell == NULL ||
		     (doorbell_is_up(server->doorbell) && berth_is_watching(&server->berth));

	reader_ask(server->reader, is_up);
	if (server->doorbell != NULL)
		doorbell_ask(server->doorbell);
	if (server->plain != NULL && server->metrics.opened > 0 &&
	    cgi_stream_is_done(server->plain, server->hub, server->reader))
		server_stop(server);
	deferred_free_now();
}

void
server_close(struct server *server)
{
	if (server == NULL)
		return;
	intake_close(server->intake);
	intake_close(server->websocket_intake);
	listen_socket_close(server->websockets);
	openings_close(server->openings);
	hub_close(server->hub);
	reader_close(server->reader);
	doorbell_close(server->doorbell);
	berth_clear(&server->berth);
	event_free(server->heartbeat_timer);
	event_free(server->floor_timer);
	drain_clear(&server->drain);
	cgi_stream_close(server->plain);
	free(server);
	deferred_free_now();
}
