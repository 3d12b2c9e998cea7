/*
 * A header is put together until it is complete; what it announces is judged
 * before any of it is read.  Content is unmasked into room that is there only
 * while something is coming in: most sockets say nothing most of the time.
 * A control frame between two fragments has room of its own.
 */
#include "cgi/stream/wire/websocket_reader.h"

#include <stdlib.h>

#include "common/http.h"

struct websocket_room {
	char message[WEBSOCKET_MESSAGE_MAX];
	char control[WEBSOCKET_CONTROL_MAX];
};

enum { FINAL = 0x80, RESERVED = 0x70, OPCODE = 0x0f, MASKED = 0x80, LENGTH = 0x7f };

static enum websocket_opcode
get_opcode(const struct websocket_reader *reader)
{
	return (enum websocket_opcode)(reader->header[0] & OPCODE);
}

static bool
is_final(const struct websocket_reader *reader)
{
	return (reader->header[0] & FINAL) != 0;
}

static bool
is_control(const struct websocket_reader *reader)
{
	return get_opcode(reader) >= WEBSOCKET_CLOSE;
}

static void
release_room(struct websocket_reader *reader)
{
	free(reader->room);
	reader->room = NULL;
}

static void
make_room(struct websocket_reader *reader)
{
	if (reader->room == NULL)
		reader->room = malloc(sizeof(*reader->room));
	if (reader->room == NULL)
		abort();
}

/* --- headers --------------------------------------------------------------- */

/* Bytes that the header has besides the first two, which have come. */
static size_t
measure_rest(const struct websocket_reader *reader)
{
	uint8_t length = reader->header[1] & LENGTH;
	size_t extended = length == 127 ? 8 : length == 126 ? 2 : 0;

	return extended + 4; /* the mask: judge_start() wants one */
}

static uint64_t
get_length(const struct websocket_reader *reader)
{
	uint8_t length = reader->header[1] & LENGTH;
	size_t bytes = length == 127 ? 8 : 2;
	uint64_t value = 0;

	if (length < 126)
		return length;
	for (size_t i = 0; i < bytes; i++)
		value = value << 8 | reader->header[2 + i];
	return value;
}

/* The fewest bytes that say it are to be used, and the highest bit is none (section 5.2). */
static bool
is_length_sound(const struct websocket_reader *reader)
{
	uint8_t length = reader->header[1] & LENGTH;
	uint64_t value = get_length(reader);

	if (length == 127)
		return value > UINT16_MAX && value <= INT64_MAX;
	return length < 126 || value >= 126;
}

/* The close code for a fault in the first two bytes; 0: there is none. */
static uint16_t
judge_start(const struct websocket_reader *reader)
{
	enum websocket_opcode opcode = get_opcode(reader);

	if ((reader->header[0] & RESERVED) != 0 || (reader->header[1] & MASKED) == 0)
		return WEBSOCKET_PROTOCOL_ERROR;
	if (is_control(reader))
		return opcode > WEBSOCKET_PONG || !is_final(reader) ||
			       (reader->header[1] & LENGTH) > WEBSOCKET_CONTROL_MAX
			   ? WEBSOCKET_PROTOCOL_ERROR
			   : 0;
	if (opcode > WEBSOCKET_BINARY || (opcode == WEBSOCKET_CONTINUATION) != reader->in_message)
		return WEBSOCKET_PROTOCOL_ERROR;
	return opcode == WEBSOCKET_BINARY ? WEBSOCKET_UNSUPPORTED : 0;
}

/* The same of a whole header. */
static uint16_t
judge_header(const struct websocket_reader *reader)
{
	if (!is_length_sound(reader))
		return WEBSOCKET_PROTOCOL_ERROR;
	if (!is_control(reader) &&
	    (get_length(reader) > WEBSOCKET_MESSAGE_MAX - reader->message_length ||
		reader->fragments == WEBSOCKET_FRAGMENTS_MAX))
		return WEBSOCKET_TOO_LARGE;
	return 0;
}

/* Take bytes until the header has so many; false where the input is used up before. */
static bool
fill_header(struct websocket_reader *reader, struct span *input, size_t length)
{
	while (reader->header_length < length && input->len > 0) {
		reader->header[reader->header_length++] = (uint8_t)*input->at++;
		input->len--;
	}
	return reader->header_length >= length;
}

/* False where the header is not complete yet, or is refused. */
static bool
read_header(struct websocket_reader *reader, struct span *input)
{
	if (!fill_header(reader, input, 2))
		return false;
	reader->failed = judge_start(reader);
	if (reader->failed != 0 || !fill_header(reader, input, 2 + measure_rest(reader)))
		return false;
	reader->failed = judge_header(reader);
	if (reader->failed != 0)
		return false;
	reader->in_frame = true;
	reader->left = get_length(reader);
	reader->control_length = 0;
	if (!is_control(reader)) {
		reader->in_message = true;
		reader->fragments++;
	}
	return true;
}

/* --- content --------------------------------------------------------------- */

static void
unmask(const struct websocket_reader *reader, char *out, const char *in, size_t length)
{
	const uint8_t *mask = reader->header + reader->header_length - 4;
	uint64_t at = get_length(reader) - reader->left;

	for (size_t i = 0; i < length; i++)
		out[i] = (char)((uint8_t)in[i] ^ mask[(at + i) % 4]);
}

/* Take what has come of the frame's content; false where more is to come. */
static bool
read_content(struct websocket_reader *reader, struct span *input)
{
	size_t length = input->len < reader->left ? input->len : (size_t)reader->left;

	if (length > 0) {
		make_room(reader);
		if (is_control(reader)) {
			unmask(reader, reader->room->control + reader->control_length, input->at,
			    length);
			reader->control_length = (uint8_t)(reader->control_length + length);
		} else {
			unmask(reader, reader->room->message + reader->message_length, input->at,
			    length);
			reader->message_length += (uint32_t)length;
		}
		reader->left -= length;
		input->at += length;
		input->len -= length;
	}
	return reader->left == 0;
}

/* A close has no content, or a code and a reason in UTF-8 (section 5.5.1). */
static uint16_t
judge_close(struct websocket_received *received)
{
	const uint8_t *bytes = (const uint8_t *)received->content.at;

	received->code = WEBSOCKET_NO_CODE;
	if (bytes == NULL || received->content.len == 0)
		return 0;
	if (received->content.len == 1)
		return WEBSOCKET_PROTOCOL_ERROR;
	received->code = (uint16_t)(bytes[0] << 8 | bytes[1]);
	received->content.at += 2;
	received->content.len -= 2;
	if (!websocket_is_code(received->code))
		return WEBSOCKET_PROTOCOL_ERROR;
	return http_is_utf8(received->content) ? 0 : WEBSOCKET_BAD_TEXT;
}

/* A frame is complete; false where it is only a fragment. */
static bool
finish_frame(struct websocket_reader *reader, struct websocket_received *received)
{
	reader->in_frame = false;
	reader->header_length = 0;
	*received = (struct websocket_received){ .opcode = get_opcode(reader) };
	if (is_control(reader)) {
		if (reader->room != NULL)
			received->content =
			    (struct span){ reader->room->control, reader->control_length };
		if (received->opcode == WEBSOCKET_CLOSE)
			reader->failed = judge_close(received);
		return true;
	}
	if (!is_final(reader))
		return false;
	received->opcode = WEBSOCKET_TEXT;
	if (reader->message_length > 0)
		received->content = (struct span){ reader->room->message, reader->message_length };
	if (!http_is_utf8(received->content))
		reader->failed = WEBSOCKET_BAD_TEXT;
	reader->in_message = false;
	reader->message_length = reader->fragments = 0;
	return true;
}

enum websocket_step
websocket_read(
    struct websocket_reader *reader, struct span *input, struct websocket_received *received)
{
	if (reader->room != NULL && !reader->in_frame && !reader->in_message)
		release_room(reader); /* what the last step gave out has been looked at */
	while (reader->failed == 0) {
		if (!reader->in_frame && !read_header(reader, input)) {
			if (reader->failed == 0)
				return WEBSOCKET_STARVED;
			break;
		}
		if (!read_content(reader, input))
			return WEBSOCKET_STARVED;
		if (finish_frame(reader, received) && reader->failed == 0)
			return WEBSOCKET_RECEIVED;
	}
	*received = (struct websocket_received){ .code = reader->failed };
	return WEBSOCKET_FAILED;
}

void
websocket_reader_clear(struct websocket_reader *reader)
{
	release_room(reader);
}
