/*
 * A web server may keep a FastCGI connection for later requests (HAProxy, nginx
 * with keepalive) or open one ahead, and libfcgi would wait on it: a handful of
 * idle connections, and no worker is free.  So a connection is served only when
 * something has arrived on it, and is set aside until then.  Closing it after
 * each answer, against what the web server asks for, is no way out: HAProxy 2.6
 * has already sent the next request when it learns of the end, and answers 502.
 *
 * Several processes wait at one listening socket and share its flags, so it
 * stays blocking, although another process may take the connection that poll()
 * has announced.  accept() would then block until the next one comes, while a
 * request may arrive on an idle connection: SO_RCVTIMEO keeps that wait short.
 *
 * One periodic timer checks the time limit of requests: to start and stop a
 * timer for each request took as long as reading the request.
 */
#include "cgi/api/acceptor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/clock.h"

#define GREETING_MS 20 /* that a new connection is waited for before others get a turn */
#define GLANCE_MS 100  /* that accept() may block: a request may come on an idle connection */
#define TICK_MS 250    /* by which a time limit may be late */
#define ADDRESSES "FCGI_WEB_SERVER_ADDRS" /* FastCGI specification, section 3.2 */

/* An idle connection. */
struct idle {
	int connection;
	int64_t until_ms;
};

struct acceptor {
	int listening;
	int64_t patience_ms;
	const char *addresses;               /* allowed by TCP, with commas between; NULL: any */
	struct idle idle[ACCEPTOR_IDLE_MAX]; /* the one that is idle longest is first */
	size_t count;
	bool is_turn_of_idle; /* an idle connection goes before a new one */
};

static volatile sig_atomic_t limited = -1; /* the connection whose time is limited */
static volatile sig_atomic_t is_ticking;
static volatile int64_t until_ms; /* written only while nothing is limited */
static bool has_handler;

/* Without a limit the timer stops: alarm(), unlike setitimer(), may be called in a handler. */
static void
on_alarm(int signal_number)
{
	int saved = errno;

	(void)signal_number;
	if (limited < 0) {
		is_ticking = 0;
		alarm(0);
	} else if (clock_steady_ms() >= until_ms) {
		shutdown(limited, SHUT_RDWR);
	}
	errno = saved;
}

/* A shutdown ends a call that waits for a socket; one that waits for a pipe must be interrupted. */
static void
set_handler(int flags)
{
	struct sigaction action = { .sa_handler = on_alarm, .sa_flags = flags };

	sigemptyset(&action.sa_mask);
	sigaction(SIGALRM, &action, NULL);
	has_handler = true;
}

void
acceptor_limit(int connection, int seconds)
{
	static const struct timeval again = { .tv_usec = TICK_MS * 1000L };
	const struct itimerval timer = { again, { .tv_sec = seconds } };

	if (!has_handler)
		set_handler(0);
	limited = -1;
	until_ms = clock_steady_ms() + seconds * INT64_C(1000);
	limited = connection;
	if (is_ticking)
		return;
	is_ticking = 1;
	setitimer(ITIMER_REAL, &timer, NULL);
}

void
acceptor_unlimit(void)
{
	limited = -1;
}

struct acceptor *
acceptor_create(int listening, int patience_s)
{
	static const struct timeval glance = { .tv_usec = GLANCE_MS * 1000L };
	struct acceptor *acceptor = calloc(1, sizeof *acceptor);

	if (acceptor == NULL)
		abort(); /* out of memory */
	acceptor->listening = listening;
	acceptor->patience_ms = patience_s * INT64_C(1000);
	acceptor->addresses = getenv(ADDRESSES);
	set_handler(SA_RESTART);
	setsockopt(listening, SOL_SOCKET, SO_RCVTIMEO, &glance, sizeof glance);
	return acceptor;
}

static void
forget(struct acceptor *acceptor, size_t i)
{
	acceptor->count--;
	memmove(&acceptor->idle[i], &acceptor->idle[i + 1],
	    (acceptor->count - i) * sizeof acceptor->idle[0]);
}

static void
add(struct acceptor *acceptor, int connection, int64_t patience_ms)
{
	if (acceptor->count == ACCEPTOR_IDLE_MAX) {
		close(acceptor->idle[0].connection);
		forget(acceptor, 0);
	}
	acceptor->idle[acceptor->count++] =
	    (struct idle){ connection, clock_steady_ms() + patience_ms };
}

/* Close connections that were idle for too long; returns the time until the next one is, or -1. */
static int
find_wait_ms(struct acceptor *acceptor)
{
	int64_t now_ms = clock_steady_ms(), next_ms = INT64_MAX;

	for (size_t i = acceptor->count; i-- > 0;) {
		if (acceptor->idle[i].until_ms <= now_ms) {
			close(acceptor->idle[i].connection);
			forget(acceptor, i);
		} else if (acceptor->idle[i].until_ms < next_ms) {
			next_ms = acceptor->idle[i].until_ms;
		}
	}
	return acceptor->count == 0 ? -1 : (int)(next_ms - now_ms);
}

static bool
is_listed(const char *addresses, const char *address)
{
	size_t len = strlen(address);

	for (const char *at = addresses; at != NULL; at = strchr(at, ',')) {
		at += strspn(at, ", ");
		if (strncmp(at, address, len) == 0 && strchr(", ", at[len]) != NULL)
			return true; /* the NUL at the end is one of strchr's too */
	}
	return false;
}

static bool
is_allowed(const struct acceptor *acceptor, const struct sockaddr_in *peer)
{
	char address[INET_ADDRSTRLEN];

	return peer->sin_family != AF_INET || acceptor->addresses == NULL ||
	       (inet_ntop(AF_INET, &peer->sin_addr, address, sizeof address) != NULL &&
		   is_listed(acceptor->addresses, address));
}

/*
 * Wait a moment for the request of a new connection, which as a rule comes at
 * once; else set the connection aside.  Without this wait we would accept the
 * next one meanwhile, which would then wait for us while other workers are free.
 * Returns the connection where it can be read from, else -1.
 */
static int
greet(struct acceptor *acceptor, int connection)
{
	struct pollfd at = { .fd = connection, .events = POLLIN };

	acceptor->is_turn_of_idle = true;
	if (poll(&at, 1, GREETING_MS) > 0)
		return connection;
	add(acceptor, connection, acceptor->patience_ms);
	return -1;
}

/*
 * Accept a connection.  *connection is it where it can be read from, else -1.
 * False, with errno, where accept() fails.
 */
static bool
accept_one(struct acceptor *acceptor, int *connection)
{
	static const int on = 1;
	struct sockaddr_storage peer = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof peer;
	int fd = accept4(acceptor->listening, (struct sockaddr *)&peer, &len, SOCK_CLOEXEC);

	*connection = -1;
	if (fd < 0)
		return errno == EAGAIN; /* another process was faster */
	if (!is_allowed(acceptor, (const struct sockaddr_in *)&peer)) {
		close(fd);
		return true;
	}
	if (peer.ss_family == AF_INET || peer.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	*connection = greet(acceptor, fd);
	return true;
}

/* The first idle connection that can be read from; -1: none can. */
static int
take_readable(struct acceptor *acceptor, const struct pollfd at[])
{
	for (size_t i = 0; i < acceptor->count; i++) {
		if (at[i].revents == 0)
			continue;
		forget(acceptor, i);
		return at[i].fd;
	}
	return -1;
}

int
acceptor_await(struct acceptor *acceptor)
{
	struct pollfd at[ACCEPTOR_IDLE_MAX + 1];

	for (;;) {
		int connection = -1, wait_ms;
		size_t count;

		/* Nothing is idle: accept() waits by itself for a moment, which saves a busy worker
		 * poll(). */
		if (acceptor->count == 0 && !accept_one(acceptor, &connection))
			return -1;
		if (connection >= 0)
			return connection;
		wait_ms = find_wait_ms(acceptor);
		count = acceptor->count;
		for (size_t i = 0; i < count; i++)
			at[i] =
			    (struct pollfd){ .fd = acceptor->idle[i].connection, .events = POLLIN };
		at[count] = (struct pollfd){ .fd = acceptor->listening, .events = POLLIN };
		if (poll(at, count + 1, wait_ms) < 0)
			return -1;
		/* In turns, so that neither keeps the other out. */
		if (acceptor->is_turn_of_idle || at[count].revents == 0)
			connection = take_readable(acceptor, at);
		acceptor->is_turn_of_idle = connection < 0;
		if (connection >= 0)
			return connection;
		if (at[count].revents != 0 && !accept_one(acceptor, &connection))
			return -1;
		if (connection >= 0)
			return connection;
	}
}

void
acceptor_keep(struct acceptor *acceptor, int connection)
{
	add(acceptor, connection, ACCEPTOR_KEPT_S * INT64_C(1000));
}

void
acceptor_close(struct acceptor *acceptor)
{
	if (acceptor == NULL)
		return;
	while (acceptor->count > 0)
		close(acceptor->idle[--acceptor->count].connection);
	free(acceptor);
}
