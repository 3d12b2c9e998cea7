/*
 * The web server's end of a request, for tests: a socket pair of which one
 * end is a peer, and the other takes the records apart as they come.
 */
#ifndef PGBELL_TESTS_WIRE_H
#define PGBELL_TESTS_WIRE_H

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cgi/stream/parts/deferred_free.h"
#include "cgi/stream/wire/peer.h"

#define WIRE_CONTENT_MAX (4 << 20)

struct wire {
	struct peer *peer;
	int far; /* what the web server holds */
	uint16_t id;
	struct fastcgi_decoder decoder;
	struct fastcgi_header header;
	char *content; /* of the STDOUT records so far, NUL-terminated */
	size_t length;
	size_t records;
	bool stdout_ended, ended, closed;
};

/* One turn of the event loop, as the program makes them. */
static inline void
wire_turn(struct event_base *base)
{
	event_base_loop(base, EVLOOP_NONBLOCK);
	deferred_free_now();
}

/* Connect a far end to a new peer, whose request with this id has come in. */
static inline void
wire_open(struct wire *wire, struct event_base *base, uint16_t id)
{
	const struct fastcgi_decoder start = { 0 };
	uint8_t no_input[FASTCGI_HEADER_BYTES];
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) != 0)
		abort();
	*wire = (struct wire){ .far = ends[1], .id = id, .content = calloc(1, WIRE_CONTENT_MAX) };
	if (wire->content == NULL)
		abort();
	wire->peer = peer_create(base, ends[0], FRAME_RECORDS);
	fastcgi_encode_header(no_input, FASTCGI_STDIN, id, 0);
	if (peer_set_request(wire->peer, &start, id,
		(struct span){ (const char *)no_input, sizeof(no_input) }) != PEER_OK)
		abort();
}

static inline void
wire_take(struct wire *wire, struct span input)
{
	struct span content;

	for (;;) {
		switch (fastcgi_decode(&wire->decoder, &input, &wire->header, &content)) {
		case FASTCGI_STARVED: return;
		case FASTCGI_INVALID: abort();
		case FASTCGI_RECORD:
			if (wire->header.request_id != wire->id || wire->ended ||
			    wire->header.content_length > FASTCGI_CONTENT_MAX)
				abort();
			wire->records++;
			break;
		case FASTCGI_CONTENT:
			if (wire->header.type != FASTCGI_STDOUT)
				break;
			if (wire->stdout_ended || wire->length + content.len >= WIRE_CONTENT_MAX)
				abort();
			memcpy(wire->content + wire->length, content.at, content.len);
			wire->length += content.len;
			break;
		case FASTCGI_FINISHED:
			wire->stdout_ended |=
			    wire->header.type == FASTCGI_STDOUT && wire->header.content_length == 0;
			wire->ended |= wire->header.type == FASTCGI_END_REQUEST;
			break;
		}
	}
}

/* Read up to most bytes of what has come; returns how many there were. */
static inline size_t
wire_read_some(struct wire *wire, size_t most)
{
	static char buffer[65536];
	size_t total = 0;

	while (total < most) {
		size_t room = most - total < sizeof(buffer) ? most - total : sizeof(buffer);
		ssize_t length = read(wire->far, buffer, room);

		wire->closed |= length == 0;
		if (length <= 0)
			break;
		wire_take(wire, (struct span){ buffer, (size_t)length });
		total += (size_t)length;
	}
	return total;
}

/* Read all that is there now, and what comes when room is made for it. */
static inline void
wire_read(struct wire *wire, struct event_base *base)
{
	do
		wire_turn(base);
	while (wire_read_some(wire, SIZE_MAX) > 0);
}

/* Forget what has been read. */
static inline void
wire_forget(struct wire *wire)
{
	memset(wire->content, 0, wire->length);
	wire->length = wire->records = 0;
}

/* Release the far end; the peer is its owner's. */
static inline void
wire_close(struct wire *wire)
{
	if (wire->far >= 0)
		close(wire->far);
	wire->far = -1;
	free(wire->content);
	wire->content = NULL;
}

/* Hang up, as a web server does whose client has left. */
static inline void
wire_hang_up(struct wire *wire)
{
	close(wire->far);
	wire->far = -1;
}

#endif
