/*
 * The common case costs one send() and no allocation: the queue exists only
 * while the socket is full.  A queued range holds a reference to its frame,
 * so a frame that a thousand slow clients still want exists once.
 */
#include "cgi/stream/wire/peer.h"

#include <errno.h>
#include <event2/event_struct.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "cgi/stream/parts/deferred_free.h"
#include "common/clock.h"

enum peer_state { PEER_READING, PEER_SERVING, PEER_FINISHING, PEER_CLOSED };

struct range {
	STAILQ_ENTRY(range) next;
	struct frame *frame;
	size_t from, to;
};

struct peer {
	struct event readable;
	struct event *writable; /* made when the socket is full for the first time */
	const struct peer_events *events;
	void *owner;
	STAILQ_HEAD(, range) queue;
	size_t backlog;
	int descriptor;
	struct fastcgi_decoder decoder;
	uint16_t request_id;
	enum peer_state state;
	time_t finish_by_s; /* of the monotonic clock; once it is finishing */
	bool plain;
	bool tears;         /* the socket took part of a portion: it is no unix socket */
	bool has_all_input; /* no end of standard input is to come */
	bool progressed;    /* something was written since peer_is_stalled() asked */
};

static size_t peers, backlog_of_all;

static void on_readable(int descriptor, short what, void *argument);
static void on_plain_change(int descriptor, short what, void *argument);
static void on_writable(int descriptor, short what, void *argument);

struct peer *
peer_create(struct event_base *base, int descriptor, bool plain)
{
	struct peer *peer = calloc(1, sizeof(*peer));
	int size = PEER_SEND_BUFFER_BYTES;

	if (peer == NULL)
		abort();
	peer->descriptor = descriptor;
	peer->plain = plain;
	peer->has_all_input = true; /* until there is a request */
	peer->request_id = FRAME_REQUEST_ID;
	peer->progressed = true;
	STAILQ_INIT(&peer->queue);
	peers++;
	/* Neither can fail in a way that matters: a file or pipe just has no such thing. */
	(void)setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
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
	return peer->backlog;
}

size_t
peer_backlog_of_all(void)
{
	return backlog_of_all;
}

size_t
peer_count(void)
{
	return peers;
}

bool
peer_is_stalled(struct peer *peer)
{
	bool stalled = peer->backlog > 0 && !peer->progressed;

	peer->progressed = false;
	return stalled;
}

static void
grow_backlog(struct peer *peer, size_t bytes)
{
	peer->backlog += bytes;
	backlog_of_all += bytes;
}

static void
shrink_backlog(struct peer *peer, size_t bytes)
{
	peer->backlog -= bytes;
	backlog_of_all -= bytes;
}

static void
pop(struct peer *peer)
{
	struct range *range = STAILQ_FIRST(&peer->queue);

	STAILQ_REMOVE_HEAD(&peer->queue, next);
	shrink_backlog(peer, range->to - range->from);
	frame_release(range->frame);
	free(range);
}

void
peer_close(struct peer *peer)
{
	if (peer == NULL || peer->state == PEER_CLOSED)
		return;
	peer->state = PEER_CLOSED;
	while (!STAILQ_EMPTY(&peer->queue))
		pop(peer);
	event_del(&peer->readable);
	if (peer->writable != NULL)
		event_free(peer->writable);
	close(peer->descriptor);
	peers--;
	deferred_free(peer);
}

/* The peer left: tell the owner, who closes; a finishing peer has none. */
static void
lose(struct peer *peer)
{
	if (peer->state == PEER_FINISHING)
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
close_when_read(struct peer *peer)
{
	const struct timeval left = { peer->finish_by_s - clock_steady_s(), 0 };

	if (peer->has_all_input || left.tv_sec <= 0) {
		peer_close(peer);
		return;
	}
	(void)shutdown(peer->descriptor, SHUT_WR);
	(void)event_add(&peer->readable, &left);
}

static void
on_readable(int descriptor, short what, void *argument)
{
	static char buffer[PEER_READ_BYTES];
	struct peer *peer = argument;
	struct span input = { buffer, 0 };
	ssize_t length;

	if ((what & EV_TIMEOUT) != 0) {
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
	} else if (is_aborted(peer, input)) {
		lose(peer);
	} else if (peer->state == PEER_FINISHING && peer->backlog == 0) {
		close_when_read(peer);
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

/* Write once; the number of bytes, 0 when the socket is full, or -1 when it is broken. */
static ssize_t
put_once(struct peer *peer, const uint8_t *bytes, size_t length)
{
	ssize_t written;

	do
		written = peer->plain ? write(peer->descriptor, bytes, length)
				      : send(peer->descriptor, bytes, length, MSG_NOSIGNAL);
	while (written < 0 && errno == EINTR);
	peer->progressed |= written > 0;
	return written < 0 && errno == EAGAIN ? 0 : written;
}

/*
 * Write what the socket takes now, in whole records, as long as the socket
 * takes a portion whole or not at all: should this process die, the web
 * server ends the answer in good order behind what it was given, and a client
 * must not find half an event there.
 */
static ssize_t
put(struct peer *peer, const struct frame *frame, size_t from, size_t to)
{
	const size_t start = from;

	while (from < to) {
		size_t cut = peer->tears ? to : frame_find_cut(frame, from, to, PEER_PORTION_BYTES);
		ssize_t written = put_once(peer, frame->bytes + from, cut - from);

		if (written < 0)
			return -1;
		from += (size_t)written;
		peer->tears |= written > 0 && from < cut;
		if (from < cut)
			break;
	}
	return (ssize_t)(from - start);
}

/* Reading a little now and then does not give a finishing peer more time. */
static void
await_writable(struct peer *peer)
{
	struct timeval left = { 0, 0 };

	if (peer->writable == NULL)
		peer->writable = event_new(event_get_base(&peer->readable), peer->descriptor,
		    EV_WRITE | (peer->plain ? EV_ET : 0), on_writable, peer);
	if (peer->writable == NULL)
		abort();
	if (peer->state == PEER_FINISHING && peer->finish_by_s > clock_steady_s())
		left.tv_sec = peer->finish_by_s - clock_steady_s();
	(void)event_add(peer->writable, peer->state == PEER_FINISHING ? &left : NULL);
}

static void
enqueue(struct peer *peer, struct frame *frame, size_t from, size_t to)
{
	struct range *range = malloc(sizeof(*range));

	if (range == NULL)
		abort();
	*range = (struct range){ .frame = frame_hold(frame), .from = from, .to = to };
	STAILQ_INSERT_TAIL(&peer->queue, range, next);
	grow_backlog(peer, to - from);
	await_writable(peer);
}

enum peer_result
peer_send(struct peer *peer, struct frame *frame, size_t from, size_t to)
{
	struct frame *copy = NULL;
	ssize_t written = 0;

	if (!peer->plain && peer->request_id != FRAME_REQUEST_ID) {
		frame = copy = frame_copy_for(frame, from, to, peer->request_id);
		to -= from;
		from = 0;
	}
	if (peer->backlog == 0)
		written = put(peer, frame, from, to);
	if (written >= 0 && from + (size_t)written < to)
		enqueue(peer, frame, from + (size_t)written, to);
	frame_release(copy);
	return written < 0 ? PEER_BROKEN : PEER_OK;
}

static void
on_writable(int descriptor, short what, void *argument)
{
	struct peer *peer = argument;
	ssize_t written = (what & EV_TIMEOUT) != 0 ? -1 : 0;

	(void)descriptor;
	while (written >= 0 && peer->backlog > 0) {
		struct range *range = STAILQ_FIRST(&peer->queue);

		written = put(peer, range->frame, range->from, range->to);
		if (written < 0)
			break;
		range->from += (size_t)written;
		shrink_backlog(peer, (size_t)written);
		if (range->from < range->to) {
			await_writable(peer);
			return;
		}
		pop(peer);
	}
	if (written < 0)
		lose(peer);
	else if (peer->state == PEER_FINISHING)
		close_when_read(peer);
	else if (peer->events != NULL && peer->events->on_drained != NULL)
		peer->events->on_drained(peer->owner);
}

void
peer_finish(struct peer *peer)
{
	struct frame_builder builder = { 0 };
	struct frame *end;

	peer->events = NULL;
	peer->owner = NULL;
	peer->state = PEER_FINISHING;
	peer->finish_by_s = clock_steady_s() + PEER_LINGER_S;
	frame_add_end(&builder);
	end = frame_finish(&builder);
	if (peer_send(peer, end, 0, end->length) == PEER_BROKEN)
		peer_close(peer);
	else if (peer->backlog == 0)
		close_when_read(peer);
	else
		await_writable(peer);
	frame_release(end);
}
