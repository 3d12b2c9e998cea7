/*
 * Most reads end with a line's end, or a message's, so the rest, which would have to be
 * copied, hardly ever exists.
 */
#include "tests/bench/feed.h"

#include <stdlib.h>
#include <string.h>

/* The number behind a member's name in JSON, or -1. */
static int64_t
find_number(struct span line, const char *name)
{
	const char *at = memmem(line.at, line.len, name, strlen(name));
	const char *end = line.at + line.len;
	int64_t number = 0;

	if (at == NULL)
		return -1;
	at += strlen(name);
	while (at < end && *at == ' ')
		at++;
	for (; at < end && *at >= '0' && *at <= '9'; at++)
		number = number * 10 + (*at - '0');
	return number;
}

static void
take_id(struct feed *feed, int64_t id)
{
	if (feed->id > 0 && id != feed->id + 1)
		feed->gaps++;
	feed->id = id;
}

/* Whether these data are an event of the bench. */
static bool
take_event(struct feed *feed, struct span data, int64_t now_us, struct histogram *delays)
{
	int64_t number = find_number(data, "\"n\":");

	if (number < 0)
		return false;
	feed->events++;
	feed->sum += (uint64_t)number;
	histogram_add(delays, now_us - find_number(data, "\"at\":"));
	return true;
}

static bool
take_line(struct feed *feed, struct span line, int64_t now_us, struct histogram *delays)
{
	feed->has_spoken = true;
	if (line.len > 3 && memcmp(line.at, "id:", 3) == 0)
		take_id(feed, find_number(line, "id:"));
	return line.len >= 5 && memcmp(line.at, "data:", 5) == 0 &&
	       take_event(feed, line, now_us, delays);
}

static void
keep_rest(struct feed *feed, struct span bytes)
{
	if (bytes.len == 0)
		return;
	feed->rest = realloc(feed->rest, feed->rest_length + bytes.len);
	if (feed->rest == NULL)
		abort(); /* out of memory */
	memcpy(feed->rest + feed->rest_length, bytes.at, bytes.len);
	feed->rest_length += bytes.len;
}

unsigned
feed_take_message(
    struct feed *feed, struct span piece, bool is_whole, int64_t now_us, struct histogram *delays)
{
	bool is_event;

	if (!is_whole || feed->rest != NULL)
		keep_rest(feed, piece);
	if (!is_whole)
		return 0;
	if (feed->rest != NULL)
		piece = (struct span){ feed->rest, feed->rest_length };
	feed->has_spoken = true;
	is_event = take_event(feed, piece, now_us, delays);
	if (is_event)
		take_id(feed, find_number(piece, "\"id\":"));
	feed_clear(feed);
	return is_event;
}

unsigned
feed_take(struct feed *feed, struct span bytes, int64_t now_us, struct histogram *delays)
{
	unsigned events = 0;

	while (bytes.len > 0) {
		const char *end = memchr(bytes.at, '\n', bytes.len);
		struct span line = { bytes.at, end == NULL ? bytes.len : (size_t)(end - bytes.at) };

		if (end == NULL || feed->rest != NULL)
			keep_rest(feed, line);
		if (end == NULL)
			break;
		bytes.len -= line.len + 1;
		bytes.at = end + 1;
		if (feed->rest != NULL)
			line = (struct span){ feed->rest, feed->rest_length };
		events += take_line(feed, line, now_us, delays);
		feed_clear(feed);
	}
	return events;
}

void
feed_reset(struct feed *feed)
{
	feed->events = feed->gaps = 0;
	feed->sum = 0;
}

void
feed_clear(struct feed *feed)
{
	free(feed->rest);
	feed->rest = NULL;
	feed->rest_length = 0;
}
