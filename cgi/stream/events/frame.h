/*
 * Frames: bytes ready for the socket, built once and shared by every stream
 * of their form that gets them.
 */
#ifndef PGBELL_FRAME_H
#define PGBELL_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/span.h"
#include "common/websocket.h"

/* The request id that records are made for: no web server in use sends another. */
#define FRAME_REQUEST_ID 1

/* The protocol that they are for. */
enum frame_form {
	FRAME_RECORDS,  /* FastCGI: whole STDOUT records (specification section 5.3) */
	FRAME_BARE,     /* plain CGI: content alone */
	FRAME_MESSAGES, /* WebSocket: each event a text message; content stands before the first */
	FRAME_FORMS
};

struct frame {
	uint32_t references;
	uint32_t length;
	enum frame_form form;
	uint8_t bytes[];
};

/*
 * A range of a frame that is everybody's, and behind it one of a frame of the stream's own,
 * or none (tail NULL); they are sent together.  Both are whole records.
 */
struct frame_part {
	struct frame *frame, *tail;
	uint32_t from, to, tail_from, tail_to;
};

/* A frame in the making.  All zeroes but for its form is an empty one. */
struct frame_builder {
	enum frame_form form;
	struct frame *frame; /* owned until frame_finish() */
	size_t capacity;
	size_t record; /* where the last record begins; the frame's end: none to be added to */
};

/* The bytes that the builder holds so far: where the next event will begin. */
size_t frame_position(const struct frame_builder *builder);

/*
 * The next addition begins a record of its own, so a range of the frame may
 * begin or end here.  Otherwise it goes into the last record while that has
 * room: a web server does some work for each.
 */
void frame_begin_record(struct frame_builder *builder);

/* Append content. */
void frame_add_content(struct frame_builder *builder, struct span content);

/*
 * Append one event, as sse_format_event() or, in messages, websocket_format_event();
 * one record holds it if any can.
 */
void frame_add_event(struct frame_builder *builder, int64_t id, const char *name, struct span data);

/* Append the end of an event that was left open, as sse_format_id(). */
void frame_add_id(struct frame_builder *builder, struct span id);

/* Have room for so many bytes from the start: an empty builder is not made larger again and again.
 */
void frame_reserve(struct frame_builder *builder, size_t bytes);

/* Append a retry field; in messages an event of that name, {"ms":…}. */
void frame_add_retry(struct frame_builder *builder, unsigned retry_ms);

/* Append what ends a response in records: an empty STDOUT record and END_REQUEST. */
void frame_add_end(struct frame_builder *builder);

/*
 * Append a control frame (RFC 6455 section 5.5), in messages alone: with content of
 * at most WEBSOCKET_CONTROL_MAX bytes; or a close that gives this code.
 */
void frame_add_control(
    struct frame_builder *builder, enum websocket_opcode opcode, struct span content);
void frame_add_close(struct frame_builder *builder, uint16_t code);

/* The finished frame with one reference, the caller's; the builder is empty again, of its form. */
struct frame *frame_finish(struct frame_builder *builder);

/* A private copy of the bytes from..to; one reference. */
struct frame *frame_copy(const struct frame *frame, size_t from, size_t to);

struct frame *frame_hold(struct frame *frame);
void frame_release(struct frame *frame);

#endif
