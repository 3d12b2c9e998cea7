/*
 * A peer: the web server's end of one request.  Behind a web server a unix
 * socket, at one door with FastCGI records on it, at the other with a request
 * of HTTP/1.1 that may become a WebSocket; in plain CGI our standard output.
 * Writes never block: what the socket does not take is queued.
 *
 * A peer is created by the intake, changes its owner as the request goes on
 * (intake, opening, client), and leaves in one of two ways: peer_finish()
 * lets it go when all is written, peer_close() at once.
 */
#ifndef PGBELL_PEER_H
#define PGBELL_PEER_H

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cgi/stream/events/frame.h"
#include "common/fastcgi.h"

#define PEER_READ_BYTES 16384
#define PEER_LINGER_S 10 /* how long a finished peer may take to read the rest */
#define PEER_BEATS_UNANSWERED_MAX \
	2 /* heartbeats that a WebSocket's client may leave without a word */

struct peer;

enum peer_result { PEER_OK, PEER_BROKEN };

/* The events of a peer, for its owner; each may be NULL.  In on_gone the peer must be closed. */
struct peer_events {
	void (*on_bytes)(void *owner, struct span bytes); /* until peer_set_request() */
	void (*on_gone)(void *owner);                     /* it left, aborted or broke */
	void (*on_drained)(void *owner);                  /* the queue has become empty */
	/* of a WebSocket that is open: its client says something, or that it goes */
	void (*on_message)(void *owner, struct span text);
	void (*on_closing)(void *owner, uint16_t code, bool is_fault);
};

/*
 * Take a connected, non-blocking descriptor over.  form: what is spoken on it; of bare
 * content nothing is read.  Out of memory ends the process.
 */
struct peer *peer_create(struct event_base *base, int descriptor, enum frame_form form);

/* In which form it is sent frames. */
enum frame_form peer_form(const struct peer *peer);

/* Set the owner that gets its events from now on.  events and owner are borrowed. */
void peer_set_owner(struct peer *peer, const struct peer_events *events, void *owner);

/*
 * The request has come in: what still arrives is standard input, which is
 * passed over, or an abort.  decoder is where the reading of records stands,
 * rest what has been read behind it.  PEER_BROKEN: the rest holds an abort.
 */
enum peer_result peer_set_request(struct peer *peer, const struct fastcgi_decoder *decoder,
    uint16_t id, struct span rest) __attribute__((warn_unused_result));

/*
 * At the other door: the head has come in, and this answers its handshake, or is
 * NULL where it is refused.  Nothing is to come before peer_open(); PEER_BROKEN:
 * rest, which was read behind the head, is something.
 */
enum peer_result peer_set_handshake(struct peer *peer, const char *accept, struct span rest)
    __attribute__((warn_unused_result));

/*
 * It is a WebSocket, at that door: say so at the beginning of what is sent next, and
 * read messages from now on.  At other doors nothing is to be said.
 */
void peer_open(struct peer *peer, struct frame_builder *builder);

/*
 * Read no message of it until it is resumed: its client has said as much as is taken
 * at a time.  Its further messages wait in its socket.
 */
void peer_pause(struct peer *peer);
void peer_resume(struct peer *peer);

/* Once each heartbeat: whether the last PEER_BEATS_UNANSWERED_MAX brought no word of its client. */
bool peer_is_silent(struct peer *peer);

/*
 * Send the bytes from..to of a frame of its form, whole records, in order behind what is
 * queued; takes a reference of its own where it needs one.  PEER_BROKEN:
 * the web server is gone; on_gone is not called for it.
 */
enum peer_result peer_send(struct peer *peer, struct frame *frame, size_t from, size_t to)
    __attribute__((warn_unused_result));

/* The same for parts that are sent together, OUTBOX_PARTS_MAX at most and none of them empty. */
enum peer_result peer_send_parts(struct peer *peer, const struct frame_part *parts, size_t count)
    __attribute__((warn_unused_result));

/* Bytes that wait for the socket. */
size_t peer_backlog(const struct peer *peer);

/* The same of all peers together. */
size_t peer_backlog_of_all(void);

/* Whether nothing was written since the last call although something waits. */
bool peer_is_stalled(struct peer *peer);

/*
 * End the response behind what is queued and let the peer go; it has no owner any more.  code: what
 * a WebSocket is closed with.
 */
void peer_finish(struct peer *peer, uint16_t code);

/* Close at once and let the peer go.  NULL and a closed peer are fine. */
void peer_close(struct peer *peer);

/* How many peers there are, those that have finished and still write included. */
size_t peer_count(void);

#endif
