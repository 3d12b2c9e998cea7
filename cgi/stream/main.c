/*
 * pgbell-stream: holds the open streams of a site; see server.h.
 */
#include <errno.h>
#include <event2/event.h>
#include <event2/util.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "cgi/stream/notify.h"
#include "cgi/stream/parts/timer.h"
#include "cgi/stream/server.h"
#include "common/log.h"
#include "common/log_writer.h"
#include "common/pid_file.h"

#define PROGRAM "pgbell-stream"

#define LAST_LINES_MS 500 /* that what is left of the log may take at the end */

extern char **environ;

_Noreturn static void
fail(const char *message)
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
on_library_message(int severity, const char *message)
{
	if (severity >= EVENT_LOG_WARN)
		log_warning("libevent", "message=%s", log_value(message).text);
}

static void
on_signal(int signal_number, short what, void *argument)
{
	(void)signal_number;
	(void)what;
	(void)notify_send("STOPPING=1");
	server_stop(argument);
}

static struct event *
await_signal(struct event_base *base, int number, struct server *server)
{
	struct event *event = evsignal_new(base, number, on_signal, server);

	if (event == NULL || event_add(event, NULL) != 0)
		fail("cannot wait for signals");
	return event;
}

static void
on_watchdog(int descriptor, short what, void *argument)
{
	(void)descriptor;
	(void)what;
	(void)argument;
	(void)notify_send("WATCHDOG=1");
}

/*
 * Tell the service manager, if there is one, that requests are taken, and from
 * now on that the loop turns.  Not that the database is there: /api/health tells
 * that, and starting us again would not bring it back.  NULL: nobody watches.
 */
static struct event *
report_ready(struct event_base *base)
{
	const int half_ms = notify_watchdog_ms() / 2;
	const struct timeval period = { half_ms / 1000, half_ms % 1000 * 1000 };
	struct event *watchdog;

	(void)notify_send("READY=1");
	if (half_ms == 0)
		return NULL;
	watchdog = event_new(base, -1, EV_PERSIST, on_watchdog, NULL);
	if (watchdog == NULL || evtimer_add(watchdog, &period) != 0)
		fail("cannot make the watchdog's timer");
	return watchdog;
}

static void
on_log_writable(int descriptor, short what, void *argument)
{
	(void)descriptor;
	(void)what;
	(void)argument;
	log_flush();
}

/* The loop never waits for the reader of the log: it writes the lines that are kept when it can. */
static struct event *
make_log_event(struct event_base *base)
{
	struct event *event =
	    event_new(base, log_writer_descriptor(), EV_WRITE, on_log_writable, NULL);

	if (event == NULL)
		fail("cannot make the event of the log");
	return event;
}

static void
serve(const struct config *config, bool fastcgi)
{
	struct event_base *base = timer_make_loop();
	struct event *terminated, *interrupted, *watchdog, *log_event;
	struct listen_socket websockets = { .descriptor = -1 };
	struct server *server;
	char message[512];

	if (base == NULL)
		fail("cannot make an event loop");
	if (fastcgi &&
	    !listen_socket_open(&websockets, config->websocket, environ, message, sizeof(message)))
		fail(message);
	server = server_create(base, config, fastcgi ? STDIN_FILENO : -1, &websockets, environ);
	terminated = await_signal(base, SIGTERM, server);
	interrupted = await_signal(base, SIGINT, server);
	log_info("started", "max_streams=%zu", server_max_streams(server));
	watchdog = report_ready(base);
	log_event = make_log_event(base);
	while (!server_is_finished(server)) {
		event_base_loop(base, EVLOOP_ONCE);
		server_finish_turn(server);
		if (log_writer_is_waiting() && !event_pending(log_event, EV_WRITE, NULL))
			event_add(log_event, NULL);
	}
	log_info("stopped", NULL);
	event_free(terminated);
	event_free(interrupted);
	if (watchdog != NULL)
		event_free(watchdog);
	event_free(log_event);
	server_close(server);
	event_base_free(base);
	log_finish(LAST_LINES_MS);
}

int
main(int argc, char *argv[])
{
	struct config config;
	char message[512];
	bool fastcgi;

	read_arguments(argc, argv);
	if (!config_read(environ, &config, message, sizeof(message)))
		fail(message);
	log_open(PROGRAM, config.log_level);
	log_writer_never_wait();
	event_set_log_callback(on_library_message);
	fastcgi = is_fastcgi();
	if (!fastcgi && getenv("REQUEST_METHOD") == NULL)
		fail("standard input is no listening socket, and the environment holds no CGI "
		     "request (--help tells more)");
	if (evutil_make_socket_nonblocking(fastcgi ? STDIN_FILENO : STDOUT_FILENO) != 0)
		fail("cannot make the socket non-blocking");
	srandom((unsigned)getpid() ^ (unsigned)time(NULL));
	signal(SIGPIPE, SIG_IGN);
	pid_file_write(PROGRAM, config.pid_file);
	serve(&config, fastcgi);
	return 0;
}
