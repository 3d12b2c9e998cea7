/*
 * One step of the decoder at a time, sorted by the type of the record that
 * it belongs to.  The decoder stays valid after READY: the stream goes on
 * with a copy of it, to see an ABORT_REQUEST between ignored input.
 */
#include "cgi/stream/wire/fastcgi_request.h"

#include <stdlib.h>

void
fastcgi_request_init(struct fastcgi_request *request)
{
	memset(request, 0, sizeof(*request));
	request->params_max = FASTCGI_PARAMS_MAX;
}

void
fastcgi_request_clear(struct fastcgi_request *request)
{
	free(request->params);
	request->params = NULL;
	request->params_length = request->params_capacity = 0;
}

static bool
append_params(struct fastcgi_request *request, struct span content)
{
	size_t needed = request->params_length + content.len;

	if (needed > request->params_max)
		return false;
	if (needed > request->params_capacity) {
		size_t capacity = needed < 2048 ? 2048 : FASTCGI_PARAMS_MAX;
		char *grown = realloc(request->params, capacity);

		if (grown == NULL)
			abort();
		request->params = grown;
		request->params_capacity = capacity;
	}
	memcpy(request->params + request->params_length, content.at, content.len);
	request->params_length = needed;
	return true;
}

static bool
params_are_sound(const struct fastcgi_request *request)
{
	struct span rest = { request->params, request->params_length }, name, value;
	enum fastcgi_pair pair;

	do
		pair = fastcgi_next_pair(&rest, &name, &value);
	while (pair == FASTCGI_PAIR);
	return pair == FASTCGI_PAIRS_END;
}

static bool
is_control(const struct fastcgi_header *header)
{
	return header->type == FASTCGI_BEGIN_REQUEST || header->request_id == 0;
}

static enum fastcgi_outcome
take_content(struct fastcgi_request *request, struct span content)
{
	const struct fastcgi_header *header = &request->header;

	if (is_control(header)) {
		size_t room = sizeof(request->control) - request->control_length;
		size_t used = content.len < room ? content.len : room;

		memcpy(request->control + request->control_length, content.at, used);
		request->control_length += used;
	} else if (header->type == FASTCGI_PARAMS && header->request_id == request->id &&
		   !append_params(request, content)) {
		return FASTCGI_PARAMS_TOO_LONG;
	}
	return FASTCGI_WANTS_MORE;
}

static enum fastcgi_outcome
begin(struct fastcgi_request *request)
{
	int role = request->control[0] << 8 | request->control[1];
	uint16_t id = request->header.request_id;

	if (request->header.content_length != FASTCGI_BEGIN_BYTES || id == 0)
		return FASTCGI_BROKEN;
	if (request->begun) { /* a second request at once: we do not multiplex */
		fastcgi_encode_end(request->answer, id, FASTCGI_CANT_MPX_CONN);
		request->answer_length = FASTCGI_END_BYTES;
		return FASTCGI_WANTS_ANSWER;
	}
	request->id = id;
	request->begun = true;
	return role == FASTCGI_RESPONDER ? FASTCGI_WANTS_MORE : FASTCGI_WRONG_ROLE;
}

static enum fastcgi_outcome
manage(struct fastcgi_request *request)
{
	struct span content = { (const char *)request->control, request->control_length };

	request->answer_length =
	    fastcgi_answer_management(request->header.type, content, request->answer);
	return FASTCGI_WANTS_ANSWER;
}

static enum fastcgi_outcome
finish_record(struct fastcgi_request *request)
{
	const struct fastcgi_header *header = &request->header;

	if (header->type == FASTCGI_BEGIN_REQUEST)
		return begin(request);
	if (header->request_id == 0)
		return manage(request);
	if (!request->begun || header->request_id != request->id)
		return FASTCGI_WANTS_MORE; /* of a request that was refused */
	if (header->type == FASTCGI_ABORT_REQUEST)
		return FASTCGI_REQUEST_ABORTED;
	if (header->type == FASTCGI_PARAMS && header->content_length == 0)
		return params_are_sound(request) ? FASTCGI_REQUEST_READY : FASTCGI_BROKEN;
	return FASTCGI_WANTS_MORE;
}

enum fastcgi_outcome
fastcgi_request_feed(struct fastcgi_request *request, struct span *input)
{
	enum fastcgi_outcome outcome = FASTCGI_WANTS_MORE;
	struct span content;

	while (outcome == FASTCGI_WANTS_MORE) {
		switch (fastcgi_decode(&request->decoder, input, &request->header, &content)) {
		case FASTCGI_STARVED: return FASTCGI_WANTS_MORE;
		case FASTCGI_INVALID: return FASTCGI_BROKEN;
		case FASTCGI_RECORD: request->control_length = 0; break;
		case FASTCGI_CONTENT: outcome = take_content(request, content); break;
		case FASTCGI_FINISHED: outcome = finish_record(request); break;
		}
	}
	return outcome;
}

struct span
fastcgi_request_param(const struct fastcgi_request *request, const char *wanted)
{
	struct span rest = { request->params, request->params_length }, name, value;

	while (fastcgi_next_pair(&rest, &name, &value) == FASTCGI_PAIR)
		if (span_equals(name, wanted))
			return value;
	return (struct span){ "", 0 };
}
