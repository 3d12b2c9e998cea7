/*
 * Each connection has a visit for as long as its request is coming in; then
 * the visit is gone and the peer goes on alone, so an open stream does not
 * keep its parameters.
 */
#include "cgi/stream/wire/intake.h"

#include <errno.h>
#include <event2/event_struct.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "cgi/stream/parts/deferred_free.h"
#include "cgi/stream/parts/timer.h"
#include "cgi/stream/wire/answer.h"
#include "cgi/stream/wire/fastcgi_request.h"
#include "common/log.h"

struct visit {
	LIST_ENTRY(visit) others;
	struct intake *intake;
	struct peer *peer;
	struct fastcgi_request request;
	struct event deadline;
};

struct intake {
	struct event_base *base;
	struct event *acceptable, *rest;
	LIST_HEAD(, visit) visits;
	size_t visit_count;
	bool is_full; /* and the log has been told so */
	int descriptor;
	struct intake_settings settings;
	struct metrics *metrics;
	intake_on_request *on_request;
	void *owner;
};

/* The visit is over; its peer is somebody else's or closed. */
static void
leave(struct visit *visit)
{
	LIST_REMOVE(visit, others);
	visit->intake->visit_count--;
	event_del(&visit->deadline);
	fastcgi_request_clear(&visit->request);
	deferred_free(visit);
}

static void
drop(struct visit *visit)
{
	peer_close(visit->peer);
	leave(visit);
}

static void
on_gone(void *owner)
{
	drop(owner);
}

static void
on_deadline(int descriptor, short what, void *argument)
{
	struct visit *visit = argument;

	(void)descriptor;
	(void)what;
	visit->intake->metrics->refused[REFUSE_TIMED_OUT]++;
	log_warning("request_timed_out", NULL);
	drop(visit);
}

/* rest: what was read behind the request; it may end in the middle of a record. */
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
	struct intake *intake = visit->intake;
	struct peer *peer = visit->peer;
	struct route route;

	if (peer_set_request(peer, &request->decoder, request->id, rest) == PEER_BROKEN) {
		drop(visit);
		return;
	}
	route_decide(&parameters, intake->settings.query_token, &route);
	peer_set_owner(peer, NULL, NULL);
	leave(visit);
	intake->on_request(intake->owner, peer, &route);
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
	drop(visit);
}

static void
refuse_length(struct visit *visit, struct span rest)
{
	const struct fastcgi_request *request = &visit->request;
	struct peer *peer = visit->peer;

	if (peer_set_request(peer, &request->decoder, request->id, rest) == PEER_BROKEN) {
		drop(visit);
		return;
	}
	visit->intake->metrics->refused[REFUSE_HEADER]++;
	leave(visit);
	answer_refuse(peer, 431, "The request's header is too long.");
}

static void
on_bytes(void *owner, struct span bytes)
{
	struct visit *visit = owner;
	enum fastcgi_outcome outcome;

	do {
		outcome = fastcgi_request_feed(&visit->request, &bytes);
		if (outcome == FASTCGI_WANTS_ANSWER &&
		    (peer_backlog(visit->peer) > INTAKE_ANSWER_BYTES ||
			!send_control(
			    visit->peer, visit->request.answer, visit->request.answer_length)))
			outcome = FASTCGI_BROKEN;
	} while (outcome == FASTCGI_WANTS_ANSWER);

	switch (outcome) {
	case FASTCGI_WANTS_MORE:
	case FASTCGI_WANTS_ANSWER: break;
	case FASTCGI_REQUEST_READY: hand_over(visit, bytes); break;
	case FASTCGI_WRONG_ROLE: refuse_role(visit); break;
	case FASTCGI_PARAMS_TOO_LONG: refuse_length(visit, bytes); break;
	case FASTCGI_BROKEN:
		visit->intake->metrics->refused[REFUSE_REQUEST]++;
		log_warning("request_malformed", NULL);
		drop(visit);
		break;
	case FASTCGI_REQUEST_ABORTED: drop(visit); break;
	}
}

static const struct peer_events visit_events = { .on_bytes = on_bytes, .on_gone = on_gone };

static void
admit(struct intake *intake, int descriptor)
{
	struct visit *visit = calloc(1, sizeof(*visit));

	if (visit == NULL)
		abort();
	visit->intake = intake;
	fastcgi_request_init(&visit->request);
	visit->request.params_max = intake->settings.header_bytes;
	visit->peer = peer_create(intake->base, descriptor, false);
	peer_set_owner(visit->peer, &visit_events, visit);
	evtimer_assign(&visit->deadline, intake->base, on_deadline, visit);
	timer_set(&visit->deadline, intake->settings.timeout_s * INT64_C(1000000));
	LIST_INSERT_HEAD(&intake->visits, visit, others);
	intake->visit_count++;
}

/*
 * Out of descriptors, or about to be: without a rest the loop would spin on
 * a ready listener.  The log is told once, not at each rest.
 */
static void
rest(struct intake *intake, const char *why)
{
	intake->metrics->accept_pauses++;
	if (!intake->is_full)
		log_error("accept_failed", "error=%s", log_value(why).text);
	intake->is_full = true;
	event_del(intake->acceptable);
	timer_set(intake->rest, INTAKE_REST_MS * INT64_C(1000));
}

static void
on_rested(int descriptor, short what, void *argument)
{
	struct intake *intake = argument;

	(void)descriptor;
	(void)what;
	event_add(intake->acceptable, NULL);
}

static void
on_acceptable(int descriptor, short what, void *argument)
{
	struct intake *intake = argument;

	(void)what;
	for (int i = 0; i < INTAKE_ACCEPTS_A_TURN; i++) {
		int accepted;

		if (peer_count() >= intake->settings.connections_max) {
			rest(intake, "as many connections as allowed");
			return;
		}
		accepted = accept4(descriptor, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (accepted >= 0) {
			intake->is_full = false;
			admit(intake, accepted);
		} else if (errno == EAGAIN) {
			return;
		} else if (errno != EINTR && errno != ECONNABORTED) {
			rest(intake, strerror(errno));
			return;
		}
	}
}

struct intake *
intake_create(struct event_base *base, int descriptor, const struct intake_settings *settings,
    struct metrics *metrics, intake_on_request *on_request, void *owner)
{
	struct intake *intake = calloc(1, sizeof(*intake));

	if (intake == NULL)
		abort();
	intake->base = base;
	intake->descriptor = descriptor;
	intake->settings = *settings;
	intake->metrics = metrics;
	intake->on_request = on_request;
	intake->owner = owner;
	LIST_INIT(&intake->visits);
	intake->acceptable =
	    event_new(base, descriptor, EV_READ | EV_PERSIST, on_acceptable, intake);
	intake->rest = timer_make(base, TIMER_ONCE, on_rested, intake);
	if (intake->acceptable == NULL)
		abort();
	event_add(intake->acceptable, NULL);
	return intake;
}

size_t
intake_pending(const struct intake *intake)
{
	return intake->visit_count;
}

void
intake_stop(struct intake *intake)
{
	event_del(intake->acceptable);
	event_del(intake->rest);
}

void
intake_close(struct intake *intake)
{
	if (intake == NULL)
		return;
	intake_stop(intake);
	while (!LIST_EMPTY(&intake->visits))
		drop(LIST_FIRST(&intake->visits));
	event_free(intake->acceptable);
	event_free(intake->rest);
	free(intake);
}

static struct span
find_variable(char *const environment[], const char *name)
{
	size_t length = strlen(name);

	for (; *environment != NULL; environment++)
		if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=')
			return span_of(*environment + length + 1);
	return span_of("");
}

void
intake_read_environment(char *const environment[], bool query_token, struct route *route)
{
	const struct route_request parameters = {
		.method = find_variable(environment, "REQUEST_METHOD"),
		.uri = find_variable(environment, "REQUEST_URI"),
		.authorization = find_variable(environment, "HTTP_AUTHORIZATION"),
		.cookie = find_variable(environment, "HTTP_COOKIE"),
		.last_event_id = find_variable(environment, "HTTP_LAST_EVENT_ID"),
	};

	route_decide(&parameters, query_token, route);
}
