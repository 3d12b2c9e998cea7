/*
 * Frames: bytes ready for the socket, built once and shared by every stream
 * that gets them.  Behind a web server they are whole FastCGI STDOUT records
 * (FastCGI Specification section 5.3); as a plain CGI program, bare content.
 */
#ifndef PGBELL_FRAME_H
#define PGBELL_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/span.h"

/* The request id that records are made for: no web server in use sends another. */
#define FRAME_REQUEST_ID 1

struct frame {
	uint32_t references;
	uint32_t length;
	uint8_t bytes[];
};

/* Whether frames made from now on are bare content.  Said once, at the start. */
void frame_set_plain(bool plain);

/*
 * What is sent together: a range of a frame that is everybody's, and behind it one of a
 * frame of the stream's own, or none (tail NULL).  Both are whole records.
 */
struct frame_part {
	struct frame *frame, *tail;
	uint32_t from, to, tail_from, tail_to;
};

/* A frame in the making.  All zeroes is an empty one. */
struct frame_builder {
	struct frame *frame; /* owned until frame_finish() */
	size_t capacity;
	size_t record; /* where the last record begins; the frame's end: none to be added to */
};

/* The bytes that the builder holds so far: where the next event will begin. */
size_t frame_position(const struct frame_builder *builder);

/*
 * What is added next begins a record of its own, so a range of the frame may
 * begin or end here.  Otherwise it goes into the last record while that has
 * room: a web server does some work for each.
 */
void frame_begin_record(struct frame_builder *builder);

/* Append content. */
void frame_add_content(struct frame_builder *builder, struct span content);

/* Append one server-sent event, as sse_format_event(); one record holds it if any can. */
void frame_add_event(struct frame_builder *builder, int64_t id, const char *name, struct span data);

/* Append the end of an event that was left open, as sse_format_id(). */
void frame_add_id(struct frame_builder *builder, struct span id);

/*
 * Append the content of the records from..to of another frame, but for its
 * last bytes, less of them; to may lie in the middle of a record.
 */
void frame_add_from(
    struct frame_builder *builder, const struct frame *frame, size_t from, size_t to, size_t less);

/* Append a retry field. */
void frame_add_retry(struct frame_builder *builder, unsigned retry_ms);

/* Append what ends a response: an empty STDOUT record and END_REQUEST. */
void frame_add_end(struct frame_builder *builder);

/* The finished frame with one reference, the caller's; the builder is empty again. */
struct frame *frame_finish(struct frame_builder *builder);

/* A private copy of from..to with its records addressed to another request; one reference. */
struct frame *frame_copy_for(
    const struct frame *frame, size_t from, size_t to, uint16_t request_id);

/*
 * A private copy of the first length bytes, in which the record that begins
 * at record ends there; one reference.
 */
struct frame *frame_copy_start(const struct frame *frame, size_t record, size_t length);

/*
 * Where to end a write that begins at from, where a record begins, so that
 * it is whole records: as many as most bytes hold, at least one, not beyond
 * to.  Frames of bare content have none, and end it at to.
 */
size_t frame_find_cut(const struct frame *frame, size_t from, size_t to, size_t most);

struct frame *frame_hold(struct frame *frame);
void frame_release(struct frame *frame);

#endif
