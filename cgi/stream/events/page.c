/*
 * Each event begins a record, so that a stream may begin with any of them.
 * The unread_count event shares the last one's, since nearly every stream gets
 * both; one whose count did not change gets a copy that ends before it.
 */
#include "cgi/stream/events/page.h"

#include "cgi/stream/events/message.h"
#include "cgi/stream/events/sse.h"
#include "cgi/stream/parts/decimal.h"

bool
page_add_event(struct page *page, int64_t prev, int64_t seq, const char *type, struct span data,
    int32_t unread_count)
{
	page->starts[page->count] = (uint32_t)frame_position(&page->builder);
	if (page_is_full(page) || prev >= seq || (page->count > 0 && prev != page_last_seq(page)))
		return false;
	if (page->count == 0)
		page->seqs[0] = prev;
	page->seqs[++page->count] = seq;
	page->unread_count = unread_count;
	frame_begin_record(&page->builder);
	frame_add_event(&page->builder, page->is_of_topic ? SSE_OPEN_END : seq, type, data);
	return true;
}

void
page_finish(struct page *page)
{
	page->starts[page->count] = (uint32_t)frame_position(&page->builder);
	page->record = page->builder.record;
	if (!page->is_of_topic)
		message_add_unread_count(&page->builder, page_last_seq(page), page->unread_count);
	page->frame = frame_finish(&page->builder);
}

/* How long an event's id line is, with the empty line. */
static size_t
measure_id(int64_t seq)
{
	char digits[DECIMAL_BYTES];

	return sse_format_id(
	    NULL, 0, (struct span){ digits, (size_t)(decimal_put(digits, seq) - digits) });
}

static void
copy_bodies(struct page *page)
{
	struct frame_builder builder = { 0 };
	uint32_t *starts = page->bodies.starts;

	for (size_t i = 0; i < page->count; i++) {
		starts[i] = (uint32_t)frame_position(&builder);
		frame_begin_record(&builder);
		frame_add_from(&builder, page->frame, page->starts[i], page->starts[i + 1],
		    measure_id(page->seqs[i + 1]));
	}
	starts[page->count] = (uint32_t)frame_position(&builder);
	frame_begin_record(&builder);
	message_add_unread_count(&builder, page_last_seq(page), page->unread_count);
	starts[page->count + 1] = (uint32_t)frame_position(&builder);
	page->bodies.frame = frame_finish(&builder);
}

const struct page_bodies *
page_bodies(struct page *page)
{
	struct page_bodies *bodies = &page->bodies;

	if (bodies->frame == NULL && !page->is_of_topic) {
		copy_bodies(page);
	} else if (bodies->frame == NULL) {
		bodies->frame = frame_hold(page->frame);
		memcpy(bodies->starts, page->starts, sizeof(page->starts));
		bodies->starts[page->count + 1] = bodies->starts[page->count];
	}
	return bodies;
}

struct frame *
page_frame(struct page *page, bool with_unread_count)
{
	if (with_unread_count)
		return page->frame;
	if (page->shorter == NULL)
		page->shorter =
		    frame_copy_start(page->frame, page->record, page->starts[page->count]);
	return page->shorter;
}

int64_t
page_last_seq(const struct page *page)
{
	return page->seqs[page->count];
}

size_t
page_find_next(const struct page *page, int64_t seq)
{
	size_t next = 0;

	while (next < page->count && page->seqs[next] != seq)
		next++;
	return next;
}

bool
page_is_full(const struct page *page)
{
	return page->count == PAGE_EVENTS_MAX ||
	       (page->bytes_max > 0 && page->starts[page->count] >= page->bytes_max);
}

void
page_clear(struct page *page)
{
	if (page->frame == NULL && page->count > 0)
		page->frame = frame_finish(&page->builder);
	frame_release(page->frame);
	frame_release(page->shorter);
	frame_release(page->bodies.frame);
	*page = (struct page){ .bytes_max = page->bytes_max };
}
