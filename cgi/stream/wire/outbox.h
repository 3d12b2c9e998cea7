/*
 * An outbox: what a descriptor is to be sent, in order.  Writing is tried at
 * once and never blocks; what is not taken waits here, by reference.
 */
#ifndef PGBELL_OUTBOX_H
#define PGBELL_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "cgi/stream/events/frame.h"

/* Less than the kernel's own: what a slow client has not read is ours to count. */
#define OUTBOX_SEND_BUFFER_BYTES 32768
/*
 * Of a unix socket with that buffer Linux takes so much at a time, or nothing: one of its
 * buffers (half of what SO_SNDBUF became by being doubled, less 64; unix_stream_sendmsg()).
 */
#define OUTBOX_PORTION_BYTES (OUTBOX_SEND_BUFFER_BYTES - 64)

#define OUTBOX_PARTS_MAX 80 /* that are sent at once */

struct outbox_part;

/* Its members are outbox.c's alone. */
struct outbox {
	STAILQ_HEAD(, outbox_part) queue;
	size_t backlog;
	int descriptor;
	uint16_t request_id;
	bool plain;      /* it may be a pipe or a file: write() and not send() */
	bool tears;      /* it took part of a portion: it is no unix socket */
	bool progressed; /* something was written since outbox_is_stalled() asked */
};

enum outbox_result {
	OUTBOX_EMPTY,   /* all is written */
	OUTBOX_WAITING, /* for the descriptor to be writable; then outbox_flush() */
	OUTBOX_BROKEN,  /* the other end is gone */
};

/* Make an empty one for a non-blocking descriptor, which stays the caller's. */
void outbox_init(struct outbox *outbox, int descriptor, bool plain);

/* It is for another request than FRAME_REQUEST_ID: what is in records is copied for it. */
void outbox_set_request(struct outbox *outbox, uint16_t id);

/*
 * Send parts in their order behind what waits, none of them empty; takes references of its own
 * where it needs them.  Out of memory ends the process.
 */
enum outbox_result outbox_send(struct outbox *outbox, const struct frame_part *parts, size_t count)
    __attribute__((warn_unused_result));

/* Write what waits. */
enum outbox_result outbox_flush(struct outbox *outbox) __attribute__((warn_unused_result));

/* Forget what waits; may be called twice. */
void outbox_clear(struct outbox *outbox);

/* Bytes that wait; and of all outboxes together. */
size_t outbox_backlog(const struct outbox *outbox);
size_t outbox_backlog_of_all(void);

/* Whether nothing was written since the last call although something waits. */
bool outbox_is_stalled(struct outbox *outbox);

#endif
