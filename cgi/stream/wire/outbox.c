/*
 * The common case costs one send() and no allocation: the queue exists only
 * while the socket is full.  A queued range holds a reference to its frame,
 * so a frame that a thousand slow clients still want exists once.
 */
#include "cgi/stream/wire/outbox.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct outbox_range {
	STAILQ_ENTRY(outbox_range) next;
	struct frame *frame;
	size_t from, to;
};

static size_t backlog_of_all;

void
outbox_init(struct outbox *outbox, int descriptor, bool plain)
{
	int size = OUTBOX_SEND_BUFFER_BYTES;

	*outbox = (struct outbox){ .descriptor = descriptor, .plain = plain, .progressed = true };
	STAILQ_INIT(&outbox->queue);
	/* It cannot fail in a way that matters: a file or pipe just has no such thing. */
	(void)setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

size_t
outbox_backlog(const struct outbox *outbox)
{
	return outbox->backlog;
}

size_t
outbox_backlog_of_all(void)
{
	return backlog_of_all;
}

bool
outbox_is_stalled(struct outbox *outbox)
{
	bool stalled = outbox->backlog > 0 && !outbox->progressed;

	outbox->progressed = false;
	return stalled;
}

static void
shrink_backlog(struct outbox *outbox, size_t bytes)
{
	outbox->backlog -= bytes;
	backlog_of_all -= bytes;
}

static void
enqueue(struct outbox *outbox, struct frame *frame, size_t from, size_t to)
{
	struct outbox_range *range = malloc(sizeof(*range));

	if (range == NULL)
		abort();
	*range = (struct outbox_range){ .frame = frame_hold(frame), .from = from, .to = to };
	STAILQ_INSERT_TAIL(&outbox->queue, range, next);
	outbox->backlog += to - from;
	backlog_of_all += to - from;
}

static void
pop(struct outbox *outbox)
{
	struct outbox_range *range = STAILQ_FIRST(&outbox->queue);

	STAILQ_REMOVE_HEAD(&outbox->queue, next);
	shrink_backlog(outbox, range->to - range->from);
	frame_release(range->frame);
	free(range);
}

void
outbox_clear(struct outbox *outbox)
{
	while (!STAILQ_EMPTY(&outbox->queue))
		pop(outbox);
}

/* Write once; the number of bytes, 0 when the socket is full, or -1 when it is broken. */
static ssize_t
put_once(struct outbox *outbox, const uint8_t *bytes, size_t length)
{
	ssize_t written;

	do
		written = outbox->plain ? write(outbox->descriptor, bytes, length)
					: send(outbox->descriptor, bytes, length, MSG_NOSIGNAL);
	while (written < 0 && errno == EINTR);
	outbox->progressed |= written > 0;
	return written < 0 && errno == EAGAIN ? 0 : written;
}

/*
 * Write what the socket takes now, in whole records, as long as the socket
 * takes a portion whole or not at all: should this process die, the web
 * server ends the answer in good order behind what it was given, and a client
 * must not find half an event there.
 */
static ssize_t
put(struct outbox *outbox, const struct frame *frame, size_t from, size_t to)
{
	const size_t start = from;

	while (from < to) {
		size_t cut =
		    outbox->tears ? to : frame_find_cut(frame, from, to, OUTBOX_PORTION_BYTES);
		ssize_t written = put_once(outbox, frame->bytes + from, cut - from);

		if (written < 0)
			return -1;
		from += (size_t)written;
		outbox->tears |= written > 0 && from < cut;
		if (from < cut)
			break;
	}
	return (ssize_t)(from - start);
}

enum outbox_result
outbox_send(struct outbox *outbox, struct frame *frame, size_t from, size_t to)
{
	ssize_t written = 0;

	if (outbox->backlog == 0)
		written = put(outbox, frame, from, to);
	if (written < 0)
		return OUTBOX_BROKEN;
	if (from + (size_t)written < to)
		enqueue(outbox, frame, from + (size_t)written, to);
	return outbox->backlog > 0 ? OUTBOX_WAITING : OUTBOX_EMPTY;
}

enum outbox_result
outbox_flush(struct outbox *outbox)
{
	while (outbox->backlog > 0) {
		struct outbox_range *range = STAILQ_FIRST(&outbox->queue);
		ssize_t written = put(outbox, range->frame, range->from, range->to);

		if (written < 0)
			return OUTBOX_BROKEN;
		range->from += (size_t)written;
		shrink_backlog(outbox, (size_t)written);
		if (range->from < range->to)
			return OUTBOX_WAITING;
		pop(outbox);
	}
	return OUTBOX_EMPTY;
}
