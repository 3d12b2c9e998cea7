/* Each is a record of its own, so that it may follow a body of any frame. */
#include "cgi/stream/events/tails.h"

#include "cgi/stream/events/frame_range.h"
#include "cgi/stream/parts/decimal.h"

#define TAILS_FRAMING_BYTES 48 /* of a tail, besides what stands around its number */

static bool
are_for(const struct tails *tails, enum frame_form form, size_t first, struct span before,
    struct span behind)
{
	return tails->frame != NULL && tails->frame->form == form && tails->first == first &&
	       tails->before_length == before.len && tails->length == before.len + behind.len &&
	       memcmp(tails->around, before.at, before.len) == 0 &&
	       memcmp(tails->around + before.len, behind.at, behind.len) == 0;
}

static void
remember(struct tails *tails, size_t first, struct span before, struct span behind)
{
	tails->first = first;
	memcpy(tails->around, before.at, before.len);
	memcpy(tails->around + before.len, behind.at, behind.len);
	tails->before_length = before.len;
	tails->length = before.len + behind.len;
}

/* The id of an event of the page. */
static struct span
format_id(char out[TAILS_ID_BYTES], int64_t seq, struct span before, struct span behind)
{
	char *end;

	memcpy(out, before.at, before.len);
	end = decimal_put(out + before.len, seq);
	memcpy(end, behind.at, behind.len);
	return (struct span){ out, (size_t)(end - out) + behind.len };
}

void
tails_make(struct tails *tails, struct page *page, enum frame_form form, size_t first,
    struct span before, struct span behind)
{
	const struct page_bodies *bodies = page_bodies(page, form);
	struct frame_builder builder = { .form = form };
	char id[TAILS_ID_BYTES];

	if (are_for(tails, form, first, before, behind))
		return;
	tails_clear(tails);
	remember(tails, first, before, behind);
	tails->have_events = bodies->starts[page->count] <= TAILS_COPIED_BYTES;
	if (tails->have_events)
		frame_reserve(
		    &builder, bodies->starts[page->count] +
				  (page->count - first) * (tails->length + TAILS_FRAMING_BYTES));
	for (size_t i = first; i < page->count && frame_position(&builder) < TAILS_BYTES_MAX; i++) {
		tails->starts[tails->count++] = (uint32_t)frame_position(&builder);
		frame_begin_record(&builder);
		if (tails->have_events)
			frame_add_content(&builder, frame_range_content(bodies->frame,
							bodies->starts[i], bodies->starts[i + 1]));
		frame_add_id(&builder, format_id(id, page->seqs[i + 1], before, behind));
	}
	tails->starts[tails->count] = (uint32_t)frame_position(&builder);
	tails->frame = frame_finish(&builder);
}

void
tails_clear(struct tails *tails)
{
	frame_release(tails->frame);
	tails->frame = NULL;
	tails->count = 0;
}
