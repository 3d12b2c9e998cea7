/*
 * An event is formatted straight into its place, in the last record or behind
 * room for another one's header; only an event longer than a record is cut up
 * afterwards.
 */
#include "cgi/stream/events/frame.h"

#include <stdio.h>
#include <stdlib.h>

#include "cgi/stream/events/sse.h"
#include "cgi/stream/events/websocket_event.h"
#include "common/fastcgi.h"

size_t
frame_position(const struct frame_builder *builder)
{
	return builder->frame == NULL ? 0 : builder->frame->length;
}

static void
resize(struct frame_builder *builder, size_t capacity)
{
	struct frame *resized = realloc(builder->frame, sizeof(struct frame) + capacity);

	if (resized == NULL)
		abort();
	if (builder->frame == NULL) {
		resized->references = 1;
		resized->length = 0;
		resized->form = builder->form;
	}
	builder->frame = resized;
	builder->capacity = capacity;
}

void
frame_reserve(struct frame_builder *builder, size_t bytes)
{
	resize(builder, bytes);
}

/* Make room for length more bytes and count them in; returns where they go. */
static uint8_t *
extend(struct frame_builder *builder, size_t length)
{
	size_t used = frame_position(builder);

	if (used + length > UINT32_MAX)
		abort();
	if (builder->frame == NULL || used + length > builder->capacity)
		resize(builder, builder->frame == NULL ? length : 2 * (used + length));
	builder->frame->length = (uint32_t)(used + length);
	return builder->frame->bytes + used;
}

void
frame_begin_record(struct frame_builder *builder)
{
	builder->record = frame_position(builder);
}

/*
 * Make room for content of at most FASTCGI_CONTENT_MAX bytes, in the last
 * record if that can take it; returns where it goes.
 */
static uint8_t *
add_content(struct frame_builder *builder, size_t length)
{
	size_t header = 0, held;
	uint8_t *at;

	if (builder->form != FRAME_RECORDS)
		return extend(builder, length);
	held = frame_position(builder) - builder->record;
	if (held == 0 || held + length > FASTCGI_HEADER_BYTES + FASTCGI_CONTENT_MAX) {
		frame_begin_record(builder);
		header = FASTCGI_HEADER_BYTES;
		held = 0;
	}
	at = extend(builder, header + length) + header;
	fastcgi_encode_header(builder->frame->bytes + builder->record, FASTCGI_STDOUT,
	    FRAME_REQUEST_ID, (uint16_t)(held + header + length - FASTCGI_HEADER_BYTES));
	return at;
}

void
frame_add_content(struct frame_builder *builder, struct span content)
{
	while (content.len > 0) {
		size_t length =
		    content.len < FASTCGI_CONTENT_MAX ? content.len : FASTCGI_CONTENT_MAX;

		memcpy(add_content(builder, length), content.at, length);
		content.at += length;
		content.len -= length;
	}
}

static void
add_long_event(
    struct frame_builder *builder, int64_t id, const char *name, struct span data, size_t length)
{
	char *whole = malloc(length);

	if (whole == NULL)
		abort();
	sse_format_event(whole, length, id, name, data);
	frame_add_content(builder, (struct span){ whole, length });
	free(whole);
}

static void
add_message(struct frame_builder *builder, int64_t id, const char *name, struct span data)
{
	size_t length = websocket_format_event(NULL, 0, id, name, data);

	websocket_format_event((char *)extend(builder, length), length, id, name, data);
}

void
frame_add_event(struct frame_builder *builder, int64_t id, const char *name, struct span data)
{
	size_t length;

	if (builder->form == FRAME_MESSAGES) {
		add_message(builder, id, name, data);
		return;
	}
	length = sse_format_event(NULL, 0, id, name, data);
	if (length > FASTCGI_CONTENT_MAX)
		add_long_event(builder, id, name, data, length);
	else
		sse_format_event((char *)add_content(builder, length), length, id, name, data);
}

void
frame_add_id(struct frame_builder *builder, struct span id)
{
	size_t length = sse_format_id(NULL, 0, id);

	sse_format_id((char *)add_content(builder, length), length, id);
}

struct span
frame_content(const struct frame *frame, size_t from, size_t to)
{
	size_t header = frame->form == FRAME_RECORDS ? FASTCGI_HEADER_BYTES : 0;

	return (struct span){ (const char *)frame->bytes + from + header, to - from - header };
}

/* Take the headers of records out of the bytes, in place; returns how much content there is. */
static size_t
strip_headers(uint8_t *bytes, size_t length)
{
	struct span rest = { (const char *)bytes, length }, content;
	struct fastcgi_decoder decoder = { 0 };
	struct fastcgi_header header;
	size_t used = 0;

	for (enum fastcgi_step step = FASTCGI_FINISHED; step != FASTCGI_STARVED;) {
		step = fastcgi_decode(&decoder, &rest, &header, &content);
		if (step == FASTCGI_INVALID)
			abort(); /* not a range of records */
		if (step != FASTCGI_CONTENT)
			continue;
		memmove(bytes + used, content.at, content.len);
		used += content.len;
	}
	return used;
}

void
frame_add_from(
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

void
frame_add_retry(struct frame_builder *builder, unsigned retry_ms)
{
	char field[32];

	if (builder->form == FRAME_MESSAGES) {
		snprintf(field, sizeof(field), "{\"ms\":%u}", retry_ms);
		add_message(builder, SSE_NO_ID, "retry", span_of(field));
	} else {
		size_t length = sse_format_retry(field, sizeof(field), retry_ms);

		frame_add_content(builder, (struct span){ field, length });
	}
}

void
frame_add_end(struct frame_builder *builder)
{
	uint8_t *at;

	if (builder->form != FRAME_RECORDS)
		return;
	at = extend(builder, FASTCGI_HEADER_BYTES + FASTCGI_END_BYTES);
	fastcgi_encode_header(at, FASTCGI_STDOUT, FRAME_REQUEST_ID, 0);
	fastcgi_encode_end(at + FASTCGI_HEADER_BYTES, FRAME_REQUEST_ID, FASTCGI_REQUEST_COMPLETE);
	frame_begin_record(builder);
}

void
frame_add_control(struct frame_builder *builder, enum websocket_opcode opcode, struct span content)
{
	uint8_t header[WEBSOCKET_HEADER_MAX];
	size_t length = websocket_encode_header(header, opcode, content.len);
	uint8_t *at = extend(builder, length + content.len);

	memcpy(at, header, length);
	if (content.len > 0)
		memcpy(at + length, content.at, content.len);
}

void
frame_add_close(struct frame_builder *builder, uint16_t code)
{
	const char bytes[] = { (char)(code >> 8), (char)code };

	frame_add_control(builder, WEBSOCKET_CLOSE, (struct span){ bytes, sizeof(bytes) });
}

struct frame *
frame_finish(struct frame_builder *builder)
{
	struct frame *frame;

	extend(builder, 0);
	frame = builder->frame;
	*builder = (struct frame_builder){ .form = builder->form };
	return frame;
}

struct frame *
frame_copy_for(const struct frame *frame, size_t from, size_t to, uint16_t request_id)
{
	struct frame_builder builder = { 0 };
	struct fastcgi_decoder decoder = { 0 };
	struct fastcgi_header header;
	struct span rest, content;
	uint8_t *at = extend(&builder, to - from);

	memcpy(at, frame->bytes + from, to - from);
	rest = (struct span){ (char *)at, to - from };
	for (enum fastcgi_step step = FASTCGI_FINISHED; step != FASTCGI_STARVED;) {
		uint8_t *start = (uint8_t *)rest.at - decoder.raw_length;

		step = fastcgi_decode(&decoder, &rest, &header, &content);
		if (step == FASTCGI_RECORD)
			fastcgi_set_request_id(start, request_id);
		else if (step == FASTCGI_INVALID)
			abort(); /* not a range of whole records */
	}
	return frame_finish(&builder);
}

struct frame *
frame_copy_start(const struct frame *frame, size_t record, size_t length)
{
	struct frame_builder builder = { .form = frame->form };
	uint8_t *bytes = extend(&builder, length);

	memcpy(bytes, frame->bytes, length);
	if (frame->form == FRAME_RECORDS)
		fastcgi_encode_header(bytes + record, FASTCGI_STDOUT, FRAME_REQUEST_ID,
		    (uint16_t)(length - record - FASTCGI_HEADER_BYTES));
	return frame_finish(&builder);
}

size_t
frame_find_cut(const struct frame *frame, size_t from, size_t to, size_t most)
{
	struct span rest = { (const char *)frame->bytes + from, to - from }, content;
	struct fastcgi_decoder decoder = { 0 };
	struct fastcgi_header header;
	size_t cut = from;

	if (frame->form != FRAME_RECORDS || to - from <= most)
		return to;
	for (enum fastcgi_step step = FASTCGI_FINISHED; step != FASTCGI_STARVED;) {
		step = fastcgi_decode(&decoder, &rest, &header, &content);
		if (step == FASTCGI_FINISHED && to - rest.len - from > most && cut > from)
			break;
		if (step == FASTCGI_FINISHED)
			cut = to - rest.len;
		else if (step == FASTCGI_INVALID)
			return to;
	}
	return cut;
}

struct frame *
frame_hold(struct frame *frame)
{
	frame->references++;
	return frame;
}

void
frame_release(struct frame *frame)
{
	if (frame != NULL && --frame->references == 0)
		free(frame);
}
