/*
 * Frames for tests: made of an alphabet, and taken apart again.  To be included behind
 * cmocka.h.
 */
#ifndef PGBELL_TESTS_FRAMES_H
#define PGBELL_TESTS_FRAMES_H

#include <stdlib.h>

#include "cgi/stream/events/frame.h"
#include "common/fastcgi.h"

/* The content of a frame's records; asserts that every record is whole and for this request. */
static inline size_t
frame_read(const struct frame *frame, uint16_t id, char *content, size_t *records)
{
	struct span rest = { (const char *)frame->bytes, frame->length }, part;
	struct fastcgi_decoder decoder = { 0 };
	struct fastcgi_header header;
	enum fastcgi_step step;
	size_t length = 0;

	*records = 0;
	while ((step = fastcgi_decode(&decoder, &rest, &header, &part)) != FASTCGI_STARVED) {
		assert_int_not_equal(step, FASTCGI_INVALID);
		assert_int_equal(header.request_id, id);
		assert_true(header.content_length <= FASTCGI_CONTENT_MAX);
		if (step == FASTCGI_RECORD)
			(*records)++;
		if (step != FASTCGI_CONTENT || header.type != FASTCGI_STDOUT)
			continue;
		memcpy(content + length, part.at, part.len);
		length += part.len;
	}
	assert_int_equal(decoder.raw_length, 0);
	return length;
}

static inline struct frame *
frame_of(enum frame_form form, size_t length)
{
	struct frame_builder builder = { .form = form };
	char *content = malloc(length + 1);
	struct frame *frame;

	assert_non_null(content);
	for (size_t i = 0; i < length; i++)
		content[i] = (char)('a' + i % 26);
	frame_add_content(&builder, (struct span){ content, length });
	free(content);
	frame = frame_finish(&builder);
	assert_null(builder.frame);
	return frame;
}

#endif
