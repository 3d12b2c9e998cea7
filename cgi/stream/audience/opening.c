/*
 * An opening stands in its lane, in the batch under way, or among those whose
 * person has as many streams as may be, until these have been sounded; one
 * whose peer leaves goes from each, its place in the batch staying empty.
 *
 *   QUEUED -> ASKED -> a stream, or refused
 *               |  ^
 *               |  +-- QUEUED again, where no verdict came
 *               +----> SOUNDING -> a stream, or refused
 *
 * An opening that waits for room keeps its verdict and is not asked about again: a ticket
 * works once.
 */
#include "cgi/stream/audience/opening.h"

#include <event2/event_struct.h>
#include <stddef.h>
#include <stdlib.h>

#include "cgi/stream/audience/hub_join.h"
#include "cgi/stream/audience/lanes.h"
#include "cgi/stream/parts/deferred_free.h"
#include "cgi/stream/parts/retry.h"
#include "cgi/stream/parts/timer.h"
#include "cgi/stream/wire/answer.h"

static const struct retry retry_unavailable = { 1000, 5000 };

/*
 * How long a sounding may take to tell of streams that were left, before the
 * next.  HAProxy answers the first at once; Apache and Varnish learn from the
 * first that the client is gone, and say so at the second.
 */
static const unsigned sounding_ms[] = { 30, 70, 200, 300, 400 };
#define SOUNDINGS (sizeof(sounding_ms) / sizeof(sounding_ms[0]))

enum opening_state { OPENING_QUEUED, OPENING_ASKED, OPENING_SOUNDING, OPENING_GONE };

struct opening {
	struct lane_item waiting;    /* while it is queued */
	TAILQ_ENTRY(opening) others; /* while its streams are sounded */
	struct openings *openings;
	struct peer *peer;
	struct opening_request request;
	enum opening_state state;
	struct event deadline;           /* of the wait; the next sounding */
	size_t index;                    /* in the batch; only while it is asked about */
	struct opening_verdict *verdict; /* owned, its texts too; only while it waits for room */
	size_t soundings;
};

struct openings {
	struct event_base *base;
	struct hub *hub;
	struct metrics *metrics;
	struct openings_settings settings;
	openings_on_stats *on_stats;
	void *owner;
	struct lanes lanes;
	TAILQ_HEAD(, opening) sounding;
	struct opening *batch[LANE_BATCH_MAX]; /* NULL: gone or decided */
	size_t batch_count, count;
};

static struct opening *
opening_of_item(struct lane_item *item)
{
	return (struct opening *)((char *)item - offsetof(struct opening, waiting));
}

/* The one setter: take it off where it stands and put it where it belongs now. */
static void
set_state(struct opening *opening, enum opening_state state)
{
	struct openings *openings = opening->openings;

	switch (opening->state) {
	case OPENING_QUEUED: lanes_remove(&openings->lanes, &opening->waiting); break;
	case OPENING_ASKED: openings->batch[opening->index] = NULL; break;
	case OPENING_SOUNDING: TAILQ_REMOVE(&openings->sounding, opening, others); break;
	case OPENING_GONE: break;
	}
	opening->state = state;
	switch (state) {
	case OPENING_QUEUED:
		lanes_return(&openings->lanes, &opening->waiting, opening->waiting.lane);
		break;
	case OPENING_ASKED:
		opening->index = openings->batch_count++;
		openings->batch[opening->index] = opening;
		break;
	case OPENING_SOUNDING: TAILQ_INSERT_TAIL(&openings->sounding, opening, others); break;
	case OPENING_GONE: break;
	}
}

/* The one way out; the peer is somebody else's by now, or closed. */
static void
leave(struct opening *opening)
{
	set_state(opening, OPENING_GONE);
	opening->openings->count--;
	event_del(&opening->deadline);
	verdict_free(opening->verdict);
	opening_request_clear(&opening->request);
	deferred_free(opening);
}

static void
on_gone(void *owner)
{
	struct opening *opening = owner;

	peer_close(opening->peer);
	leave(opening);
}

static const struct peer_events opening_events = { .on_gone = on_gone };

static void
refuse(struct opening *opening, enum refusal refusal, int status, const char *detail)
{
	opening->openings->metrics->refused[refusal]++;
	answer_refuse(opening->peer, status, detail);
	leave(opening);
}

static void join(struct opening *opening, const struct opening_verdict *verdict);

static void
send_back(struct opening *opening)
{
	if (opening->request.kind != ROUTE_STREAM) {
		refuse(opening, REFUSE_UNAVAILABLE, 503, "The database is away.");
		return;
	}
	opening->openings->metrics->refused[REFUSE_UNAVAILABLE]++;
	answer_come_back(opening->peer, retry_choose_ms(&retry_unavailable));
	leave(opening);
}

static void
on_deadline(int descriptor, short what, void *argument)
{
	struct opening *opening = argument;

	(void)descriptor;
	(void)what;
	if (opening->state == OPENING_SOUNDING)
		join(opening, opening->verdict);
	else
		send_back(opening);
}

struct openings *
openings_create(struct event_base *base, struct hub *hub, struct metrics *metrics,
    const struct openings_settings *settings, openings_on_stats *on_stats, void *owner)
{
	struct openings *openings = calloc(1, sizeof(*openings));

	if (openings == NULL)
		abort();
	openings->base = base;
	openings->hub = hub;
	openings->metrics = metrics;
	openings->settings = *settings;
	openings->on_stats = on_stats;
	openings->owner = owner;
	lanes_init(&openings->lanes);
	TAILQ_INIT(&openings->sounding);
	return openings;
}

void
openings_add(struct openings *openings, struct peer *peer, const struct route *route)
{
	struct opening *opening = calloc(1, sizeof(*opening));

	if (opening == NULL)
		abort();
	opening->openings = openings;
	opening->peer = peer;
	opening_request_init(&opening->request, route, openings->settings.form);
	peer_set_owner(peer, &opening_events, opening);
	evtimer_assign(&opening->deadline, openings->base, on_deadline, opening);
	timer_set(&opening->deadline, openings->settings.wait_s * INT64_C(1000000));
	lanes_add(&openings->lanes, &opening->waiting, /* it begins as QUEUED */
	    opening->request.topics == NULL ? LANE_PLAIN : LANE_TOPICS);
	openings->count++;
}

size_t
openings_count(const struct openings *openings)
{
	return openings->count;
}

bool
openings_are_waiting(const struct openings *openings)
{
	return !lanes_are_empty(&openings->lanes);
}

size_t
openings_take_batch(struct openings *openings, struct batch *batch)
{
	enum lane lane = lanes_take_turn(&openings->lanes);
	struct lane_item *item;
	size_t topics = 0;

	batch_reset(batch);
	openings->batch_count = 0;
	while (openings->batch_count < lane_batch_max(lane) &&
	       (item = lanes_first(&openings->lanes, lane)) != NULL) {
		struct opening *opening = opening_of_item(item);

		topics += opening->request.topic_count;
		if (topics > OPENING_TOPICS_MAX)
			break;
		set_state(opening, OPENING_ASKED);
		opening_request_add(&opening->request, batch);
	}
	return openings->batch_count;
}

static void
show_stats(struct opening *opening)
{
	struct openings *openings = opening->openings;
	struct peer *peer = opening->peer;

	peer_set_owner(peer, NULL, NULL);
	leave(opening);
	openings->on_stats(openings->owner, peer);
}

/* Sound its person's streams, and look some moments later whether there is room. */
static void
await_room(struct opening *opening, const struct opening_verdict *verdict)
{
	if (opening->soundings == SOUNDINGS) {
		refuse(opening, REFUSE_USER_LIMIT, 429, "You have too many open streams.");
		return;
	}
	if (opening->state != OPENING_SOUNDING) {
		opening->verdict = verdict_copy(verdict);
		set_state(opening, OPENING_SOUNDING);
	}
	timer_set(&opening->deadline, sounding_ms[opening->soundings++] * INT64_C(1000));
	hub_sound_user(opening->openings->hub, opening->verdict->answer.opening.user_id);
}

/* The commits of the time that it waited are behind its verdict. */
static void
ring_all(struct opening *opening, const struct start *start)
{
	struct hub *hub = opening->openings->hub;

	(void)hub_ring(hub, span_of(start->opening.user_id), HUB_RING_ALL);
	for (size_t i = 0; i < start->opening.topic_count; i++)
		hub_ring_topic(hub, start->opening.topics[i].name);
}

static void
join(struct opening *opening, const struct opening_verdict *verdict)
{
	const struct openings *openings = opening->openings;
	const struct opening_request *request = &opening->request;
	const struct start_wish wish = { request->after, request->topics,
		openings->settings.replay_events };
	struct start start;

	start_decide(&start, &wish, &verdict->answer);
	if (!verdict->is_known && (request->is_explicit || start.followed == 0)) {
		refuse(opening, REFUSE_IDENTITY, 401,
		    request->identity == NULL ? "A token is needed to follow any of these topics."
					      : "The token or ticket is not valid.");
		return;
	}
	if (verdict->is_known && !request->is_ticket)
		start.opening.token = request->identity;
	switch (hub_join(openings->hub, opening->peer, &verdict->session, &start.opening)) {
	case HUB_JOINED:
		if (opening->state == OPENING_SOUNDING)
			ring_all(opening, &start);
		openings->metrics->resets_too_far += start.too_far;
		leave(opening);
		break;
	case HUB_FULL:
		refuse(opening, REFUSE_LIMIT, 503, "This server holds as many streams as it can.");
		break;
	case HUB_VISITORS_FULL:
		refuse(opening, REFUSE_VISITORS, 503,
		    "This server holds as many streams of visitors as it may.");
		break;
	case HUB_USER_FULL: await_room(opening, verdict); break;
	}
}

void
openings_decide(struct openings *openings, size_t index, const struct opening_verdict *verdict)
{
	struct opening *opening = index < openings->batch_count ? openings->batch[index] : NULL;

	if (opening == NULL)
		return; /* its peer has left meanwhile */
	if (opening->request.kind == ROUTE_STREAM)
		join(opening, verdict);
	else if (!verdict->is_known)
		refuse(opening, REFUSE_IDENTITY, 401, "The token or ticket is not valid.");
	else if (verdict->is_operator)
		show_stats(opening);
	else
		refuse(opening, REFUSE_IDENTITY, 403, "Only operators may see the statistics.");
}

void
openings_finish_batch(struct openings *openings)
{
	const struct opening_verdict unknown = { .is_known = false };

	for (size_t i = 0; i < openings->batch_count; i++)
		openings_decide(openings, i, &unknown);
	openings->batch_count = 0;
}

/* One that follows topics has failed alone: those that follow the same would, one by one. */
static void
send_alike_back(struct openings *openings, const struct opening *failed)
{
	struct lane_item *item = lanes_first(&openings->lanes, LANE_APART), *next;

	for (; item != NULL; item = next) {
		struct opening *opening = opening_of_item(item);

		next = TAILQ_NEXT(item, others);
		if (opening_request_is_like(&opening->request, &failed->request))
			send_back(opening);
	}
}

static bool
is_suspect(const struct opening *opening, enum opening_fault fault)
{
	return fault == OPENING_FAILED ||
	       (fault == OPENING_LOCKED && opening->request.topics != NULL);
}

void
openings_return_batch(struct openings *openings, enum opening_fault fault)
{
	bool was_alone = openings->batch_count == 1;

	while (openings->batch_count > 0) {
		struct opening *opening = openings->batch[--openings->batch_count];

		if (opening == NULL)
			continue;
		if (!is_suspect(opening, fault)) {
			set_state(opening, OPENING_QUEUED);
		} else if (was_alone &&
			   (fault == OPENING_FAILED || opening->waiting.lane == LANE_APART)) {
			send_alike_back(openings, opening);
			send_back(opening);
		} else {
			opening->waiting.lane = LANE_APART;
			set_state(opening, OPENING_QUEUED);
		}
	}
}

void
openings_dismiss(struct openings *openings)
{
	struct lane_item *item;

	openings_return_batch(openings, OPENING_LOST);
	for (enum lane lane = LANE_PLAIN; lane < LANES; lane++)
		while ((item = lanes_first(&openings->lanes, lane)) != NULL)
			send_back(opening_of_item(item));
	while (!TAILQ_EMPTY(&openings->sounding))
		send_back(TAILQ_FIRST(&openings->sounding));
}

void
openings_close(struct openings *openings)
{
	if (openings == NULL)
		return;
	openings_dismiss(openings);
	free(openings);
}
