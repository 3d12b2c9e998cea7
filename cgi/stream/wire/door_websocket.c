/*
 * A request that becomes a WebSocket is decided on like any other, and the
 * handshake is answered when the database has given its verdict.
 */
#include "cgi/stream/wire/door_websocket.h"

#include "cgi/stream/wire/handshake.h"

static void
begin(struct visit *visit)
{
	visit->head = (struct http_head){ .most = visit->visits->settings.header_bytes };
}

static void
clear(struct visit *visit)
{
	http_head_clear(&visit->head);
}

static struct span
find(const struct http_head *head, const char *name, bool *is_sound)
{
	struct span value;

	*is_sound &= http_head_find(head, name, &value);
	return value;
}

/* The fields that a decision takes; false where one that may stand there once does so twice. */
static bool
describe(const struct http_head *head, struct route_request *request)
{
	struct span scheme;
	bool is_sound = true;

	request->method = head->method;
	request->uri = head->target;
	request->authorization = find(head, "Authorization", &is_sound);
	request->cookie = find(head, "Cookie", &is_sound);
	request->last_event_id = find(head, "Last-Event-ID", &is_sound);
	request->page.host = find(head, "Host", &is_sound);
	request->page.origin = find(head, "Origin", &is_sound);
	request->page.sec_fetch_site = find(head, "Sec-Fetch-Site", &is_sound);
	(void)http_head_find(head, "X-Forwarded-Proto", &scheme);
	request->page.is_https = span_equals(scheme, "https");
	return is_sound;
}

static void
hand_over(struct visit *visit, struct span rest)
{
	struct handshake handshake;
	struct route_request request = { .handshake = &handshake };
	const char *accept;

	handshake_check(&visit->head, &handshake);
	if (!describe(&visit->head, &request))
		handshake = (struct handshake){ .status = 400,
			.detail = "A field of the request stands there twice." };
	accept = handshake.status == 101 ? handshake.accept : NULL;
	if (peer_set_handshake(visit->peer, accept, rest) == PEER_BROKEN)
		visit_drop_malformed(visit);
	else
		visit_hand_over(visit, &request);
}

static void
take(struct visit *visit, struct span bytes)
{
	switch (http_head_feed(&visit->head, &bytes)) {
	case HTTP_HEAD_WANTS_MORE: break;
	case HTTP_HEAD_READY: hand_over(visit, bytes); break;
	case HTTP_HEAD_TOO_LONG: visit_refuse(visit, REFUSE_HEADER, 431, VISIT_TOO_LONG); break;
	case HTTP_HEAD_MALFORMED:
		visit_refuse(visit, REFUSE_REQUEST, 400, "This is no request of HTTP/1.1.");
		break;
	}
}

const struct door door_websocket = { FRAME_MESSAGES, begin, take, clear };
