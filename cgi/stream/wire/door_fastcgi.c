/* The bytes behind a request may end in the middle of a record: the peer goes on from there.
 */
#include "cgi/stream/wire/door_fastcgi.h"

#include <stdlib.h>

static void
begin(struct visit *visit)
{
	fastcgi_request_init(&visit->request);
	visit->request.params_max = visit->visits->settings.header_bytes;
}

static void
clear(struct visit *visit)
{
	fastcgi_request_clear(&visit->request);
}

/* The peer knows now what is the rest of the request; false where that holds an abort. */
static bool
settle(struct visit *visit, struct span rest)
{
	const struct fastcgi_request *request = &visit->request;

	if (peer_set_request(visit->peer, &request->decoder, request->id, rest) == PEER_OK)
		return true;
	visit_drop(visit);
	return false;
}

static void
hand_over(struct visit *visit, struct span rest)
{
	const struct fastcgi_request *request = &visit->request;
	const struct route_request parameters = {
		.method = fastcgi_request_param(request, "REQUEST_METHOD"),
		.uri = fastcgi_request_param(request, "REQUEST_URI"),
		.authorization = fastcgi_request_param(request, "HTTP_AUTHORIZATION"),
		.cookie = fastcgi_request_param(request, "HTTP_COOKIE"),
		.last_event_id = fastcgi_request_param(request, "HTTP_LAST_EVENT_ID"),
	};

	if (settle(visit, rest))
		visit_hand_over(visit, &parameters);
}

/* Send bytes that are no STDOUT record of the request; false when the peer is gone. */
static bool
send_control(struct peer *peer, const uint8_t *bytes, size_t length)
{
	struct frame *frame = malloc(sizeof(*frame) + length);
	enum peer_result result;

	if (frame == NULL)
		abort();
	*frame = (struct frame){ .references = 1, .length = (uint32_t)length };
	memcpy(frame->bytes, bytes, length);
	result = peer_send(peer, frame, 0, length);
	frame_release(frame);
	return result == PEER_OK;
}

static void
refuse_role(struct visit *visit)
{
	uint8_t end[FASTCGI_END_BYTES];

	fastcgi_encode_end(end, visit->request.id, FASTCGI_UNKNOWN_ROLE);
	(void)send_control(visit->peer, end, sizeof(end));
	visit_drop(visit);
}

static void
take(struct visit *visit, struct span bytes)
{
	enum fastcgi_outcome outcome;

	do {
		outcome = fastcgi_request_feed(&visit->request, &bytes);
		if (outcome == FASTCGI_WANTS_ANSWER &&
		    (peer_backlog(visit->peer) > DOOR_ANSWER_BYTES ||
			!send_control(
			    visit->peer, visit->request.answer, visit->request.answer_length)))
			outcome = FASTCGI_BROKEN;
	} while (outcome == FASTCGI_WANTS_ANSWER);

	switch (outcome) {
	case FASTCGI_WANTS_MORE:
	case FASTCGI_WANTS_ANSWER: break;
	case FASTCGI_REQUEST_READY: hand_over(visit, bytes); break;
	case FASTCGI_WRONG_ROLE: refuse_role(visit); break;
	case FASTCGI_PARAMS_TOO_LONG:
		if (settle(visit, bytes))
			visit_refuse(visit, REFUSE_HEADER, 431, VISIT_TOO_LONG);
		break;
	case FASTCGI_BROKEN: visit_drop_malformed(visit); break;
	case FASTCGI_REQUEST_ABORTED: visit_drop(visit); break;
	}
}

const struct door door_fastcgi = { FRAME_RECORDS, begin, take, clear };
