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
frame_copy(const struct frame *frame, size_t from, size_t to)
{
	struct frame_builder builder = { .form = frame->form };

	memcpy(extend(&builder, to - from), frame->bytes + from, to - from);
	return frame_finish(&builder);
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
