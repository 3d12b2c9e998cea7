/*
 * Fuzz the door of sockets: the input is a request's head, and behind it a
 * client's frames.  The first byte says where it is cut in two, since nothing
 * must depend on how bytes are cut.  Without a head, when the second byte is odd,
 * it is frames alone.
 */
#include "cgi/stream/wire/handshake.h"
#include "cgi/stream/wire/websocket_reader.h"
#include "common/http.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was told of an input, boiled down. */
struct told {
	unsigned outcome, status, frames, code;
	size_t bytes;
};

struct door {
	struct http_head head;
	struct websocket_reader reader;
	bool is_past_head, is_over;
	struct told told;
};

static void
read_head(struct door *door, struct span *input)
{
	enum http_head_outcome outcome = http_head_feed(&door->head, input);
	struct handshake handshake;

	door->told.outcome = outcome;
	door->is_past_head = outcome != HTTP_HEAD_WANTS_MORE;
	door->is_over = outcome != HTTP_HEAD_WANTS_MORE && outcome != HTTP_HEAD_READY;
	if (outcome != HTTP_HEAD_READY)
		return;
	handshake_check(&door->head, &handshake);
	door->told.status = (unsigned)handshake.status;
	if ((handshake.status == 101) != (handshake.detail == NULL))
		abort();
}

static void
read_frames(struct door *door, struct span *input)
{
	struct websocket_received received;
	enum websocket_step step;

	while ((step = websocket_read(&door->reader, input, &received)) == WEBSOCKET_RECEIVED) {
		door->told.frames++;
		door->told.bytes += received.content.len;
		if (received.content.len > WEBSOCKET_MESSAGE_MAX ||
		    (received.opcode == WEBSOCKET_TEXT && !http_is_utf8(received.content)) ||
		    (received.opcode == WEBSOCKET_CLOSE && received.code != WEBSOCKET_NO_CODE &&
			!websocket_is_code(received.code)))
			abort();
	}
	if (step == WEBSOCKET_FAILED) {
		door->told.code = received.code;
		door->is_over = true;
	} else if (input->len > 0) {
		abort();
	}
}

static void
feed(struct door *door, const uint8_t *data, size_t size)
{
	struct span input = { (const char *)data, size };

	if (!door->is_past_head)
		read_head(door, &input);
	if (door->is_past_head && !door->is_over)
		read_frames(door, &input);
}

static void
close_door(struct door *door)
{
	http_head_clear(&door->head);
	websocket_reader_clear(&door->reader);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct door whole = { .head = { .most = 512 } }, cut = { .head = { .most = 512 } };
	size_t at;

	if (size < 2)
		return 0;
	whole.is_past_head = cut.is_past_head = data[1] % 2 == 1;
	at = data[0] % (size - 1);
	data += 2;
	size -= 2;
	if (at > size)
		at = size;
	feed(&whole, data, size);
	feed(&cut, data, at);
	if (!cut.is_over)
		feed(&cut, data + at, size - at);
	if (memcmp(&whole.told, &cut.told, sizeof(whole.told)) != 0)
		abort();
	close_door(&whole);
	close_door(&cut);
	return 0;
}
