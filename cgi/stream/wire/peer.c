/*
 * Two events of libevent for a peer that serves, and one more for one that
 * has finished and is waited for.  The doors differ at three places: in
 * the input, in the end of a response, and in the wait behind it.
 */
#include "cgi/stream/wire/peer.h"

#include <errno.h>
#include <event2/event_struct.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cgi/stream/parts/deferred_free.h"
#include "cgi/stream/parts/timer.h"
#include "cgi/stream/wire/fastcgi_input.h"
#include "cgi/stream/wire/outbox.h"
#include "cgi/stream/wire/websocket_peer.h"

/*
 *   READING   the request comes in; its owner gets the bytes
 *      |  peer_set_request(), peer_set_handshake()
 *   SERVING   the owner sends; what arrives is looked at for an abort, or is a WebSocket's
 *      |  peer_finish(): no owner any more, and PEER_LINGER_S from now on it is closed
 *   FLUSHING  what is queued is written
 *      |  all is
 *   LINGERING the web server has yet to end its standard input, or a client to close its side
 *      |  it has
 *   CLOSED    freed when the turn ends
 *
 * Each may be skipped, and peer_close() leads from any of them to CLOSED.
 */
enum peer_state { PEER_READING, PEER_SERVING, PEER_FLUSHING, PEER_LINGERING, PEER_CLOSED };

struct peer {
	struct event readable;
	struct event *writable; /* made when the socket is full for the first time */
	struct event *deadline; /* made by peer_finish() where there is something to wait for */
	const struct peer_events *events;
	void *owner;
	struct outbox outbox;
	int descriptor;
	enum frame_form form;
	enum peer_state state;
	struct fastcgi_input input;       /* at one door */
	struct websocket_peer *websocket; /* at the other: owned, once a handshake is accepted */
	bool client_has_closed;           /* of its client */
};

static size_t peers;

static void on_readable(int descriptor, short what, void *argument);
static void on_plain_change(int descriptor, short what, void *argument);
static void on_writable(int descriptor, short what, void *argument);

struct peer *
peer_create(struct event_base *base, int descriptor, enum frame_form form)
{
	struct peer *peer = calloc(1, sizeof(*peer));

	if (peer == NULL)
		abort();
	peer->descriptor = descriptor;
	peer->form = form;
	peer->input.has_ended = true; /* until there is a request */
	outbox_init(&peer->outbox, descriptor, form == FRAME_BARE);
	peers++;
	if (form == FRAME_BARE)
		event_assign(&peer->readable, base, descriptor, EV_READ | EV_PERSIST | EV_ET,
		    on_plain_change, peer);
	else
		event_assign(
		    &peer->readable, base, descriptor, EV_READ | EV_PERSIST, on_readable, peer);
	(void)event_add(&peer->readable, NULL);
	return peer;
}

void
peer_set_owner(struct peer *peer, const struct peer_events *events, void *owner)
{
	peer->events = events;
	peer->owner = owner;
}

enum frame_form
peer_form(const struct peer *peer)
{
	return peer->form;
}

size_t
peer_backlog(const struct peer *peer)
{
	return outbox_backlog(&peer->outbox);
}

size_t
peer_backlog_of_all(void)
{
	return outbox_backlog_of_all();
}

size_t
peer_count(void)
{
	return peers;
}

bool
peer_is_stalled(struct peer *peer)
{
	return outbox_is_stalled(&peer->outbox);
}

void
peer_close(struct peer *peer)
{
	if (peer == NULL || peer->state == PEER_CLOSED)
		return;
	peer->state = PEER_CLOSED;
	outbox_clear(&peer->outbox);
	event_del(&peer->readable);
	if (peer->writable != NULL)
		event_free(peer->writable);
	if (peer->deadline != NULL)
		event_free(peer->deadline);
	close(peer->descriptor);
	websocket_peer_free(peer->websocket);
	peers--;
	deferred_free(peer);
}

/* The peer left: tell the owner, who closes; a finished peer has none. */
static void
lose(struct peer *peer)
{
	if (peer->state == PEER_FLUSHING || peer->state == PEER_LINGERING)
		peer_close(peer);
	else if (peer->events != NULL && peer->events->on_gone != NULL)
		peer->events->on_gone(peer->owner);
}

enum peer_result
peer_set_request(
    struct peer *peer, const struct fastcgi_decoder *decoder, uint16_t id, struct span rest)
{
	peer->input = (struct fastcgi_input){ *decoder, id, false };
	outbox_set_request(&peer->outbox, id);
	peer->state = PEER_SERVING;
	return fastcgi_input_take(&peer->input, rest) ? PEER_OK : PEER_BROKEN;
}

enum peer_result
peer_set_handshake(struct peer *peer, const char *accept, struct span rest)
{
	peer->state = PEER_SERVING;
	if (accept != NULL)
		peer->websocket = websocket_peer_create(accept);
	return rest.len > 0 && accept != NULL ? PEER_BROKEN : PEER_OK;
}

void
peer_open(struct peer *peer, struct frame_builder *builder)
{
	if (peer->websocket != NULL)
		websocket_peer_open(peer->websocket, builder);
}

void
peer_pause(struct peer *peer)
{
	if (peer->websocket != NULL && peer->state == PEER_SERVING)
		event_del(&peer->readable);
}

void
peer_resume(struct peer *peer)
{
	if (peer->websocket != NULL && peer->state == PEER_SERVING)
		(void)event_add(&peer->readable, NULL);
}

bool
peer_is_silent(struct peer *peer)
{
	return peer->websocket != NULL &&
	       websocket_peer_count_beat(peer->websocket) > PEER_BEATS_UNANSWERED_MAX;
}

/*
 * All is written.  A web server that has yet to send the end of its standard
 * input takes a closed socket for a failure and throws our answer away
 * (Apache says 503), so it may finish first.  So may a WebSocket's client, which
 * else might be reset before it has read why it is closed (RFC 6455 section 7.1.1).
 */
static void
linger(struct peer *peer)
{
	bool is_open = peer->websocket != NULL && websocket_peer_has_opened(peer->websocket);

	if (is_open ? peer->client_has_closed : peer->input.has_ended) {
		peer_close(peer);
		return;
	}
	peer->state = PEER_LINGERING;
	if (peer->websocket == NULL)
		(void)shutdown(peer->descriptor, SHUT_WR);
}

/* --- what a WebSocket's client says ------------------------------------------ */

static bool
is_reading(const struct peer *peer)
{
	return peer->state != PEER_CLOSED && event_pending(&peer->readable, EV_READ, NULL);
}

static bool
on_websocket_message(void *argument, struct span text)
{
	struct peer *peer = argument;

	if (peer->state == PEER_SERVING)
		peer->events->on_message(peer->owner, text);
	return is_reading(peer);
}

/* A ping is answered at once, unless as much waits already: then its pong would only wait, too. */
static bool
on_websocket_ping(void *argument, struct span content)
{
	struct frame_builder builder = { .form = FRAME_MESSAGES };
	struct peer *peer = argument;
	struct frame *frame;

	if (peer->state != PEER_SERVING || peer_backlog(peer) > 0)
		return true;
	frame_add_control(&builder, WEBSOCKET_PONG, content);
	frame = frame_finish(&builder);
	if (peer_send(peer, frame, 0, frame->length) == PEER_BROKEN)
		lose(peer);
	frame_release(frame);
	return is_reading(peer);
}

/* After a fault what it goes on sending is read and forgotten, until it leaves. */
static bool
on_websocket_closing(void *argument, uint16_t code, bool is_fault)
{
	struct peer *peer = argument;

	peer->client_has_closed = !is_fault;
	if (peer->state == PEER_SERVING)
		peer->events->on_closing(peer->owner, code, is_fault);
	else if (peer->state == PEER_LINGERING && !is_fault)
		peer_close(peer);
	return is_reading(peer);
}

static const struct websocket_peer_events websocket_events = { on_websocket_message,
	on_websocket_ping, on_websocket_closing };

static void
on_readable(int descriptor, short what, void *argument)
{
	static char buffer[PEER_READ_BYTES];
	struct peer *peer = argument;
	struct span input = { buffer, 0 };
	ssize_t length;

	(void)what;
	if (peer->websocket != NULL) {
		if (websocket_peer_read(peer->websocket, descriptor, &websocket_events, peer) ==
		    WEBSOCKET_PEER_GONE)
			lose(peer);
		return;
	}
	length = read(descriptor, buffer, sizeof(buffer));
	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (length <= 0) {
		lose(peer);
		return;
	}
	input.len = (size_t)length;
	if (peer->state == PEER_READING) {
		if (peer->events != NULL && peer->events->on_bytes != NULL)
			peer->events->on_bytes(peer->owner, input);
	} else if (peer->form == FRAME_RECORDS && !fastcgi_input_take(&peer->input, input)) {
		lose(peer);
	} else if (peer->state == PEER_LINGERING && peer->input.has_ended) {
		peer_close(peer);
	}
}

/*
 * Nothing is read from standard output, but its other end tells that way that
 * it is gone.  Where it is a socket, as from Apache's mod_cgid, that is half
 * closed as soon as the request has been sent: no reason to leave, and seen
 * once, as a change.
 */
static void
on_plain_change(int descriptor, short what, void *argument)
{
	struct pollfd end = { .fd = descriptor };

	(void)what;
	if (poll(&end, 1, 0) > 0)
		lose(argument); /* POLLHUP or POLLERR: nothing else was asked for */
}

static void
await_writable(struct peer *peer)
{
	if (peer->writable == NULL)
		peer->writable = event_new(event_get_base(&peer->readable), peer->descriptor,
		    EV_WRITE | (peer->form == FRAME_BARE ? EV_ET : 0), on_writable, peer);
	if (peer->writable == NULL)
		abort();
	(void)event_add(peer->writable, NULL);
}

enum peer_result
peer_send_parts(struct peer *peer, const struct frame_part *parts, size_t count)
{
	enum outbox_result result = outbox_send(&peer->outbox, parts, count);

	if (result == OUTBOX_WAITING)
		await_writable(peer);
	return result == OUTBOX_BROKEN ? PEER_BROKEN : PEER_OK;
}

enum peer_result
peer_send(struct peer *peer, struct frame *frame, size_t from, size_t to)
{
	const struct frame_part part = {
		.frame = frame, .from = (uint32_t)from, .to = (uint32_t)to
	};

	return peer_send_parts(peer, &part, 1);
}

static void
on_writable(int descriptor, short what, void *argument)
{
	struct peer *peer = argument;

	(void)descriptor;
	(void)what;
	switch (outbox_flush(&peer->outbox)) {
	case OUTBOX_WAITING: await_writable(peer); break;
	case OUTBOX_BROKEN: lose(peer); break;
	case OUTBOX_EMPTY:
		if (peer->state == PEER_FLUSHING)
			linger(peer);
		else if (peer->events != NULL && peer->events->on_drained != NULL)
			peer->events->on_drained(peer->owner);
		break;
	}
}

static void
on_deadline(int descriptor, short what, void *argument)
{
	(void)descriptor;
	(void)what;
	peer_close(argument);
}

/* One for all that is still to come: reading a little now and then gives no more time. */
static void
start_deadline(struct peer *peer)
{
	peer->deadline = timer_make(event_get_base(&peer->readable), TIMER_ONCE, on_deadline, peer);
	timer_set(peer->deadline, PEER_LINGER_S * INT64_C(1000000));
}

void
peer_finish(struct peer *peer, uint16_t code)
{
	struct frame_builder builder = { .form = peer->form };
	struct frame *end;

	peer_resume(peer);
	peer->events = NULL;
	peer->owner = NULL;
	peer->state = PEER_FLUSHING;
	frame_add_end(&builder);
	if (peer->websocket != NULL && websocket_peer_has_opened(peer->websocket))
		frame_add_close(&builder, code);
	end = frame_finish(&builder);
	if (peer_send(peer, end, 0, end->length) == PEER_BROKEN)
		peer_close(peer);
	else if (peer_backlog(peer) == 0)
		linger(peer);
	if (peer->state != PEER_CLOSED)
		start_deadline(peer);
	frame_release(end);
}
