/*
 * A message may be the last that is taken for a while, and what is behind it is to wait in
 * the descriptor: so what has come is looked at, and taken out as far as it was used.
 */
#include "cgi/stream/wire/websocket_peer.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

/*
 *   PENDING  its handshake is not answered yet
 *      |  websocket_peer_open()
 *   OPEN     what its client says is taken
 *      |  its client closes, or is against the protocol
 *   OVER     what its client says is passed over
 */
enum websocket_state { WEBSOCKET_PENDING, WEBSOCKET_OPEN, WEBSOCKET_OVER };

struct websocket_peer {
	struct websocket_reader reader;
	char accept[WEBSOCKET_ACCEPT_BYTES];
	uint8_t beats;
	enum websocket_state state;
};

struct websocket_peer *
websocket_peer_create(const char accept[WEBSOCKET_ACCEPT_BYTES])
{
	struct websocket_peer *websocket = calloc(1, sizeof(*websocket));

	if (websocket == NULL)
		abort();
	memcpy(websocket->accept, accept, WEBSOCKET_ACCEPT_BYTES);
	return websocket;
}

void
websocket_peer_open(struct websocket_peer *websocket, struct frame_builder *builder)
{
	frame_add_content(builder, span_of("HTTP/1.1 101 Switching Protocols\r\n"
					   "Upgrade: websocket\r\n"
					   "Connection: Upgrade\r\n"
					   "Sec-WebSocket-Accept: "));
	frame_add_content(builder, span_of(websocket->accept));
	frame_add_content(builder, span_of("\r\n\r\n"));
	websocket->state = WEBSOCKET_OPEN;
}

bool
websocket_peer_has_opened(const struct websocket_peer *websocket)
{
	return websocket->state != WEBSOCKET_PENDING;
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
	static char scratch[WEBSOCKET_PEER_READ_BYTES];

	if (to > *from)
		(void)recv(descriptor, scratch, (size_t)(to - *from), 0);
	*from = to;
}

static bool
report(struct websocket_peer *websocket, const struct websocket_received *received,
    const struct websocket_peer_events *events, void *owner)
{
	websocket->beats = 0;
	switch (received->opcode) {
	case WEBSOCKET_TEXT: return events->on_message(owner, received->content);
	case WEBSOCKET_PING: return events->on_ping(owner, received->content);
	case WEBSOCKET_CLOSE: return events->on_closing(owner, answer_code(received->code), false);
	default: return true; /* a pong, which says that it is there, and nothing else */
	}
}

/* Whether nothing behind it is read any more (RFC 6455 section 5.5.1). */
static bool
is_last(enum websocket_step step, const struct websocket_received *received)
{
	return step == WEBSOCKET_FAILED ||
	       (step == WEBSOCKET_RECEIVED && received->opcode == WEBSOCKET_CLOSE);
}

/* It may itself be gone when an event has said not to go on. */
static void
take(struct websocket_peer *websocket, int descriptor, struct span input,
    const struct websocket_peer_events *events, void *owner)
{
	struct websocket_received received;
	const char *from = input.at;
	enum websocket_step step;

	do {
		step = websocket_read(&websocket->reader, &input, &received);
		if (is_last(step, &received)) {
			websocket->state = WEBSOCKET_OVER;
			input.at += input.len;
		}
		consume(descriptor, &from, input.at);
		if (step == WEBSOCKET_FAILED)
			(void)events->on_closing(owner, received.code, true);
	} while (step == WEBSOCKET_RECEIVED && report(websocket, &received, events, owner) &&
		 websocket->state == WEBSOCKET_OPEN);
}

enum websocket_peer_result
websocket_peer_read(struct websocket_peer *websocket, int descriptor,
    const struct websocket_peer_events *events, void *owner)
{
	static char buffer[WEBSOCKET_PEER_READ_BYTES];
	ssize_t length = recv(descriptor, buffer, sizeof(buffer), MSG_PEEK);
	const char *from = buffer;

	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return WEBSOCKET_PEER_OK;
	if (length <= 0 || websocket->state == WEBSOCKET_PENDING)
		return WEBSOCKET_PEER_GONE;
	if (websocket->state == WEBSOCKET_OVER)
		consume(descriptor, &from, buffer + length);
	else
		take(websocket, descriptor, (struct span){ buffer, (size_t)length }, events, owner);
	return WEBSOCKET_PEER_OK;
}

unsigned
websocket_peer_count_beat(struct websocket_peer *websocket)
{
	if (websocket->beats < UINT8_MAX)
		websocket->beats++;
	return websocket->beats;
}

void
websocket_peer_free(struct websocket_peer *websocket)
{
	if (websocket == NULL)
		return;
	websocket_reader_clear(&websocket->reader);
	free(websocket);
}
