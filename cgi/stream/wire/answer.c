/*
 * A CGI response (RFC 3875 section 6): header lines, an empty line, a body.  At
 * the door of sockets, which is HTTP's own, one of HTTP/1.1.
 */
#include "cgi/stream/wire/answer.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/http.h"
#include "common/problem.h"

struct span
answer_stream_header(void)
{
	return span_of("Status: 200 OK\r\n"
		       "Content-Type: text/event-stream; charset=utf-8\r\n"
		       "Cache-Control: no-store, no-transform\r\n"
		       "X-Accel-Buffering: no\r\n"
		       "X-Content-Type-Options: nosniff\r\n"
		       "\r\n");
}

void
answer_begin_stream(struct peer *peer, struct frame_builder *builder)
{
	if (peer_form(peer) == FRAME_MESSAGES)
		peer_open(peer, builder);
	else
		frame_add_content(builder, answer_stream_header());
}

static void
send_and_finish(struct peer *peer, struct frame_builder *builder)
{
	struct frame *frame = frame_finish(builder);
	enum peer_result result = peer_send(peer, frame, 0, frame->length);

	frame_release(frame);
	if (result == PEER_OK)
		peer_finish(peer, WEBSOCKET_GOING_AWAY);
	else
		peer_close(peer);
}

static void
send_answer(
    struct peer *peer, int status, const char *fields, const char *media_type, const char *body)
{
	struct frame_builder builder = { .form = peer_form(peer) };
	bool is_http = peer_form(peer) == FRAME_MESSAGES;
	char header[512];

	snprintf(header, sizeof(header),
	    "%s%d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
	    "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n%s%s\r\n",
	    is_http ? "HTTP/1.1 " : "Status: ", status, http_reason_phrase(status), media_type,
	    strlen(body), fields, is_http ? "Connection: close\r\n" : "");
	frame_add_content(&builder, span_of(header));
	frame_add_content(&builder, span_of(body));
	send_and_finish(peer, &builder);
}

void
answer_send(struct peer *peer, int status, const char *media_type, const char *body)
{
	send_answer(peer, status, "", media_type, body);
}

static void
send_problem(struct peer *peer, const struct problem *problem)
{
	char *body = problem_format(problem);
	const int status = problem->status;
	char fields[96] = "";

	if (status == 401)
		snprintf(fields, sizeof(fields), "WWW-Authenticate: Bearer realm=\"pgbell\"\r\n");
	else if (status == 405)
		snprintf(fields, sizeof(fields), "Allow: GET\r\n");
	else if (status == 426)
		snprintf(fields, sizeof(fields),
		    "Upgrade: websocket\r\nSec-WebSocket-Version: " WEBSOCKET_VERSION "\r\n");
	else if (status == 429 || status == 503)
		snprintf(fields, sizeof(fields), "Retry-After: %d\r\n", ANSWER_RETRY_AFTER_S);
	send_answer(peer, status, fields, PROBLEM_MEDIA_TYPE, body);
	free(body);
}

void
answer_refuse(struct peer *peer, int status, const char *detail)
{
	send_problem(peer, &(struct problem){ .status = status, .detail = detail });
}

void
answer_refuse_parameter(struct peer *peer, int status, const char *detail, const char *parameter)
{
	const struct problem_field field = { .parameter = parameter, .detail = detail };

	send_problem(
	    peer, &(struct problem){
		      .status = status, .detail = detail, .fields = &field, .field_count = 1 });
}

void
answer_come_back(struct peer *peer, unsigned retry_ms)
{
	struct frame_builder builder = { .form = peer_form(peer) };

	answer_begin_stream(peer, &builder);
	frame_add_retry(&builder, retry_ms);
	send_and_finish(peer, &builder);
}
