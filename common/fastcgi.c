/*
 * The decoder hands content out in the pieces that it came in, so it needs
 * no buffer and has no limit of its own; a caller that collects content sets one.
 * A peer may cut records anywhere: the tests try every split point.
 */
#include "common/fastcgi.h"

static uint16_t
read_u16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static void
write_u16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* Move up to count bytes off the front of the input; returns how many there were. */
static size_t
take(struct span *input, size_t count)
{
	size_t taken = input->len < count ? input->len : count;

	input->at += taken;
	input->len -= taken;
	return taken;
}

static void
read_header(const struct fastcgi_decoder *decoder, struct fastcgi_header *header)
{
	header->type = decoder->raw[1];
	header->request_id = read_u16(decoder->raw + 2);
	header->content_length = read_u16(decoder->raw + 4);
	header->padding_length = decoder->raw[6];
}

enum fastcgi_step
fastcgi_decode(struct fastcgi_decoder *decoder, struct span *input, struct fastcgi_header *header,
    struct span *content)
{
	if (!decoder->in_record) {
		const char *from = input->at;
		size_t taken = take(input, (size_t)(FASTCGI_HEADER_BYTES - decoder->raw_length));

		if (taken > 0)
			memcpy(decoder->raw + decoder->raw_length, from, taken);
		decoder->raw_length = (uint8_t)(decoder->raw_length + taken);
		if (decoder->raw_length > 0 && decoder->raw[0] != FASTCGI_VERSION)
			return FASTCGI_INVALID;
		if (decoder->raw_length < FASTCGI_HEADER_BYTES)
			return FASTCGI_STARVED;
		read_header(decoder, header);
		decoder->content_left = header->content_length;
		decoder->padding_left = header->padding_length;
		decoder->in_record = true;
		return FASTCGI_RECORD;
	}
	if (decoder->content_left > 0) {
		content->at = input->at;
		content->len = take(input, decoder->content_left);
		decoder->content_left = (uint16_t)(decoder->content_left - content->len);
		return content->len > 0 ? FASTCGI_CONTENT : FASTCGI_STARVED;
	}
	decoder->padding_left =
	    (uint8_t)(decoder->padding_left - take(input, decoder->padding_left));
	if (decoder->padding_left > 0)
		return FASTCGI_STARVED;
	read_header(decoder, header);
	decoder->in_record = false;
	decoder->raw_length = 0;
	return FASTCGI_FINISHED;
}

void
fastcgi_encode_header(
    uint8_t out[FASTCGI_HEADER_BYTES], enum fastcgi_type type, uint16_t request_id, uint16_t length)
{
	out[0] = FASTCGI_VERSION;
	out[1] = (uint8_t)type;
	write_u16(out + 2, request_id);
	write_u16(out + 4, length);
	out[6] = 0;
	out[7] = 0;
}

void
fastcgi_encode_end(
    uint8_t out[FASTCGI_END_BYTES], uint16_t request_id, enum fastcgi_protocol_status status)
{
	memset(out, 0, FASTCGI_END_BYTES);
	fastcgi_encode_header(
	    out, FASTCGI_END_REQUEST, request_id, FASTCGI_END_BYTES - FASTCGI_HEADER_BYTES);
	out[FASTCGI_HEADER_BYTES + 4] = (uint8_t)status;
}

void
fastcgi_set_request_id(uint8_t *header, uint16_t request_id)
{
	write_u16(header + 2, request_id);
}

/* A length of one byte, or of four when the first has its high bit set. */
static bool
take_length(struct span *input, size_t *length)
{
	const uint8_t *at = (const uint8_t *)input->at;

	if (input->len < 1)
		return false;
	if (at[0] < 0x80) {
		*length = at[0];
		return take(input, 1) == 1;
	}
	if (input->len < 4)
		return false;
	*length = (size_t)(at[0] & 0x7f) << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3];
	return take(input, 4) == 4;
}

enum fastcgi_pair
fastcgi_next_pair(struct span *input, struct span *name, struct span *value)
{
	if (input->len == 0)
		return FASTCGI_PAIRS_END;
	if (!take_length(input, &name->len) || !take_length(input, &value->len))
		return FASTCGI_PAIRS_BROKEN;
	if (name->len > input->len || value->len > input->len - name->len)
		return FASTCGI_PAIRS_BROKEN;
	name->at = input->at;
	take(input, name->len);
	value->at = input->at;
	take(input, value->len);
	return FASTCGI_PAIR;
}

size_t
fastcgi_answer_management(uint8_t type, struct span content, uint8_t out[FASTCGI_ANSWER_BYTES])
{
	static const char asked[] = "FCGI_MPXS_CONNS";
	const uint8_t name_length = sizeof(asked) - 1;
	struct span name, value;
	uint8_t *body = out + FASTCGI_HEADER_BYTES;
	uint16_t length = 0;

	if (type != FASTCGI_GET_VALUES) {
		fastcgi_encode_header(out, FASTCGI_UNKNOWN_TYPE, 0, 8);
		memset(body, 0, 8);
		body[0] = type;
		return FASTCGI_HEADER_BYTES + 8;
	}
	while (length == 0 && fastcgi_next_pair(&content, &name, &value) == FASTCGI_PAIR) {
		if (!span_equals(name, asked))
			continue;
		body[0] = name_length;
		body[1] = 1;
		memcpy(body + 2, asked, name_length);
		body[2 + name_length] = '0';
		length = (uint16_t)(3 + name_length);
	}
	fastcgi_encode_header(out, FASTCGI_GET_VALUES_RESULT, 0, length);
	return (size_t)FASTCGI_HEADER_BYTES + length;
}
