/*
 * Tails: what ends the events of a page for a stream that follows several
 * logs, each an id line with all its numbers, of which that of the page's log
 * is the event's own.  Streams whose other numbers are the same, as visitors
 * of one topic, share them.
 *
 * Where the events are short they are copied, each with its tail into one record:
 * that is less work for everybody than to send two.
 */
#ifndef PGBELL_TAILS_H
#define PGBELL_TAILS_H

#include "cgi/stream/events/page.h"

#define TAILS_ID_BYTES 5120   /* of an id, more than the longest has */
#define TAILS_BYTES_MAX 65536 /* no tail begins behind so many: what is behind is read again */

#define TAILS_COPIED_BYTES 2048 /* of a page's events that are copied, all together */

/* All zeroes are none. */
struct tails {
	struct frame *frame; /* owned */
	bool have_events;    /* each has its event in front of it */
	size_t first, count;
	uint32_t starts[PAGE_EVENTS_MAX + 1]; /* of each tail, and the end */
	char around[TAILS_ID_BYTES];          /* what stands before the number and behind it */
	size_t before_length, length;
};

/*
 * Make them in a form for the events of a page from first on, with what stands in the id before the
 * number and behind it; those that are there are kept where they are the same.
 */
void tails_make(struct tails *tails, struct page *page, enum frame_form form, size_t first,
    struct span before, struct span behind);

/* Forget them, where another page comes.  May be called twice. */
void tails_clear(struct tails *tails);

#endif
