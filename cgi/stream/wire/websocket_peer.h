/*
 * The WebSocket of a peer.  Its handshake is answered when the database has given its
 * verdict; until then its client has nothing to say.
 */
#ifndef PGBELL_WEBSOCKET_PEER_H
#define PGBELL_WEBSOCKET_PEER_H

#include "cgi/stream/events/frame.h"
#include "cgi/stream/wire/websocket_reader.h"

#define WEBSOCKET_PEER_READ_BYTES 16384

struct websocket_peer;

/* Make one whose handshake this will answer.  Out of memory ends the process. */
struct websocket_peer *websocket_peer_create(const char accept[WEBSOCKET_ACCEPT_BYTES]);

/* Append the answer to the handshake: it is open from now on. */
void websocket_peer_open(struct websocket_peer *websocket, struct frame_builder *builder);

bool websocket_peer_has_opened(const struct websocket_peer *websocket);

/* The messages of its client; each call says whether to go on reading. */
struct websocket_peer_events {
	bool (*on_message)(void *owner, struct span text);
	bool (*on_ping)(void *owner, struct span content); /* to be sent back */
	/* code: what it is to be closed with; what it sends besides is passed over */
	bool (*on_closing)(void *owner, uint16_t code, bool is_fault);
};

enum websocket_peer_result { WEBSOCKET_PEER_OK, WEBSOCKET_PEER_GONE };

/*
 * Read what has come on a descriptor, some of it, and no further than it is told to: what is
 * behind stays in the descriptor.  WEBSOCKET_PEER_GONE: the other end left, or has said something
 * before it was open.
 */
enum websocket_peer_result websocket_peer_read(struct websocket_peer *websocket, int descriptor,
    const struct websocket_peer_events *events, void *owner) __attribute__((warn_unused_result));

/* A heartbeat: how many there were since its client was heard, this one included. */
unsigned websocket_peer_count_beat(struct websocket_peer *websocket);

/* Release it; NULL is fine. */
void websocket_peer_free(struct websocket_peer *websocket);

#endif
