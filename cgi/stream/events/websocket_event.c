/* Measured before it is written, for its header says how long it is. */
#include "cgi/stream/events/websocket_event.h"

#include <inttypes.h>
#include <stdio.h>

#include "cgi/stream/events/sse.h"
#include "common/websocket.h"

#define START "{\"event\":\""
#define DATA "\"data\":"
#define ID_BYTES 32 /* that `"id":`, a number and a comma have at most */

/* The id, which stands between the name and the data. */
static size_t
format_id(char out[ID_BYTES], int64_t id)
{
	if (id == SSE_NO_ID)
		return 0;
	return (size_t)snprintf(out, ID_BYTES, "\"id\":%" PRId64 ",", id);
}

static char *
put(char *at, const char *bytes, size_t length)
{
	memcpy(at, bytes, length);
	return at + length;
}

size_t
websocket_format_event(char *out, size_t capacity, int64_t id, const char *name, struct span data)
{
	char id_text[ID_BYTES];
	uint8_t header[WEBSOCKET_HEADER_MAX];
	size_t id_length = format_id(id_text, id), name_length = strlen(name);
	size_t length = strlen(START) + name_length + strlen("\",") + id_length + strlen(DATA) +
			data.len + strlen("}");
	size_t header_length = websocket_encode_header(header, WEBSOCKET_TEXT, length);

	if (header_length + length > capacity)
		return header_length + length;
	out = put(out, (const char *)header, header_length);
	out = put(out, START, strlen(START));
	out = put(out, name, name_length);
	out = put(out, "\",", 2);
	out = put(out, id_text, id_length);
	out = put(out, DATA, strlen(DATA));
	out = put(out, data.at, data.len);
	put(out, "}", 1);
	return header_length + length;
}
