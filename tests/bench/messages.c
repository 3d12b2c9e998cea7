/* A header is gathered byte by byte; what is behind it is passed on where it lies. */
#include "tests/bench/messages.h"

#define SHORT_MAX 125 /* of a length that stands in the second byte itself */
#define LENGTH_16 126
#define OPCODE 0x0f

/* How long the header is, as far as its first two bytes tell. */
static uint8_t
measure_header(const struct messages *messages)
{
	if (messages->header_length < 2 || messages->header[1] <= SHORT_MAX)
		return 2;
	return messages->header[1] == LENGTH_16 ? 4 : WEBSOCKET_HEADER_MAX;
}

static uint64_t
read_length(const struct messages *messages)
{
	uint64_t length = 0;

	if (messages->header_length == 2)
		return messages->header[1];
	for (uint8_t i = 2; i < messages->header_length; i++)
		length = length << 8 | messages->header[i];
	return length;
}

/* Whether the header is whole now. */
static bool
take_header(struct messages *messages, struct span *input)
{
	while (input->len > 0 && messages->header_length < measure_header(messages)) {
		messages->header[messages->header_length++] = (uint8_t)*input->at;
		input->at++;
		input->len--;
		if (messages->header_length == measure_header(messages))
			messages->left = read_length(messages);
	}
	return messages->header_length == measure_header(messages);
}

struct span
messages_take(struct messages *messages, struct span *input, bool *is_whole)
{
	while (input->len > 0 && take_header(messages, input)) {
		bool is_text = (messages->header[0] & OPCODE) == WEBSOCKET_TEXT;
		struct span piece = *input;

		if (piece.len > messages->left)
			piece.len = (size_t)messages->left;
		input->at += piece.len;
		input->len -= piece.len;
		messages->left -= piece.len;
		*is_whole = messages->left == 0;
		if (*is_whole)
			messages->header_length = 0;
		if (is_text && piece.len > 0)
			return piece;
	}
	*is_whole = false;
	return (struct span){ input->at, 0 };
}
