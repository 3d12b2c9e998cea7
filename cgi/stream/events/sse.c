/*
 * All output goes through put(), which counts always and writes while there
 * is room: measuring and writing cannot disagree.
 */
#include "cgi/stream/events/sse.h"

#include <inttypes.h>
#include <stdio.h>

struct sink {
	char *out;
	size_t capacity;
	size_t length; /* of everything put, whether it fitted or not */
};

static void
put(struct sink *sink, const char *bytes, size_t length)
{
	if (sink->length < sink->capacity) {
		size_t room = sink->capacity - sink->length;

		memcpy(sink->out + sink->length, bytes, length < room ? length : room);
	}
	sink->length += length;
}

static void
put_string(struct sink *sink, const char *string)
{
	put(sink, string, strlen(string));
}

static void
put_data(struct sink *sink, struct span data)
{
	const char *end = data.at + data.len;
	const char *line = data.at;

	for (;;) {
		const char *at = line;

		while (at < end && *at != '\r' && *at != '\n')
			at++;
		put_string(sink, "data: ");
		put(sink, line, (size_t)(at - line));
		put_string(sink, "\n");
		if (at == end)
			return;
		line = at + (end - at > 1 && at[0] == '\r' && at[1] == '\n' ? 2 : 1);
	}
}

size_t
sse_format_event(char *out, size_t capacity, int64_t id, const char *name, struct span data)
{
	struct sink sink = { out, capacity, 0 };
	char line[48];

	if (name != NULL) {
		put_string(&sink, "event: ");
		put_string(&sink, name);
		put_string(&sink, "\n");
	}
	put_data(&sink, data);
	if (id == SSE_OPEN_END)
		return sink.length;
	if (id != SSE_NO_ID) {
		snprintf(line, sizeof(line), "id: %" PRId64 "\n", id);
		put_string(&sink, line);
	}
	put_string(&sink, "\n");
	return sink.length;
}

size_t
sse_format_id(char *out, size_t capacity, struct span id)
{
	struct sink sink = { out, capacity, 0 };

	put_string(&sink, "id: ");
	put(&sink, id.at, id.len);
	put_string(&sink, "\n\n");
	return sink.length;
}

size_t
sse_format_retry(char *out, size_t capacity, unsigned retry_ms)
{
	struct sink sink = { out, capacity, 0 };
	char line[32];

	snprintf(line, sizeof(line), "retry: %u\n\n", retry_ms);
	put_string(&sink, line);
	return sink.length;
}
