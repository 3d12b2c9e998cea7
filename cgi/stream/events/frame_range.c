/*
 * Records are walked along with the decoder of the protocol: nothing else knows where one
 * ends.
 */
#include "cgi/stream/events/frame_range.h"

#include <stdlib.h>

#include "common/fastcgi.h"

/* A walk along the records of some bytes, a step of the decoder at a time. */
struct walk {
	struct fastcgi_decoder decoder;
	struct span left; /* of the bytes */
	struct fastcgi_header header;
	struct span content; /* of FASTCGI_CONTENT */
};

static struct walk
begin_walk(const uint8_t *bytes, size_t length)
{
	return (struct walk){ .left = { (const char *)bytes, length } };
}

/* FASTCGI_STARVED behind the last record. */
static enum fastcgi_step
walk_on(struct walk *walk)
{
	enum fastcgi_step step =
	    fastcgi_decode(&walk->decoder, &walk->left, &walk->header, &walk->content);

	if (step == FASTCGI_INVALID)
		abort(); /* not a range of records */
	return step;
}

struct span
frame_range_content(const struct frame *frame, size_t from, size_t to)
{
	size_t header = frame->form == FRAME_RECORDS ? FASTCGI_HEADER_BYTES : 0;

	return (struct span){ (const char *)frame->bytes + from + header, to - from - header };
}

/* Take the headers of records out of the bytes, in place; returns how much content there is. */
static size_t
strip_headers(uint8_t *bytes, size_t length)
{
	struct walk walk = begin_walk(bytes, length);
	enum fastcgi_step step;
	size_t used = 0;

	while ((step = walk_on(&walk)) != FASTCGI_STARVED) {
		if (step != FASTCGI_CONTENT)
			continue;
		memmove(bytes + used, walk.content.at, walk.content.len);
		used += walk.content.len;
	}
	return used;
}

void
frame_range_add_to(
    struct frame_builder *builder, const struct frame *frame, size_t from, size_t to, size_t less)
{
	size_t length = to - from;
	uint8_t *bytes = malloc(length);

	if (bytes == NULL)
		abort();
	memcpy(bytes, frame->bytes + from, length);
	if (frame->form == FRAME_RECORDS)
		length = strip_headers(bytes, length);
	frame_add_content(builder, (struct span){ (char *)bytes, length - less });
	free(bytes);
}

struct frame *
frame_range_copy_for(const struct frame *frame, size_t from, size_t to, uint16_t request_id)
{
	struct frame *copy = frame_copy(frame, from, to);
	struct walk walk = begin_walk(copy->bytes, copy->length);
	uint8_t *record = copy->bytes;
	enum fastcgi_step step;

	while ((step = walk_on(&walk)) != FASTCGI_STARVED) {
		if (step == FASTCGI_RECORD)
			fastcgi_set_request_id(record, request_id);
		else if (step == FASTCGI_FINISHED)
			record = (uint8_t *)walk.left.at;
	}
	return copy;
}

struct frame *
frame_range_copy_start(const struct frame *frame, size_t record, size_t length)
{
	struct frame *copy = frame_copy(frame, 0, length);

	if (copy->form == FRAME_RECORDS)
		fastcgi_encode_header(copy->bytes + record, FASTCGI_STDOUT, FRAME_REQUEST_ID,
		    (uint16_t)(length - record - FASTCGI_HEADER_BYTES));
	return copy;
}

size_t
frame_range_find_cut(const struct frame *frame, size_t from, size_t to, size_t most)
{
	struct walk walk = begin_walk(frame->bytes + from, to - from);
	size_t cut = from, end;
	enum fastcgi_step step;

	if (frame->form != FRAME_RECORDS || to - from <= most)
		return to;
	while ((step = walk_on(&walk)) != FASTCGI_STARVED) {
		if (step != FASTCGI_FINISHED)
			continue;
		end = to - walk.left.len;
		if (end - from > most && cut > from)
			break;
		cut = end;
	}
	return cut;
}
