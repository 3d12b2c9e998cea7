/*
 * A page: some consecutive events of one log, built into one frame that all
 * of its streams share.  A stream that has had the first k of them gets the
 * same bytes from a later start.  Each event knows the number before it:
 * usually its own less one, but numbers may leap.
 *
 * A stream that follows several logs has all its numbers in each id, so it
 * gets the bodies of the events, which are everybody's, each with a tail of
 * its own: tails.h.
 */
#ifndef PGBELL_PAGE_H
#define PGBELL_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "cgi/stream/events/frame.h"

#define PAGE_EVENTS_MAX 64     /* events of one log in one read */
#define PAGE_FRAMING_BYTES 128 /* that an event takes besides its data, about */

/* The events of a page without their ids, and behind them unread_count if the log has one. */
struct page_bodies {
	struct frame *frame;                  /* NULL: not asked for yet */
	uint32_t starts[PAGE_EVENTS_MAX + 2]; /* of each event, of unread_count, and the end */
};

struct page {
	size_t bytes_max; /* no event begins behind so many bytes; 0: anywhere */
	bool is_of_topic; /* to be said of an empty one: it has bodies only, and no count */
	struct frame_builder builder;
	struct frame *frame;       /* once finished */
	struct frame *shorter;     /* owned: the same without unread_count, once asked for */
	struct page_bodies bodies; /* owned */
	size_t record;             /* in it: where the last record of the last event begins */
	size_t count;
	int64_t seqs[PAGE_EVENTS_MAX + 1]; /* the number before the first event, then each one's */
	int32_t unread_count;              /* after the last event */
	uint32_t starts[PAGE_EVENTS_MAX + 1]; /* of each event; the last: of unread_count */
};

/* All zeroes is an empty page. */

/*
 * Append the event seq, before which the log has prev.  False, and nothing
 * appended, where the page is full or prev is not its last event: ask again
 * from the page's last seq on.
 */
bool page_add_event(struct page *page, int64_t prev, int64_t seq, const char *type,
    struct span data, int32_t unread_count) __attribute__((warn_unused_result));

/* Close the page, with its unread_count event if it has one; its frame is there from now on. */
void page_finish(struct page *page);

/* The bodies of a finished page, which are the page's. */
const struct page_bodies *page_bodies(struct page *page);

/*
 * The frame of a finished page of a person, which is the page's, with its unread_count
 * event or without: to be sent from the start of the first event wanted.
 */
struct frame *page_frame(struct page *page, bool with_unread_count);

int64_t page_last_seq(const struct page *page);

/* Which event follows the number seq, from 0; the page's count where none does. */
size_t page_find_next(const struct page *page, int64_t seq);

/* Whether the log may have more events than the page could hold. */
bool page_is_full(const struct page *page);

/* Release the frame and make the page empty again, keeping its limit. */
void page_clear(struct page *page);

#endif
