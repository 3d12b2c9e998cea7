/*
 * A web server may keep a FastCGI connection for later (HAProxy, nginx with
 * keepalive) or make one ahead, and libfcgi would sit on it: a handful of
 * those, and all workers wait for nobody.  So a connection is served only when
 * its peer speaks, and stands aside until then.  To close it behind its answer,
 * whatever the web server has asked for, is no way out: HAProxy 2.6 has already
 * sent the next request when it learns of that, and answers 502.
 *
 * Several processes wait at one socket, and its flags are everybody's, so it
 * stays a blocking one: another process may take the connection that poll()
 * has told of.  accept() then waits for the next, but not for long, since somebody
 * aside may speak first: so says the socket's own time limit, everybody's too.
 *
 * The limit of a request is a time, and one timer looks for it now and then: to
 * set one for each request, and to stop it, took as long as to read the request.
 */
#include "cgi/api/door.h"

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

#define GREETING_MS 20 /* in which whoever comes in may speak before all others */
#define GLANCE_MS 100  /* that accept() may wait: somebody aside may speak first */
#define TICK_MS 250    /* by which a limit may be late */
#define ADDRESSES "FCGI_WEB_SERVER_ADDRS" /* FastCGI specification, section 3.2 */

/* A connection that waits aside. */
struct waiting {
	int connection;
	int64_t until_ms;
};

struct door {
	int listening;
	int64_t patience_ms;
	const char *addresses; /* that may connect by TCP, with commas between; NULL: any */
	struct waiting waiting[DOOR_ASIDE_MAX]; /* who came, or was served, first stands first */
	size_t count;
	bool is_theirs; /* the next turn is of those aside, before anybody new */
};

static volatile sig_atomic_t limited = -1; /* the connection whose time is limited */
static volatile sig_atomic_t is_ticking;
static volatile int64_t until_ms; /* written only while nothing is limited */
static bool has_handler;

/* The timer stops where nothing is limited: alarm(), unlike setitimer(), may be called here. */
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

/* A shutdown ends what waits for a socket; what waits for a pipe has to be interrupted. */
static void
set_handler(int flags)
{
	struct sigaction action = { .sa_handler = on_alarm, .sa_flags = flags };

	sigemptyset(&action.sa_mask);
	sigaction(SIGALRM, &action, NULL);
	has_handler = true;
}

void
door_limit(int connection, int seconds)
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
door_unlimit(void)
{
	limited = -1;
}

struct door *
door_create(int listening, int patience_s)
{
	static const struct timeval glance = { .tv_usec = GLANCE_MS * 1000L };
	struct door *door = calloc(1, sizeof *door);

	if (door == NULL)
		abort(); /* out of memory */
	door->listening = listening;
	door->patience_ms = patience_s * INT64_C(1000);
	door->addresses = getenv(ADDRESSES);
	set_handler(SA_RESTART);
	setsockopt(listening, SOL_SOCKET, SO_RCVTIMEO, &glance, sizeof glance);
	return door;
}

static void
forget(struct door *door, size_t i)
{
	door->count--;
	memmove(
	    &door->waiting[i], &door->waiting[i + 1], (door->count - i) * sizeof door->waiting[0]);
}

static void
add(struct door *door, int connection, int64_t patience_ms)
{
	if (door->count == DOOR_ASIDE_MAX) {
		close(door->waiting[0].connection);
		forget(door, 0);
	}
	door->waiting[door->count++] =
	    (struct waiting){ connection, clock_steady_ms() + patience_ms };
}

/* Close those who were silent for too long; how long until the next is, or -1. */
static int
find_wait_ms(struct door *door)
{
	int64_t now_ms = clock_steady_ms(), next_ms = INT64_MAX;

	for (size_t i = door->count; i-- > 0;) {
		if (door->waiting[i].until_ms <= now_ms) {
			close(door->waiting[i].connection);
			forget(door, i);
		} else if (door->waiting[i].until_ms < next_ms) {
			next_ms = door->waiting[i].until_ms;
		}
	}
	return door->count == 0 ? -1 : (int)(next_ms - now_ms);
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
is_welcome(const struct door *door, const struct sockaddr_in *peer)
{
	char address[INET_ADDRSTRLEN];

	return peer->sin_family != AF_INET || door->addresses == NULL ||
	       (inet_ntop(AF_INET, &peer->sin_addr, address, sizeof address) != NULL &&
		   is_listed(door->addresses, address));
}

/*
 * Have a new one speak, as it does at once as a rule, or wait aside until it
 * does.  Without this patience we would take in the next meanwhile, and that
 * would wait for us while other workers are idle.  Returns it where it speaks;
 * else -1.
 */
static int
greet(struct door *door, int connection)
{
	struct pollfd at = { .fd = connection, .events = POLLIN };

	door->is_theirs = true;
	if (poll(&at, 1, GREETING_MS) > 0)
		return connection;
	add(door, connection, door->patience_ms);
	return -1;
}

/*
 * Let one in, into *connection where it speaks, which is else -1.  False, with
 * errno, where accept() fails.
 */
static bool
let_in(struct door *door, int *connection)
{
	static const int on = 1;
	struct sockaddr_storage peer = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof peer;
	int fd = accept4(door->listening, (struct sockaddr *)&peer, &len, SOCK_CLOEXEC);

	*connection = -1;
	if (fd < 0)
		return errno == EAGAIN; /* another process was faster */
	if (!is_welcome(door, (const struct sockaddr_in *)&peer)) {
		close(fd);
		return true;
	}
	if (peer.ss_family == AF_INET || peer.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	*connection = greet(door, fd);
	return true;
}

/* The first of those aside who speaks; -1: nobody does. */
static int
take_speaker(struct door *door, const struct pollfd at[])
{
	for (size_t i = 0; i < door->count; i++) {
		if (at[i].revents == 0)
			continue;
		forget(door, i);
		return at[i].fd;
	}
	return -1;
}

int
door_await(struct door *door)
{
	struct pollfd at[DOOR_ASIDE_MAX + 1];

	for (;;) {
		int wait_ms = find_wait_ms(door), connection = -1;
		size_t count = door->count;

		for (size_t i = 0; i < count; i++)
			at[i] =
			    (struct pollfd){ .fd = door->waiting[i].connection, .events = POLLIN };
		at[count] = (struct pollfd){ .fd = door->listening, .events = POLLIN };
		if (poll(at, count + 1, wait_ms) < 0)
			return -1;
		/* In turns, so that neither keeps the other out. */
		if (door->is_theirs || at[count].revents == 0)
			connection = take_speaker(door, at);
		door->is_theirs = connection < 0;
		if (connection >= 0)
			return connection;
		if (at[count].revents != 0 && !let_in(door, &connection))
			return -1;
		if (connection >= 0)
			return connection;
	}
}

void
door_keep(struct door *door, int connection)
{
	add(door, connection, DOOR_KEPT_S * INT64_C(1000));
}

void
door_close(struct door *door)
{
	if (door == NULL)
		return;
	while (door->count > 0)
		close(door->waiting[--door->count].connection);
	free(door);
}
