/*
 * The bare loop: what a process that writes ready-made FastCGI records can do
 * behind a web server.  No database, no users, no replay, no care for slow
 * clients: the limit for pgbell-stream, not a thing to use.
 *
 * Standard input is the listening socket.  Every request becomes a stream.
 * Each line on descriptor 3 is the data of an event, which goes to all
 * streams with the bytes that pgbell-stream would send.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/fastcgi.h"

#define STREAMS_MAX 20000 /* by descriptor */
#define COMMANDS 3
#define BYTES_MAX 4096
#define TURN_EVENTS 256

struct stream {
	struct fastcgi_decoder decoder;
	bool is_open;
};

struct record {
	uint8_t bytes[BYTES_MAX];
	size_t length;
};

static struct stream streams[STREAMS_MAX];

static void
die(const char *what)
{
	fprintf(stderr, "loop: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void
set_record(struct record *record, const char *text, size_t length)
{
	if (FASTCGI_HEADER_BYTES + length > BYTES_MAX)
		die("too long an event");
	fastcgi_encode_header(record->bytes, FASTCGI_STDOUT, 1, (uint16_t)length);
	memcpy(record->bytes + FASTCGI_HEADER_BYTES, text, length);
	record->length = FASTCGI_HEADER_BYTES + length;
}

/* A socket that does not take a few hundred bytes is a failure of the bench. */
static void
put(int descriptor, const struct record *record)
{
	ssize_t sent = send(descriptor, record->bytes, record->length, MSG_NOSIGNAL);

	if (sent != (ssize_t)record->length)
		die("send");
}

static void
greet(int descriptor)
{
	static const char greeting[] =
	    "Content-Type: text/event-stream\r\nCache-Control: no-cache\r\n"
	    "X-Accel-Buffering: no\r\n\r\n"
	    "event: connected\ndata: {\"seq\":0}\nid: 0\n\n";
	struct record record;

	set_record(&record, greeting, sizeof(greeting) - 1);
	put(descriptor, &record);
	streams[descriptor].is_open = true;
}

static void
broadcast(const char *data, long long seq)
{
	struct record record;
	char text[2 * BYTES_MAX];
	int length;

	length = snprintf(text, sizeof(text),
	    "event: new_notification\ndata: %s\nid: %lld\n\n"
	    "event: unread_count\ndata: {\"unread_count\":%lld,\"seq\":%lld}\n\n",
	    data, seq, seq, seq);
	set_record(&record, text, (size_t)length);
	for (int descriptor = 0; descriptor < STREAMS_MAX; descriptor++)
		if (streams[descriptor].is_open)
			put(descriptor, &record);
}

static void
read_commands(void)
{
	static char line[BYTES_MAX];
	static size_t length;
	static long long seq;
	ssize_t got = read(COMMANDS, line + length, sizeof(line) - length - 1);
	char *end;

	if (got <= 0)
		exit(0);
	length += (size_t)got;
	line[length] = '\0';
	while ((end = strchr(line, '\n')) != NULL) {
		*end = '\0';
		broadcast(line, ++seq);
		length -= (size_t)(end + 1 - line);
		memmove(line, end + 1, length + 1);
	}
}

/* An empty PARAMS record ends what we want to know of a request. */
static void
read_request(int descriptor)
{
	char buffer[BYTES_MAX];
	ssize_t length = recv(descriptor, buffer, sizeof(buffer), 0);
	struct span input = { buffer, length > 0 ? (size_t)length : 0 }, content;
	struct fastcgi_header header;
	enum fastcgi_step step;

	if (length < 0 && errno == EAGAIN)
		return;
	if (length <= 0) {
		streams[descriptor].is_open = false;
		close(descriptor);
		return;
	}
	while ((step = fastcgi_decode(&streams[descriptor].decoder, &input, &header, &content)) !=
	       FASTCGI_STARVED)
		if (step == FASTCGI_FINISHED && header.type == FASTCGI_PARAMS &&
		    header.content_length == 0)
			greet(descriptor);
}

static void
accept_all(int epoll)
{
	int descriptor;

	while ((descriptor = accept4(STDIN_FILENO, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		struct epoll_event event = { .events = EPOLLIN, .data.fd = descriptor };

		if (descriptor >= STREAMS_MAX ||
		    epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) != 0)
			die("too many streams");
		streams[descriptor] = (struct stream){ .is_open = false };
	}
}

int
main(void)
{
	struct epoll_event events[TURN_EVENTS];
	struct epoll_event listener = { .events = EPOLLIN, .data.fd = STDIN_FILENO };
	struct epoll_event commands = { .events = EPOLLIN, .data.fd = COMMANDS };
	int epoll = epoll_create1(0);

	fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &listener) != 0 ||
	    epoll_ctl(epoll, EPOLL_CTL_ADD, COMMANDS, &commands) != 0)
		die("epoll_ctl");
	for (;;) {
		int count = epoll_wait(epoll, events, TURN_EVENTS, -1);

		for (int i = 0; i < count; i++) {
			if (events[i].data.fd == STDIN_FILENO)
				accept_all(epoll);
			else if (events[i].data.fd == COMMANDS)
				read_commands();
			else
				read_request(events[i].data.fd);
		}
	}
}
