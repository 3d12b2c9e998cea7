/*
 * The common case costs one send() and no allocation: the queue exists only
 * while the socket is full.  A queued part holds references to its frames,
 * so a frame that a thousand slow clients still want exists once.
 */
#include "cgi/stream/wire/outbox.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "cgi/stream/events/frame_range.h"

#define MESSAGE_PIECES 64 /* runs of bytes in one write */
#define FLUSH_PARTS 32    /* that are looked at together */

struct outbox_part {
	STAILQ_ENTRY(outbox_part) next;
	struct frame_part part;
};

/* The pieces of one write. */
struct message {
	struct iovec pieces[MESSAGE_PIECES];
	size_t count, length;
};

static size_t backlog_of_all;

void
outbox_init(struct outbox *outbox, int descriptor, bool plain)
{
	int size = OUTBOX_SEND_BUFFER_BYTES;

	*outbox = (struct outbox){ .descriptor = descriptor,
		.request_id = FRAME_REQUEST_ID,
		.plain = plain,
		.progressed = true };
	STAILQ_INIT(&outbox->queue);
	/* It cannot fail in a way that matters: a file or pipe just has no such thing. */
	(void)setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

void
outbox_set_request(struct outbox *outbox, uint16_t id)
{
	outbox->request_id = id;
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

static size_t
measure(const struct frame_part *part)
{
	return (size_t)(part->to - part->from) + (part->tail_to - part->tail_from);
}

static void
enqueue(struct outbox *outbox, const struct frame_part *part)
{
	struct outbox_part *queued = malloc(sizeof(*queued));

	if (queued == NULL)
		abort();
	queued->part = *part;
	frame_hold(part->frame);
	if (part->tail != NULL)
		frame_hold(part->tail);
	STAILQ_INSERT_TAIL(&outbox->queue, queued, next);
	outbox->backlog += measure(part);
	backlog_of_all += measure(part);
}

static void
pop(struct outbox *outbox)
{
	struct outbox_part *queued = STAILQ_FIRST(&outbox->queue);

	STAILQ_REMOVE_HEAD(&outbox->queue, next);
	shrink_backlog(outbox, measure(&queued->part));
	frame_release(queued->part.frame);
	frame_release(queued->part.tail);
	free(queued);
}

void
outbox_clear(struct outbox *outbox)
{
	while (!STAILQ_EMPTY(&outbox->queue))
		pop(outbox);
}

static void
add_piece(struct message *message, const struct frame *frame, size_t from, size_t to)
{
	if (from == to)
		return;
	message->pieces[message->count++] =
	    (struct iovec){ (uint8_t *)frame->bytes + from, to - from };
	message->length += to - from;
}

/*
 * Take a part into a message, of at most so many bytes: whole if it has room, else so
 * many of its records as it holds if it is the first.  Whether all of it is in: then the next may
 * follow.  A tail goes with the last record of its body.
 */
static bool
add_part(struct message *message, const struct frame_part *part, size_t most)
{
	size_t tail = part->tail_to - part->tail_from, cut = part->to;

	if (message->length + measure(part) > most && message->count > 0)
		return false;
	if (measure(part) > most)
		cut = frame_range_find_cut(part->frame, part->from, part->to, most - tail);
	add_piece(message, part->frame, part->from, cut);
	if (cut == part->to)
		add_piece(message, part->tail, part->tail_from, part->tail_to);
	return cut == part->to && message->count + 2 <= MESSAGE_PIECES;
}

/* Write once; the number of bytes, 0 when the socket is full, or -1 when it is broken. */
static ssize_t
put_once(struct outbox *outbox, const struct message *message)
{
	const struct msghdr header = { .msg_iov = (struct iovec *)message->pieces,
		.msg_iovlen = message->count };
	ssize_t written;

	do
		if (outbox->plain)
			written = writev(outbox->descriptor, message->pieces, (int)message->count);
		else if (message->count == 1)
			written = send(outbox->descriptor, message->pieces[0].iov_base,
			    message->length, MSG_NOSIGNAL);
		else
			written = sendmsg(outbox->descriptor, &header, MSG_NOSIGNAL);
	while (written < 0 && errno == EINTR);
	outbox->progressed |= written > 0;
	return written < 0 && errno == EAGAIN ? 0 : written;
}

/* Leave out the first bytes of a part, as many as it has; returns how many are left to be left out.
 */
static size_t
shorten(struct frame_part *part, size_t bytes)
{
	size_t body = part->to - part->from, tail = part->tail_to - part->tail_from;
	size_t of_body = bytes < body ? bytes : body;
	size_t of_tail = bytes - of_body < tail ? bytes - of_body : tail;

	part->from += (uint32_t)of_body;
	part->tail_from += (uint32_t)of_tail;
	return bytes - of_body - of_tail;
}

/*
 * Write what the socket takes now, in whole records, as long as the socket
 * takes a portion whole or not at all: should this process die, the web
 * server ends the answer in good order behind what it was given, and a client
 * must not find half an event there.  The parts are shortened by all that was written.
 */
static bool
put(struct outbox *outbox, struct frame_part *parts, size_t count)
{
	size_t first = 0;

	while (first < count) {
		size_t most = outbox->tears ? SIZE_MAX : OUTBOX_PORTION_BYTES, left;
		struct message message;
		ssize_t written;

		message.count = message.length = 0;
		for (size_t i = first; i < count && add_part(&message, &parts[i], most);)
			i++;
		written = put_once(outbox, &message);
		if (written < 0)
			return false;
		left = (size_t)written;
		while (first < count && left >= measure(&parts[first]))
			left = shorten(&parts[first++], left);
		if (first < count)
			(void)shorten(&parts[first], left);
		outbox->tears |= written > 0 && (size_t)written < message.length;
		if ((size_t)written < message.length)
			break;
	}
	return true;
}

static enum outbox_result
send_now(struct outbox *outbox, const struct frame_part *parts, size_t count)
{
	struct frame_part left[OUTBOX_PARTS_MAX];

	memcpy(left, parts, count * sizeof(*parts));
	if (outbox->backlog == 0 && !put(outbox, left, count))
		return OUTBOX_BROKEN;
	for (size_t i = 0; i < count; i++)
		if (measure(&left[i]) > 0)
			enqueue(outbox, &left[i]);
	return outbox->backlog > 0 ? OUTBOX_WAITING : OUTBOX_EMPTY;
}

/* A private copy of a part for this request; the caller releases its frames. */
static struct frame_part
copy_part(const struct outbox *outbox, const struct frame_part *part)
{
	struct frame_part copy = {
		.frame =
		    frame_range_copy_for(part->frame, part->from, part->to, outbox->request_id),
		.to = part->to - part->from,
	};

	if (part->tail != NULL) {
		copy.tail = frame_range_copy_for(
		    part->tail, part->tail_from, part->tail_to, outbox->request_id);
		copy.tail_to = part->tail_to - part->tail_from;
	}
	return copy;
}

static enum outbox_result
send_copies(struct outbox *outbox, const struct frame_part *parts, size_t count)
{
	struct frame_part copies[OUTBOX_PARTS_MAX] = { 0 };
	enum outbox_result result;

	for (size_t i = 0; i < count; i++)
		copies[i] = copy_part(outbox, &parts[i]);
	result = send_now(outbox, copies, count);
	for (size_t i = 0; i < count; i++) {
		frame_release(copies[i].frame);
		frame_release(copies[i].tail);
	}
	return result;
}

enum outbox_result
outbox_send(struct outbox *outbox, const struct frame_part *parts, size_t count)
{
	if (outbox->request_id == FRAME_REQUEST_ID)
		return send_now(outbox, parts, count);
	return send_copies(outbox, parts, count);
}

/* The first parts that wait, as many as are looked at together. */
static size_t
copy_queue(const struct outbox *outbox, struct frame_part parts[FLUSH_PARTS])
{
	const struct outbox_part *queued;
	size_t count = 0;

	STAILQ_FOREACH (queued, &outbox->queue, next) {
		if (count == FLUSH_PARTS)
			break;
		parts[count++] = queued->part;
	}
	return count;
}

enum outbox_result
outbox_flush(struct outbox *outbox)
{
	while (outbox->backlog > 0) {
		struct frame_part parts[FLUSH_PARTS];
		size_t count = copy_queue(outbox, parts);

		if (!put(outbox, parts, count))
			return OUTBOX_BROKEN;
		for (size_t i = 0; i < count; i++) {
			struct frame_part *waits = &STAILQ_FIRST(&outbox->queue)->part;

			shrink_backlog(outbox, measure(waits) - measure(&parts[i]));
			*waits = parts[i];
			if (measure(waits) > 0)
				return OUTBOX_WAITING;
			pop(outbox);
		}
	}
	return OUTBOX_EMPTY;
}
