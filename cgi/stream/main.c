/*
 * pgbell-stream: holds the open streams of a site.
 *
 * Data goes through in one direction.  A request enters by the intake, waits
 * as an opening for its verdict and becomes a client of the hub.  A doorbell
 * rings a user of the hub; the reader takes who was rung, reads their events
 * and gives them to the hub, whose clients send them out.  Everything is
 * asked for once a turn of the event loop, so what came in together is read
 * together.
 */
#include <errno.h>
#include <event2/event.h>
#include <event2/util.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cgi/stream/answer.h"
#include "cgi/stream/doorbell.h"
#include "cgi/stream/grave.h"
#include "cgi/stream/hub.h"
#include "cgi/stream/intake.h"
#include "cgi/stream/opening.h"
#include "cgi/stream/reader.h"
#include "cgi/stream/table.h"
#include "common/config.h"
#include "common/log.h"

#define PROGRAM "pgbell-stream"
#define RESERVED_DESCRIPTORS 64 /* for requests that are refused, the database, the log */
#define DRAIN_STEP_MS 50

extern char **environ;

struct server {
	struct event_base *base;
	struct config config;
	struct metrics metrics;
	struct hub *hub;
	struct openings *openings;
	struct doorbell *doorbell;
	struct reader *reader;
	struct intake *intake; /* NULL: one request of plain CGI */
	struct event *heartbeat_timer, *floor_timer, *drain_timer;
	unsigned heartbeat_part, floor_part;
	size_t max_streams;
	size_t drain_step; /* streams ended in one step */
	int drain_ms_left;
	bool is_stopping;
};

/* --- answers about this process --------------------------------------------- */

static void
count_now(struct server *server)
{
	struct metrics *metrics = &server->metrics;

	hub_count(server->hub, metrics);
	metrics->waiting = openings_count(server->openings);
	metrics->connections = peer_count();
	metrics->reader_up = reader_is_up(server->reader);
	metrics->listener_up = doorbell_is_healthy(server->doorbell);
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
on_request(void *owner, struct peer *peer, const struct route *route)
{
	struct server *server = owner;

	count_now(server);
	switch (route->kind) {
	case ROUTE_HEALTH: answer_health(server, peer); break;
	case ROUTE_METRICS: answer_metrics(server, peer); break;
	case ROUTE_REFUSED:
		server->metrics.refused[route->status == 401 ? REFUSE_IDENTITY : REFUSE_REQUEST]++;
		answer_refuse(peer, route->status, route->detail);
		break;
	case ROUTE_STATS: openings_add(server->openings, peer, route); break;
	case ROUTE_STREAM:
		if (server->metrics.streams + server->metrics.waiting < server->max_streams) {
			openings_add(server->openings, peer, route);
			break;
		}
		server->metrics.refused[REFUSE_LIMIT]++;
		answer_refuse(peer, 503, "This server holds as many streams as it can.");
		break;
	}
}

/* --- events of the parts ------------------------------------------------------ */

static void
on_doorbell_up(void *owner)
{
	struct server *server = owner;

	hub_ring_all(server->hub);
}

static void
on_ring(void *owner, struct span user_id)
{
	struct server *server = owner;

	server->metrics.doorbells++;
	if (!hub_ring_user(server->hub, user_id))
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

static void
on_floor(int descriptor, short what, void *argument)
{
	struct server *server = argument;

	(void)descriptor;
	(void)what;
	hub_ring_part(server->hub, server->floor_part++ % TABLE_PARTS);
}

/* --- stopping ----------------------------------------------------------------- */

static void
on_drain(int descriptor, short what, void *argument)
{
	struct server *server = argument;

	(void)descriptor;
	(void)what;
	hub_drain(server->hub, server->drain_step);
	server->drain_ms_left -= DRAIN_STEP_MS;
}

/* Ends the streams over drain_s, so that they do not all come back at once. */
static void
stop(struct server *server)
{
	const struct timeval step = { 0, DRAIN_STEP_MS * 1000 };
	int steps = server->config.drain_s * 1000 / DRAIN_STEP_MS;

	if (server->is_stopping)
		return;
	server->is_stopping = true;
	count_now(server);
	log_info(
	    "stopping", "streams=%zu drain_s=%d", server->metrics.streams, server->config.drain_s);
	if (server->intake != NULL)
		intake_stop(server->intake);
	openings_dismiss(server->openings);
	server->drain_step = server->metrics.streams / (size_t)(steps > 0 ? steps : 1) + 1;
	server->drain_ms_left = (server->config.drain_s + PEER_LINGER_S) * 1000;
	evtimer_add(server->drain_timer, &step);
	on_drain(-1, 0, server);
}

static void
on_signal(int signal_number, short what, void *argument)
{
	(void)signal_number;
	(void)what;
	stop(argument);
}

static bool
is_finished(const struct server *server)
{
	if (server->intake == NULL && peer_count() == 0)
		return true; /* the one request has been served */
	return server->is_stopping && (peer_count() == 0 || server->drain_ms_left <= 0);
}

/* --- starting ----------------------------------------------------------------- */

static void __attribute__((noreturn)) fail(const char *message)
{
	fprintf(stderr, PROGRAM ": %s\n", message);
	exit(1);
}

static void
print_usage(void)
{
	printf(
	    "Usage: " PROGRAM " [--help | --version]\n\n"
	    "Serves the notification streams of a site.  A FastCGI responder when standard\n"
	    "input is a listening socket (spawn-fcgi, systemd, a web server), else a plain CGI\n"
	    "program that serves the one request in its environment.\n\n"
	    "The database is found by libpq's own variables (PGHOST, PGDATABASE, PGUSER, ...).\n\n"
	    "Settings, from the environment, with their defaults:\n");
	config_print_help(stdout, CONFIG_STREAM);
}

static void
read_arguments(int argc, char *argv[])
{
	if (argc == 1)
		return;
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		print_usage();
		exit(0);
	}
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		printf(PROGRAM " " PGBELL_VERSION "\n");
		exit(0);
	}
	fprintf(stderr, PROGRAM ": unknown argument \"%s\" (--help tells more)\n", argv[1]);
	exit(2);
}

/* A listening socket on standard input means FastCGI (specification section 2.2). */
static bool
is_fastcgi(void)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);

	return getpeername(STDIN_FILENO, (struct sockaddr *)&address, &length) != 0 &&
	       errno == ENOTCONN;
}

static void
write_pid_file(const char *path)
{
	FILE *file;

	if (path == NULL)
		return;
	file = fopen(path, "we");
	if (file == NULL || fprintf(file, "%ld\n", (long)getpid()) < 0 || fclose(file) != 0) {
		fprintf(stderr, PROGRAM ": cannot write %s: %s\n", path, strerror(errno));
		exit(1);
	}
}

/* How many streams the descriptors allow, unless the setting says less. */
static size_t
find_max_streams(const struct config *config)
{
	struct rlimit limit;
	size_t allowed = 1;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		fail("cannot read the descriptor limit");
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	(void)getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur > RESERVED_DESCRIPTORS)
		allowed = (size_t)limit.rlim_cur - RESERVED_DESCRIPTORS;
	if (config->max_streams > 0 && (size_t)config->max_streams < allowed)
		allowed = (size_t)config->max_streams;
	return allowed;
}

static void
on_library_message(int severity, const char *message)
{
	if (severity >= EVENT_LOG_WARN)
		log_warning("libevent", "message=\"%s\"", message);
}

static struct event *
make_event(struct server *server, int number, short what, event_callback_fn callback)
{
	struct event *event = event_new(server->base, number, what, callback, server);

	if (event == NULL)
		fail("cannot make an event");
	return event;
}

/* A timer that comes round to every part of the hub within period_s. */
static struct event *
start_round(struct server *server, int period_s, event_callback_fn callback)
{
	const int64_t us = (int64_t)period_s * 1000000 / TABLE_PARTS;
	const struct timeval period = { (time_t)(us / 1000000), (suseconds_t)(us % 1000000) };
	struct event *timer = make_event(server, -1, EV_PERSIST, callback);

	evtimer_add(timer, &period);
	return timer;
}

static void
start(struct server *server, bool fastcgi)
{
	const struct config *config = &server->config;
	const struct hub_limits limits = { server->max_streams,
		(size_t)config->max_streams_per_user, config->expiring_s };
	const struct doorbell_settings doorbell = { config->listen_url, config->connect_timeout_s,
		config->canary_s };
	const struct reader_settings reader = { config->connect_timeout_s,
		config->statement_timeout_ms, fastcgi ? config->trim_s : 0, config->event_keep_days,
		config->backlog_bytes };
	const struct intake_settings intake = { config->intake_s, config->query_token };

	server->hub = hub_create(server->base, &limits, &server->metrics);
	server->openings =
	    openings_create(server->base, server->hub, &server->metrics, config->open_wait_s);
	server->doorbell = doorbell_create(server->base, &doorbell, &doorbell_events, server);
	server->reader =
	    reader_create(server->base, &reader, server->hub, server->openings, &server->metrics);
	server->heartbeat_timer = start_round(server, config->heartbeat_s, on_heartbeat);
	server->floor_timer = start_round(server, config->floor_s, on_floor);
	server->drain_timer = make_event(server, -1, EV_PERSIST, on_drain);
	if (fastcgi)
		server->intake =
		    intake_create(server->base, STDIN_FILENO, &intake, on_request, server);
}

/* The one request of plain CGI: its peer is our standard output. */
static void
serve_environment(struct server *server)
{
	struct route route;
	struct peer *peer = peer_create(server->base, STDOUT_FILENO, true);

	intake_read_environment(environ, server->config.query_token, &route);
	on_request(server, peer, &route);
}

static void
run(struct server *server)
{
	while (!is_finished(server)) {
		event_base_loop(server->base, EVLOOP_ONCE);
		reader_ask(server->reader, doorbell_is_up(server->doorbell));
		grave_sweep();
	}
}

static void
release(struct server *server)
{
	intake_close(server->intake);
	openings_close(server->openings);
	hub_close(server->hub);
	reader_close(server->reader);
	doorbell_close(server->doorbell);
	event_free(server->heartbeat_timer);
	event_free(server->floor_timer);
	event_free(server->drain_timer);
	grave_sweep();
}

int
main(int argc, char *argv[])
{
	static struct server server;
	struct event *terminated, *interrupted;
	char message[512];
	bool fastcgi;

	read_arguments(argc, argv);
	if (!config_read(environ, &server.config, message, sizeof(message)))
		fail(message);
	log_open(PROGRAM, server.config.log_level);
	event_set_log_callback(on_library_message);
	fastcgi = is_fastcgi();
	if (!fastcgi && getenv("REQUEST_METHOD") == NULL)
		fail("standard input is no listening socket, and the environment holds no CGI "
		     "request (--help tells more)");
	frame_set_plain(!fastcgi);
	server.max_streams = find_max_streams(&server.config);
	server.metrics.started_at = time(NULL);
	srandom((unsigned)getpid() ^ (unsigned)server.metrics.started_at);
	signal(SIGPIPE, SIG_IGN);
	if (evutil_make_socket_nonblocking(fastcgi ? STDIN_FILENO : STDOUT_FILENO) != 0)
		fail("cannot make the socket non-blocking");
	server.base = event_base_new();
	if (server.base == NULL)
		fail("cannot make an event loop");
	terminated = make_event(&server, SIGTERM, EV_SIGNAL | EV_PERSIST, on_signal);
	interrupted = make_event(&server, SIGINT, EV_SIGNAL | EV_PERSIST, on_signal);
	event_add(terminated, NULL);
	event_add(interrupted, NULL);
	write_pid_file(server.config.pid_file);
	start(&server, fastcgi);
	log_info("started", "max_streams=%zu", server.max_streams);
	if (!fastcgi)
		serve_environment(&server);
	run(&server);
	log_info("stopped", NULL);
	release(&server);
	event_free(terminated);
	event_free(interrupted);
	event_base_free(server.base);
	return 0;
}
