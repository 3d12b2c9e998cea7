/*
 * A message may be the last that is taken for a while, and what is behind it is to wait in
 * the descriptor: so what has come is looked at, and taken out as far as it was used.
 */
#include "cgi/stream/wire/socket.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

struct socket {
	struct websocket_reader reader;
	char accept[WEBSOCKET_ACCEPT_BYTES];
	uint8_t beats;
	bool is_open;
	bool is_over; /* its client has said goodbye, or nothing that can be understood */
};

struct socket *
socket_create(const char accept[WEBSOCKET_ACCEPT_BYTES])
{
	struct socket *socket = calloc(1, sizeof(*socket));

	if (socket == NULL)
		abort();
	memcpy(socket->accept, accept, WEBSOCKET_ACCEPT_BYTES);
	return socket;
}

void
socket_open(struct socket *socket, struct frame_builder *builder)
{
	frame_add_content(builder, span_of("HTTP/1.1 101 Switching Protocols\r\n"
					   "Upgrade: websocket\r\n"
					   "Connection: Upgrade\r\n"
					   "Sec-WebSocket-Accept: "));
	frame_add_content(builder, span_of(socket->accept));
	frame_add_content(builder, span_of("\r\n\r\n"));
	socket->is_open = true;
}

bool
socket_is_open(const struct socket *socket)
{
	return socket->is_open;
}

/* A close is answered with its own code (RFC 6455 section 5.5.1); one that gives none, as usual. */
static uint16_t
answer_code(uint16_t code)
{
	return code == WEBSOCKET_NO_CODE ? WEBSOCKET_NORMAL : code;
}

/*
 * Take out of the descriptor what was looked at up to here.  Before anybody acts on it: a unix
 * socket that is closed with something unread in it is a reset to the other end.
 */
static void
consume(int descriptor, const char **from, const char *to)
{
	static char scratch[SOCKET_READ_BYTES];

	if (to > *from)
		(void)recv(descriptor, scratch, (size_t)(to - *from), 0);
	*from = to;
}

static bool
tell(struct socket *socket, const struct websocket_received *received,
    const struct socket_events *events, void *owner)
{
	socket->beats = 0;
	switch (received->opcode) {
	case WEBSOCKET_TEXT: return events->on_message(owner, received->content);
	case WEBSOCKET_PING: return events->on_ping(owner, received->content);
	case WEBSOCKET_CLOSE:
		socket->is_over = true;
		return events->on_goodbye(owner, answer_code(received->code), false);
	default: return true; /* a pong, which says that it is there, and nothing else */
	}
}

/* The socket itself may be gone when an event has said not to go on. */
static void
take(struct socket *socket, int descriptor, struct span input, const struct socket_events *events,
    void *owner)
{
	struct websocket_received received;
	const char *from = input.at;
	enum websocket_step step;

	do {
		step = websocket_read(&socket->reader, &input, &received);
		socket->is_over |= step == WEBSOCKET_FAILED;
		if (socket->is_over)
			input.at += input.len;
		consume(descriptor, &from, input.at);
		if (step == WEBSOCKET_FAILED)
			(void)events->on_goodbye(owner, received.code, true);
	} while (step == WEBSOCKET_RECEIVED && tell(socket, &received, events, owner));
}

enum socket_result
socket_read(struct socket *socket, int descriptor, const struct socket_events *events, void *owner)
{
	static char buffer[SOCKET_READ_BYTES];
	ssize_t length = recv(descriptor, buffer, sizeof(buffer), MSG_PEEK);
	const char *from = buffer;

	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return SOCKET_OK;
	if (length <= 0 || !socket->is_open)
		return SOCKET_GONE;
	if (socket->is_over)
		consume(descriptor, &from, buffer + length);
	else
		take(socket, descriptor, (struct span){ buffer, (size_t)length }, events, owner);
	return SOCKET_OK;
}

unsigned
socket_count_beat(struct socket *socket)
{
	if (socket->beats < UINT8_MAX)
		socket->beats++;
	return socket->beats;
}

void
socket_free(struct socket *socket)
{
	if (socket == NULL)
		return;
	websocket_reader_clear(&socket->reader);
	free(socket);
}
