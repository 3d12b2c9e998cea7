/*
 * A socket: what a peer has besides, when it is a WebSocket.  Its handshake is
 * answered when the database has said who it is; until then its client has
 * nothing to say.
 */
#ifndef PGBELL_SOCKET_H
#define PGBELL_SOCKET_H

#include "cgi/stream/events/frame.h"
#include "cgi/stream/wire/websocket_reader.h"

#define SOCKET_READ_BYTES 16384

struct socket;

/* Make one whose handshake this will answer.  Out of memory ends the process. */
struct socket *socket_create(const char accept[WEBSOCKET_ACCEPT_BYTES]);

/* Append the answer to the handshake: it is open from now on. */
void socket_open(struct socket *socket, struct frame_builder *builder);

bool socket_is_open(const struct socket *socket);

/* What is read of its client; each says whether to go on reading. */
struct socket_events {
	bool (*on_message)(void *owner, struct span text);
	bool (*on_ping)(void *owner, struct span content); /* to be sent back */
	/* code: what it is to be closed with; what it sends besides is passed over */
	bool (*on_goodbye)(void *owner, uint16_t code, bool is_fault);
};

enum socket_result { SOCKET_OK, SOCKET_GONE };

/*
 * Read what has come on a descriptor, some of it, and no further than it is told to: what is
 * behind stays in the descriptor.  SOCKET_GONE: the other end left, or has said something before
 * it was open.
 */
enum socket_result socket_read(struct socket *socket, int descriptor,
    const struct socket_events *events, void *owner) __attribute__((warn_unused_result));

/* A heartbeat: how many there were since its client was heard, this one included. */
unsigned socket_count_beat(struct socket *socket);

/* Release it; NULL is fine. */
void socket_free(struct socket *socket);

#endif
