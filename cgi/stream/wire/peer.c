/*
 * Two events of libevent for a peer that serves, and one more for one that
 * has finished and is waited for.
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
#include "cgi/stream/wire/outbox.h"

/*
 *   READING   the request comes in; its owner gets the bytes
 *      |  peer_set_request()
 *   SERVING   the owner sends; what arrives is looked at for an abort
 *      |  peer_finish(): no owner any more, and PEER_LINGER_S from now on it is closed
 *   FLUSHING  what is queued is written
 *      |  all is
 *   LINGERING the web server has yet to end its standard input
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
	struct fastcgi_decoder decoder;
	uint16_t request_id;
	enum peer_state state;
	bool plain;
	bool has_all_input; /* no end of standard input is to come */
};

static size_t peers;

static void on_readable(int descriptor, short what, void *argument);
static void on_plain_change(int descriptor, short what, void *argument);
static void on_writable(int descriptor, short what, void *argument);

struct peer *
peer_create(struct event_base *base, int descriptor, bool plain)
{
	struct peer *peer = calloc(1, sizeof(*peer));

	if (peer == NULL)
		abort();
	peer->descriptor = descriptor;
	peer->plain = plain;
	peer->has_all_input = true; /* until there is a request */
	peer->request_id = FRAME_REQUEST_ID;
	outbox_init(&peer->outbox, descriptor, plain);
	peers++;
	if (plain)
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

/* Whether the web server aborts the request in these bytes (or talks nonsense). */
static bool
is_aborted(struct peer *peer, struct span input)
{
	struct fastcgi_header header;
	struct span content;

	for (;;) {
		switch (fastcgi_decode(&peer->decoder, &input, &header, &content)) {
		case FASTCGI_STARVED: return false;
		case FASTCGI_INVALID: return true;
		case FASTCGI_RECORD:
			if (header.request_id != peer->request_id)
				break;
			if (header.type == FASTCGI_ABORT_REQUEST)
				return true;
			if (header.type == FASTCGI_STDIN && header.content_length == 0)
				peer->has_all_input = true;
			break;
		case FASTCGI_CONTENT:
		case FASTCGI_FINISHED: break;
		}
	}
}

enum peer_result
peer_set_request(
    struct peer *peer, const struct fastcgi_decoder *decoder, uint16_t id, struct span rest)
{
	peer->decoder = *decoder;
	peer->request_id = id;
	peer->state = PEER_SERVING;
	peer->has_all_input = false;
	return is_aborted(peer, rest) ? PEER_BROKEN : PEER_OK;
}

/*
 * All is written.  A web server that has yet to send the end of its standard
 * input takes a closed socket for a failure and throws our answer away
 * (Apache says 503), so it may finish first.
 */
static void
linger(struct peer *peer)
{
	if (peer->has_all_input) {
		peer_close(peer);
		return;
	}
	peer->state = PEER_LINGERING;
	(void)shutdown(peer->descriptor, SHUT_WR);
}

static void
on_readable(int descriptor, short what, void *argument)
{
	static char buffer[PEER_READ_BYTES];
	struct peer *peer = argument;
	struct span input = { buffer, 0 };
	ssize_t length = read(descriptor, buffer, sizeof(buffer));

	(void)what;
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
	} else if (is_aborted(peer, input)) {
		lose(peer);
	} else if (peer->state == PEER_LINGERING && peer->has_all_input) {
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
		    EV_WRITE | (peer->plain ? EV_ET : 0), on_writable, peer);
	if (peer->writable == NULL)
		abort();
	(void)event_add(peer->writable, NULL);
}

static enum peer_result
send_now(struct peer *peer, const struct frame_part *parts, size_t count)
{
	enum outbox_result result = outbox_send(&peer->outbox, parts, count);

	if (result == OUTBOX_WAITING)
		await_writable(peer);
	return result == OUTBOX_BROKEN ? PEER_BROKEN : PEER_OK;
}

/* A private copy of a part for this peer's request; the caller releases its frames. */
static struct frame_part
copy_part(const struct peer *peer, const struct frame_part *part)
{
	struct frame_part copy = {
		.frame = frame_copy_for(part->frame, part->from, part->to, peer->request_id),
		.to = part->to - part->from,
	};

	if (part->tail != NULL) {
		copy.tail =
		    frame_copy_for(part->tail, part->tail_from, part->tail_to, peer->request_id);
		copy.tail_to = part->tail_to - part->tail_from;
	}
	return copy;
}

static enum peer_result
send_copies(struct peer *peer, const struct frame_part *parts, size_t count)
{
	struct frame_part copies[OUTBOX_PARTS_MAX] = { 0 };
	enum peer_result result;

	for (size_t i = 0; i < count; i++)
		copies[i] = copy_part(peer, &parts[i]);
	result = send_now(peer, copies, count);
	for (size_t i = 0; i < count; i++) {
		frame_release(copies[i].frame);
		frame_release(copies[i].tail);
	}
	return result;
}

enum peer_result
peer_send_parts(struct peer *peer, const struct frame_part *parts, size_t count)
{
	if (peer->plain || peer->request_id == FRAME_REQUEST_ID)
		return send_now(peer, parts, count);
	return send_copies(peer, parts, count);
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
peer_finish(struct peer *peer)
{
	struct frame_builder builder = { 0 };
	struct frame *end;

	peer->events = NULL;
	peer->owner = NULL;
	peer->state = PEER_FLUSHING;
	frame_add_end(&builder);
	end = frame_finish(&builder);
	if (peer_send(peer, end, 0, end->length) == PEER_BROKEN)
		peer_close(peer);
	else if (peer_backlog(peer) == 0)
		linger(peer);
	if (peer->state != PEER_CLOSED)
		start_deadline(peer);
	frame_release(end);
}
