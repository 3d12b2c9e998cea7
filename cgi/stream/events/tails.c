/* Each is a record of its own, so that it may follow a body of any frame. */
#include "cgi/stream/events/tails.h"

#include "cgi/stream/parts/decimal.h"

static bool
are_for(const struct tails *tails, enum frame_form form, size_t first, struct span before,
    struct span behind)
{
	return tails->frame != NULL && tails->frame->form == form && tails->first == first &&
	       tails->before_length == before.len && tails->length == before.len + behind.len &&
	       memcmp(tails->around, before.at, before.len) == 0 &&
	       memcmp(tails->around + before.len, behind.at, behind.len) == 0;
}

void
tails_make(struct tails *tails, const struct page *page, enum frame_form form, size_t first,
    struct span before, struct span behind)
{
	struct frame_builder builder = { .form = form };
	char id[TAILS_ID_BYTES], *at;

	if (are_for(tails, form, first, before, behind))
		return;
	tails_clear(tails);
	tails->first = first;
	memcpy(tails->around, before.at, before.len);
	memcpy(tails->around + before.len, behind.at, behind.len);
	tails->before_length = before.len;
	tails->length = before.len + behind.len;
	memcpy(id, before.at, before.len);
	for (size_t i = first; i < page->count && frame_position(&builder) < TAILS_BYTES_MAX; i++) {
		at = decimal_put(id + before.len, page->seqs[i + 1]);
		memcpy(at, behind.at, behind.len);
		tails->starts[tails->count++] = (uint32_t)frame_position(&builder);
		frame_begin_record(&builder);
		frame_add_id(&builder, (struct span){ id, (size_t)(at - id) + behind.len });
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
