/*
 * A page: some consecutive events of one log, to be built into a frame that all
 * of its streams of one form share.  A stream that has had the first k of them gets
 * the same bytes from a later start.  Each event knows the number before it:
 * usually its own less one, but numbers may leap.
 *
 * A stream of server-sent events that follows several logs has all its numbers in
 * each id, so it gets the bodies of the events, which are everybody's, each with a
 * tail of its own: tails.h.
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

struct page_event {
	const char *type; /* borrowed, as the data: what was read outlives the page */
	struct span data;
};

/* The page in one form, built when the first stream of that form is given it. */
struct page_form {
	struct frame *frame;                  /* owned; NULL: not wanted yet */
	struct frame *shorter;                /* the same without unread_count, once asked for */
	struct page_bodies bodies;            /* owned */
	size_t record;                        /* where the last record of the last event begins */
	uint32_t starts[PAGE_EVENTS_MAX + 1]; /* of each event; the last: of unread_count */
};

struct page {
	size_t bytes_max; /* no event begins behind so many bytes, framing included; 0: anywhere */
	bool is_of_topic; /* to be said of an empty one: it has no count, and its ids are tails */
	size_t bytes;     /* of what is in it, about */
	size_t count;
	int64_t seqs[PAGE_EVENTS_MAX + 1]; /* the number before the first event, then each one's */
	int32_t unread_count;              /* after the last event */
	struct page_event events[PAGE_EVENTS_MAX];
	struct page_form forms[FRAME_FORMS];
};

/* All zeroes is an empty page. */

/*
 * Append the event seq, before which the log has prev.  False, and nothing
 * appended, where the page is full or prev is not its last event: ask again
 * from the page's last seq on.
 */
bool page_add_event(struct page *page, int64_t prev, int64_t seq, const char *type,
    struct span data, int32_t unread_count) __attribute__((warn_unused_result));

/*
 * The bodies of its events in a form, which are the page's.  No event is appended to
 * it any more, nor after page_frame().
 */
const struct page_bodies *page_bodies(struct page *page, enum frame_form form);

/*
 * Its frame in a form, which is the page's, with its unread_count event or without:
 * to be sent from page_start() of the first event wanted.  One of a topic is of use in messages
 * alone, where each event has its own number.
 */
struct frame *page_frame(struct page *page, enum frame_form form, bool with_unread_count);

/* Where an event, from 0, begins in that frame; the page's count: where its unread_count does. */
size_t page_start(const struct page *page, enum frame_form form, size_t event);

int64_t page_last_seq(const struct page *page);

/* Which event follows the number seq, from 0; the page's count where none does. */
size_t page_find_next(const struct page *page, int64_t seq);

/* Whether the log may have more events than the page could hold. */
bool page_is_full(const struct page *page);

/* Release the frames and make the page empty again, keeping its limit. */
void page_clear(struct page *page);

#endif
