/*
 * Peers over a real socket pair, each with an owner that counts what it
 * hears: what the tests of peers share.  For one source file of a program.
 */
#ifndef PGBELL_TESTS_PEER_SCENE_H
#define PGBELL_TESTS_PEER_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
// cmocka wants the headers above it
#include <cmocka.h>

#include "tests/unit/loop_scene.h"

struct owner {
	struct peer *peer;
	unsigned gone, drained, bytes;
};

static void
on_gone(void *argument)
{
	struct owner *owner = argument;

	owner->gone++;
	peer_close(owner->peer);
}

static void
on_drained(void *argument)
{
	((struct owner *)argument)->drained++;
}

static void
on_bytes(void *argument, struct span bytes)
{
	((struct owner *)argument)->bytes += (unsigned)bytes.len;
}

static const struct peer_events events = {
	.on_bytes = on_bytes, .on_gone = on_gone, .on_drained = on_drained
};

static inline void
open_owned(struct wire *wire, struct owner *owner, uint16_t id)
{
	wire_open(wire, base, id);
	*owner = (struct owner){ .peer = wire->peer };
	peer_set_owner(wire->peer, &events, owner);
}

static inline struct frame *
make_frame_of(enum frame_form form, const char *content)
{
	struct frame_builder builder = { .form = form };

	frame_add_content(&builder, span_of(content));
	return frame_finish(&builder);
}

static inline struct frame *
make_frame(const char *content)
{
	return make_frame_of(FRAME_RECORDS, content);
}

/* A hundred kilobytes, more than fits the socket, each line of it another. */
static inline struct frame *
make_lines_of(enum frame_form form, char first)
{
	struct frame_builder builder = { .form = form };
	char line[101];

	for (int i = 0; i < 1024; i++) {
		snprintf(line, sizeof(line), "%c%-98d\n", first, i);
		frame_add_content(&builder, (struct span){ line, 101 });
	}
	return frame_finish(&builder);
}

static inline struct frame *
make_lines(char first)
{
	return make_lines_of(FRAME_RECORDS, first);
}

static inline void
send_all(struct peer *peer, struct frame *frame)
{
	assert_int_equal(peer_send(peer, frame, 0, frame->length), PEER_OK);
}

static inline void
assert_lines(const struct wire *wire, const char *firsts)
{
	assert_int_equal(wire->length, strlen(firsts) * 1024 * 101);
	for (size_t i = 0; i < strlen(firsts) * 1024; i++) {
		const char *at = wire->content + i * 101;

		assert_int_equal(at[0], firsts[i / 1024]);
		assert_int_equal(atoi(at + 1), i % 1024);
	}
}

#endif
