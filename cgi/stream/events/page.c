/*
 * Each event begins a record, so that a stream may begin with any of them.
 * The unread_count event shares the last one's, since nearly every stream gets
 * both; one whose count did not change gets a copy that ends before it.
 */
#include "cgi/stream/events/page.h"

#include "cgi/stream/events/frame_range.h"
#include "cgi/stream/events/message.h"
#include "cgi/stream/events/sse.h"
#include "cgi/stream/parts/decimal.h"

bool
page_add_event(struct page *page, int64_t prev, int64_t seq, const char *type, struct span data,
    int32_t unread_count)
{
	if (page_is_full(page) || prev >= seq || (page->count > 0 && prev != page_last_seq(page)))
		return false;
	if (page->count == 0)
		page->seqs[0] = prev;
	page->events[page->count] = (struct page_event){ type, data };
	page->seqs[++page->count] = seq;
	page->unread_count = unread_count;
	page->bytes += data.len + PAGE_FRAMING_BYTES;
	return true;
}

static void
build(const struct page *page, enum frame_form form, struct page_form *built)
{
	struct frame_builder builder = { .form = form };
	bool has_tails = page->is_of_topic && form != FRAME_MESSAGES;

	for (size_t i = 0; i < page->count; i++) {
		built->starts[i] = (uint32_t)frame_position(&builder);
		frame_begin_record(&builder);
		frame_add_event(&builder, has_tails ? SSE_OPEN_END : page->seqs[i + 1],
		    page->events[i].type, page->events[i].data);
	}
	built->starts[page->count] = (uint32_t)frame_position(&builder);
	built->record = builder.record;
	if (!page->is_of_topic)
		message_add_unread_count(&builder, page_last_seq(page), page->unread_count);
	built->frame = frame_finish(&builder);
}

/* How long an event's id line is, with the empty line. */
static size_t
measure_id(int64_t seq)
{
	char digits[DECIMAL_BYTES];
	const char *end = decimal_put(digits, seq);

	return sse_format_id(NULL, 0, (struct span){ digits, (size_t)(end - digits) });
}

static void
copy_bodies(const struct page *page, struct page_form *built)
{
	struct frame_builder builder = { .form = built->frame->form };
	uint32_t *starts = built->bodies.starts;

	for (size_t i = 0; i < page->count; i++) {
		starts[i] = (uint32_t)frame_position(&builder);
		frame_begin_record(&builder);
		frame_range_add_to(&builder, built->frame, built->starts[i], built->starts[i + 1],
		    measure_id(page->seqs[i + 1]));
	}
	starts[page->count] = (uint32_t)frame_position(&builder);
	frame_begin_record(&builder);
	message_add_unread_count(&builder, page_last_seq(page), page->unread_count);
	starts[page->count + 1] = (uint32_t)frame_position(&builder);
	built->bodies.frame = frame_finish(&builder);
}

const struct page_bodies *
page_bodies(struct page *page, enum frame_form form)
{
	struct page_form *built = &page->forms[form];
	struct page_bodies *bodies = &built->bodies;

	if (bodies->frame != NULL)
		return bodies;
	(void)page_frame(page, form, true);
	if (!page->is_of_topic) {
		copy_bodies(page, built);
	} else {
		bodies->frame = frame_hold(built->frame);
		memcpy(bodies->starts, built->starts, sizeof(built->starts));
		bodies->starts[page->count + 1] = bodies->starts[page->count];
	}
	return bodies;
}

struct frame *
page_frame(struct page *page, enum frame_form form, bool with_unread_count)
{
	struct page_form *built = &page->forms[form];

	if (built->frame == NULL)
		build(page, form, built);
	if (with_unread_count)
		return built->frame;
	if (built->shorter == NULL)
		built->shorter =
		    frame_range_copy_start(built->frame, built->record, built->starts[page->count]);
	return built->shorter;
}

size_t
page_start(const struct page *page, enum frame_form form, size_t event)
{
	return page->forms[form].starts[event];
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
	       (page->bytes_max > 0 && page->bytes >= page->bytes_max);
}

void
page_clear(struct page *page)
{
	for (size_t form = 0; form < FRAME_FORMS; form++) {
		frame_release(page->forms[form].frame);
		frame_release(page->forms[form].shorter);
		frame_release(page->forms[form].bodies.frame);
	}
	*page = (struct page){ .bytes_max = page->bytes_max };
}
