/*
 * What stands in lines (status, fields, sizes of chunks) is gathered in one
 * buffer; the body is passed on where it lies.
 */
#include "tests/bench/response.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Whether a whole line is in response->line now, without its end. */
static bool
take_line(struct response *response, struct span *input)
{
	while (input->len > 0) {
		char byte = *input->at;

		input->at++;
		input->len--;
		if (byte == '\n') {
			response->line[response->line_length] = '\0';
			response->line_length = 0;
			return true;
		}
		if (byte != '\r' && response->line_length < RESPONSE_LINE_MAX - 1)
			response->line[response->line_length++] = byte;
	}
	return false;
}

static void
end_header(struct response *response)
{
	response->has_header = true;
	if (response->is_chunked)
		response->part = RESPONSE_SIZE;
	else
		response->part = response->left == 0 ? RESPONSE_DONE : RESPONSE_BODY;
}

static void
read_field(struct response *response)
{
	if (strncasecmp(response->line, "content-length:", 15) == 0)
		response->left = strtoll(response->line + 15, NULL, 10);
	else if (strncasecmp(response->line, "transfer-encoding:", 18) == 0)
		response->is_chunked = strstr(response->line, "chunked") != NULL;
	else if (response->line[0] == '\0')
		end_header(response);
}

static void
read_size(struct response *response)
{
	response->left = strtoll(response->line, NULL, 16);
	response->part = response->left > 0 ? RESPONSE_BODY : RESPONSE_CHUNK_END;
}

static void
read_line(struct response *response)
{
	switch (response->part) {
	case RESPONSE_STATUS:
		response->status = response->line[0] == 'H' ? atoi(response->line + 9) : 0;
		response->left = -1;
		response->part = RESPONSE_FIELD;
		break;
	case RESPONSE_FIELD: read_field(response); break;
	case RESPONSE_SIZE: read_size(response); break;
	case RESPONSE_CHUNK_END: /* the line's end behind a chunk, or behind the last, empty one */
		response->part = response->left == 0 ? RESPONSE_DONE : RESPONSE_SIZE;
		break;
	case RESPONSE_BODY:
	case RESPONSE_DONE: break;
	}
}

static struct span
take_body(struct response *response, struct span *input)
{
	struct span piece = *input;

	if (response->left >= 0 && piece.len > (size_t)response->left)
		piece.len = (size_t)response->left;
	input->at += piece.len;
	input->len -= piece.len;
	if (response->left < 0)
		return piece;
	response->left -= (int64_t)piece.len;
	if (response->left == 0 && response->is_chunked) {
		response->part = RESPONSE_CHUNK_END;
		response->left = -1; /* not the last one */
	} else if (response->left == 0) {
		response->part = RESPONSE_DONE;
	}
	return piece;
}

struct span
response_take(struct response *response, struct span *input)
{
	while (input->len > 0 && response->part != RESPONSE_DONE) {
		if (response->part == RESPONSE_BODY)
			return take_body(response, input);
		if (take_line(response, input))
			read_line(response);
	}
	return (struct span){ input->at, 0 };
}
