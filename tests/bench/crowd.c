/*
 * The crowd: thousands of event streams or WebSockets in one process, which counts what
 * each is told.  It answers no ping: a socket lasts for two heartbeats at most.
 *
 *	crowd PORT FILE
 *
 * They are opened to that port of 127.0.0.1, and where there are many also of
 * 127.0.0.2 and so on.  FILE has a request a line (requests.h).  It is told what
 * to do on standard input, and answers each command with one line of JSON:
 *
 *	open FROM TO TOGETHER	open those that are not, so many at a time, until each has spoken
 *	await EVENTS SECONDS	wait until so many events have come since the last reset
 *	reset	count from zero
 *	check FROM TO EVENTS SUM	count those that were not told so many events with this sum
 *	dump FILE	write the events and the sum of each stream, a line each
 *	close	close all streams
 *
 * It reads its streams while it waits for commands too.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/requests.h"
#include "tests/bench/stream.h"

#define STREAMS_MAX 19900 /* of the 20,000 descriptors */
#define OPEN_SECONDS 60
#define COMMANDS UINT32_MAX /* the number that standard input has among the streams */
#define TURN_EVENTS 256
#define ADDRESS_STREAMS 4096 /* with more the kernel looks long for a free port */

enum goal { GOAL_NONE, GOAL_OPEN, GOAL_EVENTS };

struct crowd {
	struct stream *streams;
	uint32_t count;
	struct sockaddr_in address;
	int epoll;
	enum goal goal;
	int64_t goal_began_us, deadline_us;
	uint32_t next, end, together, opening; /* of GOAL_OPEN */
	uint64_t wanted;                       /* of GOAL_EVENTS */
	uint64_t events;
	int64_t first_us, last_us; /* when they came */
	unsigned open, failed, closed;
	struct histogram openings, delays;
};

static void
die(const char *what)
{
	fprintf(stderr, "crowd: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* --- streams ----------------------------------------------------------------- */

static void
lose_stream(struct crowd *crowd, struct stream *stream)
{
	if (stream->feed.has_spoken) {
		crowd->open--;
		crowd->closed++;
	} else {
		crowd->opening--;
		crowd->failed++;
	}
	stream_close(stream);
}

/* To 127.0.0.1, 127.0.0.2 and so on. */
static void
open_stream(struct crowd *crowd, uint32_t number)
{
	struct stream *stream = &crowd->streams[number];
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = number };
	struct sockaddr_in to = crowd->address;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK + number / ADDRESS_STREAMS);
	crowd->opening++;
	if (!stream_open(stream, &to))
		lose_stream(crowd, stream);
	else if (epoll_ctl(crowd->epoll, EPOLL_CTL_ADD, stream->descriptor, &event) != 0)
		die("epoll_ctl");
}

static void
count_events(struct crowd *crowd, unsigned events, int64_t now_us)
{
	if (events == 0)
		return;
	if (crowd->events == 0)
		crowd->first_us = now_us;
	crowd->events += events;
	crowd->last_us = now_us;
}

static void
read_stream(struct crowd *crowd, struct stream *stream)
{
	int64_t now_us = histogram_now_us();
	bool had_spoken = stream->feed.has_spoken;
	unsigned events;
	bool goes_on = stream_read(stream, now_us, &crowd->delays, &events);

	if (!had_spoken && stream->feed.has_spoken) {
		histogram_add(&crowd->openings, now_us - stream->began_us);
		crowd->opening--;
		crowd->open++;
	}
	count_events(crowd, events, now_us);
	if (!goes_on)
		lose_stream(crowd, stream);
}

/* --- answers ----------------------------------------------------------------- */

static void
answer_open(const struct crowd *crowd, int64_t now_us)
{
	printf("{\"open\":%u,\"failed\":%u,\"opening\":%u,\"seconds\":%.6f,", crowd->open,
	    crowd->failed, crowd->opening, (double)(now_us - crowd->goal_began_us) / 1e6);
	histogram_print(&crowd->openings, stdout);
}

static void
answer_events(const struct crowd *crowd)
{
	uint64_t gaps = 0;
	uint32_t heard = 0;

	for (uint32_t i = 0; i < crowd->count; i++) {
		gaps += crowd->streams[i].feed.gaps;
		heard += crowd->streams[i].has_heard;
	}
	printf("{\"events\":%" PRIu64 ",\"first_at\":%" PRId64 ",\"last_at\":%" PRId64
	       ",\"open\":%u,\"closed\":%u,\"heard\":%u,\"gaps\":%" PRIu64 ",",
	    crowd->events, crowd->first_us, crowd->last_us, crowd->open, crowd->closed, heard,
	    gaps);
	histogram_print(&crowd->delays, stdout);
}

/* Whether what was asked for has happened, or its time is over. */
static void
check_goal(struct crowd *crowd)
{
	int64_t now_us = histogram_now_us();
	bool is_reached;

	if (crowd->goal == GOAL_OPEN) {
		for (; crowd->next < crowd->end && crowd->opening < crowd->together; crowd->next++)
			if (crowd->streams[crowd->next].descriptor < 0)
				open_stream(crowd, crowd->next);
		is_reached = crowd->next == crowd->end && crowd->opening == 0;
	} else {
		is_reached = crowd->events >= crowd->wanted;
	}
	if (crowd->goal == GOAL_NONE || (!is_reached && now_us < crowd->deadline_us))
		return;
	if (crowd->goal == GOAL_OPEN)
		answer_open(crowd, now_us);
	else
		answer_events(crowd);
	printf(",\"complete\":%s}\n", is_reached ? "true" : "false");
	crowd->goal = GOAL_NONE;
}

/* --- commands ---------------------------------------------------------------- */

static void
set_goal(struct crowd *crowd, enum goal goal, unsigned seconds)
{
	crowd->goal = goal;
	crowd->goal_began_us = histogram_now_us();
	crowd->deadline_us = crowd->goal_began_us + (int64_t)seconds * 1000000;
}

static void
reset(struct crowd *crowd)
{
	for (uint32_t i = 0; i < crowd->count; i++) {
		feed_reset(&crowd->streams[i].feed);
		crowd->streams[i].has_heard = false;
	}
	crowd->events = 0;
	crowd->first_us = crowd->last_us = 0;
	crowd->closed = 0;
	crowd->delays = (struct histogram){ .total = 0 };
	puts("{}");
}

static void
check(const struct crowd *crowd, uint32_t from, uint32_t to, uint32_t events, uint64_t sum)
{
	uint32_t wrong = 0, first = 0;

	for (uint32_t i = to; i-- > from;) {
		if (crowd->streams[i].feed.events != events || crowd->streams[i].feed.sum != sum) {
			wrong++;
			first = i;
		}
	}
	printf("{\"wrong\":%u,\"first\":%u}\n", wrong, first);
}

static void
dump(const struct crowd *crowd, const char *path)
{
	FILE *out = fopen(path, "w");

	if (out == NULL)
		die(path);
	for (uint32_t i = 0; i < crowd->count; i++)
		fprintf(out, "%u %" PRIu64 "\n", crowd->streams[i].feed.events,
		    crowd->streams[i].feed.sum);
	if (fclose(out) != 0)
		die(path);
	puts("{}");
}

static void
close_all(struct crowd *crowd)
{
	for (uint32_t i = 0; i < crowd->count; i++)
		if (crowd->streams[i].descriptor >= 0)
			stream_close(&crowd->streams[i]);
	crowd->open = crowd->opening = crowd->failed = crowd->closed = 0;
	puts("{}");
}

static void
obey(struct crowd *crowd, const char *command)
{
	unsigned from, to, together, seconds, events;
	uint64_t sum;
	char path[256];

	if (sscanf(command, "open %u %u %u", &from, &to, &together) == 3 && from <= to &&
	    to <= crowd->count && together > 0) {
		crowd->next = from;
		crowd->end = to;
		crowd->together = together;
		crowd->failed = 0;
		crowd->openings = (struct histogram){ .total = 0 };
		set_goal(crowd, GOAL_OPEN, OPEN_SECONDS);
	} else if (sscanf(command, "await %" SCNu64 " %u", &crowd->wanted, &seconds) == 2) {
		set_goal(crowd, GOAL_EVENTS, seconds);
	} else if (strcmp(command, "reset") == 0) {
		reset(crowd);
	} else if (sscanf(command, "check %u %u %u %" SCNu64, &from, &to, &events, &sum) == 4 &&
		   to <= crowd->count) {
		check(crowd, from, to, events, sum);
	} else if (sscanf(command, "dump %255s", path) == 1) {
		dump(crowd, path);
	} else if (strcmp(command, "close") == 0) {
		close_all(crowd);
	} else {
		fprintf(stderr, "crowd: no such command: %s\n", command);
		exit(2);
	}
}

/* One command a read, since each is answered before the next is sent; the end ends us. */
static void
read_command(struct crowd *crowd)
{
	char command[512];
	ssize_t length = read(STDIN_FILENO, command, sizeof(command) - 1);

	if (length <= 0)
		exit(0);
	command[length] = '\0';
	command[strcspn(command, "\n")] = '\0';
	obey(crowd, command);
}

/* --- starting ---------------------------------------------------------------- */

static void
read_streams(struct crowd *crowd, const char *path)
{
	static char *requests[STREAMS_MAX];

	crowd->count = (uint32_t)requests_read(path, requests, STREAMS_MAX);
	crowd->streams = calloc(STREAMS_MAX, sizeof(*crowd->streams));
	if (crowd->streams == NULL)
		die("calloc");
	for (uint32_t i = 0; i < crowd->count; i++)
		crowd->streams[i] = stream_of(requests[i]);
}

static void
run(struct crowd *crowd)
{
	struct epoll_event events[TURN_EVENTS];

	for (;;) {
		int count = epoll_wait(
		    crowd->epoll, events, TURN_EVENTS, crowd->goal == GOAL_NONE ? -1 : 10);

		if (count < 0 && errno != EINTR)
			die("epoll_wait");
		for (int i = 0; i < count; i++) {
			if (events[i].data.u32 == COMMANDS)
				read_command(crowd);
			else if (crowd->streams[events[i].data.u32].descriptor >= 0)
				read_stream(crowd, &crowd->streams[events[i].data.u32]);
		}
		check_goal(crowd);
	}
}

int
main(int argc, char *argv[])
{
	static struct crowd crowd;
	struct epoll_event commands = { .events = EPOLLIN, .data.u32 = COMMANDS };

	if (argc != 3) {
		fputs("usage: crowd PORT FILE\n", stderr);
		return 2;
	}
	crowd.address.sin_family = AF_INET;
	crowd.address.sin_port = htons((uint16_t)atoi(argv[1]));
	crowd.epoll = epoll_create1(0);
	read_streams(&crowd, argv[2]);
	if (crowd.epoll < 0 || epoll_ctl(crowd.epoll, EPOLL_CTL_ADD, STDIN_FILENO, &commands) != 0)
		die("epoll");
	setvbuf(stdout, NULL, _IOLBF, 0);
	run(&crowd);
}
