/*
 * Accepting alone: what comes in on a connection is the visit's business, and
 * how, the door's.
 */
#include "cgi/stream/wire/intake.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "cgi/stream/parts/timer.h"
#include "common/environment.h"
#include "common/log.h"

struct intake {
	struct event *acceptable, *pause_timer;
	struct visits visits;
	size_t connections_max;
	bool is_full; /* somebody waits, and that was logged */
};

static bool
somebody_waits(int listener)
{
	struct pollfd waiting = { .fd = listener, .events = POLLIN };

	return poll(&waiting, 1, 0) != 0;
}

/*
 * Out of descriptors, or about to be: without a pause the loop would spin on
 * a ready listener.  It is logged once until all who waited are in, not at
 * each pause, nor for each who takes the place of one who left.  The kernel
 * refuses a descriptor before it looks whether there is anyone to give it to.
 */
static void
pause_accepting(struct intake *intake, int listener, const char *why)
{
	if (!somebody_waits(listener)) {
		intake->is_full = false;
		return;
	}
	intake->visits.metrics->accept_pauses++;
	if (!intake->is_full)
		log_error("accept_failed", "error=%s", log_value(why).text);
	intake->is_full = true;
	event_del(intake->acceptable);
	timer_set(intake->pause_timer, INTAKE_PAUSE_MS * INT64_C(1000));
}

static void
on_pause_over(int descriptor, short what, void *argument)
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

		if (peer_count() >= intake->connections_max) {
			pause_accepting(intake, descriptor, "as many connections as allowed");
			return;
		}
		accepted = accept4(descriptor, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (accepted >= 0) {
			visit_begin(&intake->visits, accepted);
		} else if (errno == EAGAIN) {
			intake->is_full = false;
			return;
		} else if (errno != EINTR && errno != ECONNABORTED) {
			pause_accepting(intake, descriptor, strerror(errno));
			return;
		}
	}
}

struct intake *
intake_create(struct event_base *base, int descriptor, const struct door *door,
    const struct intake_settings *settings, struct metrics *metrics, visit_on_request *on_request,
    void *owner)
{
	struct intake *intake = calloc(1, sizeof(*intake));

	if (intake == NULL)
		abort();
	intake->connections_max = settings->connections_max;
	intake->visits = (struct visits){ .base = base,
		.door = door,
		.settings = settings->visit,
		.metrics = metrics,
		.on_request = on_request,
		.owner = owner };
	LIST_INIT(&intake->visits.list);
	intake->acceptable =
	    event_new(base, descriptor, EV_READ | EV_PERSIST, on_acceptable, intake);
	intake->pause_timer = timer_make(base, TIMER_ONCE, on_pause_over, intake);
	if (intake->acceptable == NULL)
		abort();
	event_add(intake->acceptable, NULL);
	return intake;
}

size_t
intake_pending(const struct intake *intake)
{
	return intake == NULL ? 0 : intake->visits.count;
}

void
intake_stop(struct intake *intake)
{
	if (intake == NULL)
		return;
	event_del(intake->acceptable);
	event_del(intake->pause_timer);
}

void
intake_close(struct intake *intake)
{
	if (intake == NULL)
		return;
	intake_stop(intake);
	while (!LIST_EMPTY(&intake->visits.list))
		visit_drop(LIST_FIRST(&intake->visits.list));
	event_free(intake->acceptable);
	event_free(intake->pause_timer);
	free(intake);
}

void
intake_read_environment(
    char *const environment[], const struct route_rules *rules, struct route *route)
{
	const struct route_request parameters = {
		.method = span_of(environment_find(environment, "REQUEST_METHOD")),
		.uri = span_of(environment_find(environment, "REQUEST_URI")),
		.authorization = span_of(environment_find(environment, "HTTP_AUTHORIZATION")),
		.cookie = span_of(environment_find(environment, "HTTP_COOKIE")),
		.last_event_id = span_of(environment_find(environment, "HTTP_LAST_EVENT_ID")),
	};

	route_decide(&parameters, rules, route);
}
