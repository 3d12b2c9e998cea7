/*
 * An address exists here as long as a stream follows it, and so does a
 * session.  Both go with their last stream, and their memory after this turn
 * of the loop, so that any stream may be ended while a list is walked.
 */
#include "cgi/stream/audience/hub.h"

#include <stdlib.h>

#include "cgi/stream/audience/delivery.h"
#include "cgi/stream/audience/ring_filter.h"
#include "cgi/stream/audience/session.h"
#include "cgi/stream/audience/table.h"
#include "cgi/stream/events/message.h"
#include "cgi/stream/events/sse.h"
#include "common/clock.h"
#include "common/log.h"

/* Heartbeats, by which streams are found to be old, come at another time for each part. */
static const struct hub_retry retry_old = { 200, 3000 };

struct hub {
	struct addresses addresses;
	struct event_base *base;
	struct hub_limits limits;
	struct metrics *metrics;
	struct client_rules rules;
	struct sessions sessions;
	TAILQ_HEAD(, client) clients;
	size_t client_count;
	struct ring_filter rung; /* since the last openings were asked for */
};

/* --- streams --------------------------------------------------------------- */

static void
on_closed(struct client *client, enum close_reason reason)
{
	struct hub *hub = client->rules->owner;

	log_info("stream_closed", "user=%s reason=%s seconds=%lld events=%u seq=%lld",
	    log_value(client->person.address->name).text, close_reason_names[reason],
	    (long long)(clock_steady_s() - client->opened_at_s), client->delivered,
	    (long long)client->person.seq);
	session_leave(client);
	TAILQ_REMOVE(&hub->clients, client, of_hub);
	hub->client_count--;
	subscription_leave(&client->person);
}

static void
on_drained(struct client *client)
{
	address_ring(client->person.address);
}

struct hub *
hub_create(struct event_base *base, const struct hub_limits *limits, struct metrics *metrics)
{
	struct hub *hub = calloc(1, sizeof(*hub));

	if (hub == NULL)
		abort();
	hub->base = base;
	hub->limits = *limits;
	hub->metrics = metrics;
	hub->rules = (struct client_rules){ metrics, hub, on_closed, on_drained, limits->retry_ms,
		limits->heartbeat_s, limits->lifetime_s };
	addresses_init(&hub->addresses);
	sessions_init(&hub->sessions, base, limits->warning_s);
	TAILQ_INIT(&hub->clients);
	ring_filter_add_all(&hub->rung);
	return hub;
}

void
hub_begin_opening(struct hub *hub)
{
	ring_filter_clear(&hub->rung);
}

static struct address *
find(const struct hub *hub, const char *address)
{
	return address_find(&hub->addresses, span_of(address));
}

static void
ring(struct address *address, enum hub_ring what)
{
	const struct subscription *at;

	address_ring(address);
	if (what == HUB_RING_ALL)
		LIST_FOREACH (at, &address->subscriptions, of_address)
			session_ring(at->client->session);
}

/* How a stream begins, for the log: the reason of its reset, where it begins with one. */
static const char *
name_start(const struct client_opening *opening)
{
	if (opening->reset_reason != NULL)
		return opening->reset_reason;
	return opening->resumes ? "resumed" : "new";
}

enum hub_join
hub_join(struct hub *hub, struct peer *peer, const struct session_identity *identity,
    const struct client_opening *opening)
{
	struct address *person = find(hub, opening->user_id);
	struct client *client;

	if (hub->client_count >= hub->limits.streams)
		return HUB_FULL;
	if (person != NULL && person->subscription_count >= hub->limits.streams_per_user)
		return HUB_USER_FULL;
	if (person == NULL)
		person = address_create(&hub->addresses, opening->user_id, opening->seq);
	client = client_create(&hub->rules, peer);
	subscription_enter(&client->person, client, person);
	session_enter(&hub->sessions, identity, client);
	TAILQ_INSERT_TAIL(&hub->clients, client, of_hub);
	hub->client_count++;
	hub->metrics->opened++;
	log_info("stream_opened", "user=%s seq=%lld start=%s", log_value(person->name).text,
	    (long long)opening->seq, name_start(opening));
	if ((opening->resumes && opening->after != opening->seq) ||
	    ring_filter_has(&hub->rung, person->node.hash))
		ring(person, HUB_RING_ALL);
	client_send_opening(client, opening);
	session_greet(client);
	return HUB_JOINED;
}

/* --- ringing --------------------------------------------------------------- */

bool
hub_ring(struct hub *hub, struct span address, enum hub_ring what)
{
	struct address *found = address_find(&hub->addresses, address);

	ring_filter_add(&hub->rung, table_hash(&hub->addresses.table, address));
	if (found != NULL)
		ring(found, what);
	return found != NULL;
}

static void
ring_node(struct table_node *node, void *argument)
{
	ring((struct address *)node, *(const enum hub_ring *)argument);
}

void
hub_ring_part(struct hub *hub, unsigned part, enum hub_ring what)
{
	table_visit_part(&hub->addresses.table, part, ring_node, &what);
}

void
hub_ring_all(struct hub *hub, enum hub_ring what)
{
	ring_filter_add_all(&hub->rung);
	for (unsigned part = 0; part < TABLE_PARTS; part++)
		hub_ring_part(hub, part, what);
}

size_t
hub_list_people(const struct hub *hub, unsigned part, struct array *people)
{
	return addresses_list_people(&hub->addresses, part, people);
}

/* --- asking ---------------------------------------------------------------- */

static struct inquiry *
find_inquiry(struct hub *hub, enum hub_question question)
{
	return question == HUB_EVENTS ? &hub->addresses.inquiry : &hub->sessions.inquiry;
}

static const struct inquiry *
look_at_inquiry(const struct hub *hub, enum hub_question question)
{
	return question == HUB_EVENTS ? &hub->addresses.inquiry : &hub->sessions.inquiry;
}

bool
hub_is_asking(const struct hub *hub, enum hub_question question)
{
	return inquiry_is_wanted(look_at_inquiry(hub, question));
}

bool
hub_has_full_batch(const struct hub *hub, enum hub_question question)
{
	return inquiry_is_full(look_at_inquiry(hub, question));
}

size_t
hub_take_batch(struct hub *hub, enum hub_question question, struct hub_batch *batch)
{
	hub_batch_reset(batch);
	if (question == HUB_EVENTS)
		return delivery_take(&hub->addresses, batch);
	return sessions_take(&hub->sessions, batch);
}

void
hub_finish_batch(struct hub *hub, enum hub_question question)
{
	inquiry_finish(find_inquiry(hub, question));
}

void
hub_return_batch(struct hub *hub, enum hub_question question)
{
	inquiry_return(find_inquiry(hub, question));
}

bool
hub_knows_of_more(const struct hub *hub)
{
	const struct inquiry_item *item = TAILQ_FIRST(&hub->addresses.inquiry.asked);

	return item != NULL && item->was_more;
}

void
hub_ring_more(struct hub *hub, const char *address)
{
	struct address *found = find(hub, address);

	if (found != NULL)
		address_ring_more(found);
}

void
hub_cut_read(struct hub *hub, const char *address)
{
	struct address *found = find(hub, address);

	inquiry_cut(&hub->addresses.inquiry, found == NULL ? NULL : &found->item);
}

/* --- delivery -------------------------------------------------------------- */

bool
hub_is_news(const struct hub *hub, const char *address, int64_t seq)
{
	const struct address *found = find(hub, address);

	return found != NULL && seq > found->told_seq;
}

void
hub_deliver_page(struct hub *hub, const char *address, struct page *page)
{
	struct address *found = find(hub, address);

	if (found != NULL)
		delivery_send_page(found, page);
}

bool
hub_deliver_news(struct hub *hub, const char *address, struct page *page)
{
	struct address *found = find(hub, address);

	ring_filter_add(&hub->rung, table_hash(&hub->addresses.table, span_of(address)));
	if (found != NULL)
		delivery_send_news(found, page);
	return found != NULL;
}

void
hub_deliver_reset(
    struct hub *hub, const char *address, int64_t seq, struct span data, int32_t unread_count)
{
	struct address *found = find(hub, address);

	if (found != NULL)
		delivery_send_reset(found, seq, data, unread_count);
}

void
hub_sound_user(struct hub *hub, const char *user_id)
{
	struct address *person = find(hub, user_id);

	if (person != NULL && delivery_sound(person))
		hub->metrics->soundings++;
}

void
hub_end_session(struct hub *hub, const char *session_id, const char *reason)
{
	struct session *session = session_find(&hub->sessions, session_id);

	if (session != NULL)
		session_end(session, reason);
}

void
hub_renew_session(struct hub *hub, const struct session_identity *identity)
{
	struct session *session = session_find(&hub->sessions, identity->id);

	if (session != NULL)
		session_renew(session, identity);
}

static void
add_farewell(struct frame_builder *builder, const void *about)
{
	const unsigned *retry_ms = about;

	frame_add_retry(builder, *retry_ms);
	message_add_closing(builder, *retry_ms);
}

static void
send_away(struct client *client, const struct hub_retry *retry, enum close_reason reason)
{
	unsigned retry_ms = retry->min_ms + (unsigned)random() % (retry->max_ms - retry->min_ms);
	struct notice notice = { add_farewell, &retry_ms, { NULL } };

	client_end(client, &notice, reason);
	notice_clear(&notice);
}

static void
beat(struct client *client, struct beat *last)
{
	if (client_is_old(client))
		send_away(client, &retry_old, CLOSE_OLD);
	else
		client_send_heartbeat(client, last);
}

static void
beat_node(struct table_node *node, void *argument)
{
	(void)argument;
	delivery_beat((struct address *)node, beat);
}

void
hub_beat_part(struct hub *hub, unsigned part)
{
	table_visit_part(&hub->addresses.table, part, beat_node, NULL);
}

size_t
hub_drain(struct hub *hub, size_t count, const struct hub_retry *retry)
{
	for (; count > 0 && !TAILQ_EMPTY(&hub->clients); count--)
		send_away(TAILQ_FIRST(&hub->clients), retry, CLOSE_DRAINED);
	return hub->client_count;
}

static void
send_away_followers(struct address *address, const struct hub_retry *retry)
{
	struct subscription *at, *next;

	for (at = LIST_FIRST(&address->subscriptions); at != NULL; at = next) {
		next = LIST_NEXT(at, of_address);
		send_away(at->client, retry, CLOSE_UNREADABLE);
	}
}

static void
send_away_session(struct session *session, const struct hub_retry *retry)
{
	struct client *client, *next;

	for (client = LIST_FIRST(&session->clients); client != NULL; client = next) {
		next = LIST_NEXT(client, of_session);
		send_away(client, retry, CLOSE_UNREADABLE);
	}
}

void
hub_end_batch(struct hub *hub, enum hub_question question, const struct hub_retry *retry)
{
	struct inquiry *inquiry = find_inquiry(hub, question);
	struct inquiry_item *item;

	while ((item = TAILQ_FIRST(&inquiry->asked)) != NULL) {
		inquiry_remove(inquiry, item);
		if (question == HUB_EVENTS)
			send_away_followers(address_of_item(item), retry);
		else
			send_away_session(session_of_item(item), retry);
	}
}

void
hub_count(const struct hub *hub, struct metrics *metrics)
{
	metrics->streams = hub->client_count;
	metrics->users = hub->addresses.table.node_count;
	metrics->sessions = hub->sessions.table.node_count;
}

void
hub_close(struct hub *hub)
{
	if (hub == NULL)
		return;
	while (!TAILQ_EMPTY(&hub->clients))
		client_close(TAILQ_FIRST(&hub->clients), CLOSE_DRAINED);
	addresses_clear(&hub->addresses);
	sessions_clear(&hub->sessions);
	free(hub);
}
