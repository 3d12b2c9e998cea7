#include "cgi/stream/wire/visit.h"

#include <stdlib.h>

#include "cgi/stream/parts/deferred_free.h"
#include "cgi/stream/parts/timer.h"
#include "cgi/stream/wire/answer.h"
#include "common/log.h"

/* It is over, and its peer somebody else's or closed. */
static void
leave(struct visit *visit)
{
	struct visits *visits = visit->visits;

	LIST_REMOVE(visit, others);
	visits->count--;
	event_del(&visit->deadline);
	visits->door->clear(visit);
	deferred_free(visit);
}

void
visit_drop(struct visit *visit)
{
	peer_close(visit->peer);
	leave(visit);
}

void
visit_drop_malformed(struct visit *visit)
{
	visit->visits->metrics->refused[REFUSE_REQUEST]++;
	log_warning("request_malformed", NULL);
	visit_drop(visit);
}

void
visit_hand_over(struct visit *visit, const struct route_request *request)
{
	struct visits *visits = visit->visits;
	struct peer *peer = visit->peer;
	struct route route;

	route_decide(request, &visits->settings.rules, &route);
	peer_set_owner(peer, NULL, NULL);
	leave(visit);
	visits->on_request(visits->owner, peer, &route);
}

void
visit_refuse(struct visit *visit, enum refusal refusal, int status, const char *detail)
{
	struct peer *peer = visit->peer;

	visit->visits->metrics->refused[refusal]++;
	leave(visit);
	answer_refuse(peer, status, detail);
}

static void
on_bytes(void *owner, struct span bytes)
{
	struct visit *visit = owner;

	visit->visits->door->take(visit, bytes);
}

static void
on_gone(void *owner)
{
	visit_drop(owner);
}

static const struct peer_events visit_events = { .on_bytes = on_bytes, .on_gone = on_gone };

static void
on_deadline(int descriptor, short what, void *argument)
{
	struct visit *visit = argument;

	(void)descriptor;
	(void)what;
	visit->visits->metrics->refused[REFUSE_TIMED_OUT]++;
	log_warning("request_timed_out", NULL);
	visit_drop(visit);
}

void
visit_begin(struct visits *visits, int descriptor)
{
	struct visit *visit = calloc(1, sizeof(*visit));

	if (visit == NULL)
		abort();
	visit->visits = visits;
	visits->door->begin(visit);
	visit->peer = peer_create(visits->base, descriptor, visits->door->form);
	peer_set_owner(visit->peer, &visit_events, visit);
	evtimer_assign(&visit->deadline, visits->base, on_deadline, visit);
	timer_set(&visit->deadline, visits->settings.timeout_s * INT64_C(1000000));
	LIST_INSERT_HEAD(&visits->list, visit, others);
	visits->count++;
}
