/*
 * One open stream on a wire, and what its owner is told of it: what the
 * tests of clients share.  For one source file of a program.
 */
#ifndef PGBELL_TESTS_CLIENT_SCENE_H
#define PGBELL_TESTS_CLIENT_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
// cmocka wants the headers above it
#include <cmocka.h>

#include "cgi/stream/audience/client_opening.h"
#include "cgi/stream/audience/client_page.h"
#include "tests/unit/loop_scene.h"
#include "tests/unit/pages.h"

struct stream {
	struct wire wire;
	struct client *client; /* NULL once closed */
};

static struct metrics metrics;
static struct stream *open_stream;
static struct tails tails;
static unsigned closed, drained;
static enum close_reason closed_reason;

static void
on_closed(struct client *client, enum close_reason reason)
{
	assert_ptr_equal(client, open_stream->client);
	open_stream->client = NULL;
	closed++;
	closed_reason = reason;
}

static void
on_drained(struct client *client)
{
	assert_ptr_equal(client, open_stream->client);
	drained++;
}

static struct client_rules rules = { &metrics, NULL, on_closed, on_drained, NULL, 0, 0, 0 };

/* One stream at a time; tests of several are the hub's. */
static inline void
start(struct stream *stream, const struct client_opening *opening)
{
	metrics = (struct metrics){ 0 };
	closed = drained = 0;
	open_stream = stream;
	wire_open(&stream->wire, base, 1);
	stream->client = client_create(&rules, stream->wire.peer);
	client_send_opening(stream->client, opening);
}

/* A stream that has had everything up to seq. */
static inline void
start_live(struct stream *stream, int64_t seq)
{
	const struct client_opening opening = { .user_id = "7", .seq = seq, .unread_count = 3 };

	start(stream, &opening);
	wire_read(&stream->wire, base);
	wire_forget(&stream->wire);
}

/* One that has events up to current to come, after the number that it names. */
static inline void
start_behind(struct stream *stream, int64_t after, int64_t current)
{
	const struct client_opening opening = {
		.user_id = "7", .seq = current, .unread_count = 3, .resumes = true, .after = after
	};

	start(stream, &opening);
	wire_read(&stream->wire, base);
	wire_forget(&stream->wire);
}

static inline void
stop_stream(struct stream *stream)
{
	if (stream->client != NULL)
		client_close(stream->client, CLOSE_DRAINED);
	wire_close(&stream->wire);
	wire_turn(base);
}

static inline void
send_page(struct stream *stream, int64_t first, size_t count, int32_t unread, size_t padding)
{
	struct page page = page_of(first, count, unread, padding);

	client_send_page(&stream->client->person, &page, &tails);
	tails_clear(&tails);
	page_clear(&page);
}

#endif
