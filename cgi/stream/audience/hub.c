/*
 * An address exists here as long as a stream follows it, and so does a
 * session.  Both go with their last stream, and their memory after this turn
 * of the loop, so that any stream may be ended while a list is walked.
 */
#include "cgi/stream/audience/hub.h"

#include <stdio.h>
#include <stdlib.h>

#include "cgi/stream/audience/delivery.h"
#include "cgi/stream/audience/hub_state.h"
#include "common/clock.h"
#include "common/log.h"

/* Heartbeats, by which streams are found to be old, come at another time for each part. */
static const struct retry retry_old = { 200, 3000 };

/* --- streams --------------------------------------------------------------- */

static void
on_closed(struct client *client, enum close_reason reason)
{
	struct hub *hub = client->rules->owner;

	log_info("stream_closed", "user=%s reason=%s seconds=%lld events=%u seq=%lld",
	    log_value(client_user(client)).text, close_reason_names[reason],
	    (long long)(clock_steady_s() - client->opened_at_s), client->delivered,
	    (long long)client->person.seq);
	errands_forget(&hub->errands, client);
	session_leave(client);
	TAILQ_REMOVE(&hub->clients, client, of_hub);
	hub->client_count--;
	hub->socket_count -= client->form == FRAME_MESSAGES;
	if (client->person.address != NULL) {
		subscription_leave(&client->person);
	} else {
		LIST_REMOVE(&client->person, of_address);
		hub->visitor_count--;
	}
}

static void
on_drained(struct client *client)
{
	if (client->person.address != NULL)
		address_ring(client->person.address);
	for (size_t i = 0; client->misses_topics && i < client->follow_count; i++)
		address_ring(client->follows[i]->address);
	client->misses_topics = false;
	errands_resume(client);
}

static void
on_message(struct client *client, struct span text)
{
	struct hub *hub = client->rules->owner;

	errands_add(&hub->errands, client, text);
}

struct errands *
hub_errands(struct hub *hub)
{
	return &hub->errands;
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
	hub->rules = (struct client_rules){ metrics, hub, on_closed, on_drained, on_message,
		limits->retry_ms, limits->heartbeat_s, limits->lifetime_s };
	addresses_init(&hub->addresses);
	follow_check_init(&hub->follow_check, &hub->addresses);
	errands_init(&hub->errands, &hub->addresses, limits->replay_events);
	for (unsigned part = 0; part < TABLE_PARTS; part++)
		LIST_INIT(&hub->visitors[part]);
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

/* A publication is no reason to ask about the sessions of all who follow the topic. */
static void
ring(struct address *address, enum hub_ring what)
{
	address_ring(address);
	if (what == HUB_RING_ALL && topic_of(address) == NULL)
		sessions_ring_of(address);
}

/* --- ringing --------------------------------------------------------------- */

/* Of everybody who follows the topic of such a word it is asked whether they still may. */
static bool
ring_follows(struct hub *hub, struct span word)
{
	char name[ADDRESS_BYTES];
	struct address *found;

	if (word.len >= sizeof(name))
		return false;
	name[0] = ADDRESS_TOPIC;
	memcpy(name + 1, word.at + 1, word.len - 1);
	found = address_find(&hub->addresses, (struct span){ name, word.len });
	if (found != NULL)
		follow_check_ring(topic_of(found));
	return found != NULL;
}

bool
hub_ring(struct hub *hub, struct span address, enum hub_ring what)
{
	struct address *found;

	ring_filter_add(&hub->rung, table_hash(&hub->addresses.table, address));
	if (address.len > 0 && address.at[0] == ADDRESS_FOLLOWS)
		return ring_follows(hub, address);
	found = address_find(&hub->addresses, address);
	if (found != NULL)
		ring(found, what);
	return found != NULL;
}

void
hub_ring_topic(struct hub *hub, const char *topic)
{
	char word[ADDRESS_BYTES];

	snprintf(word, sizeof(word), "%c%s", ADDRESS_TOPIC, topic);
	(void)hub_ring(hub, span_of(word), HUB_RING_EVENTS);
	word[0] = ADDRESS_FOLLOWS;
	(void)hub_ring(hub, span_of(word), HUB_RING_EVENTS);
}

static void
ring_node(struct table_node *node, void *argument)
{
	struct address *address = (struct address *)node;

	ring(address, *(const enum hub_ring *)argument);
	if (topic_of(address) != NULL)
		follow_check_ring(topic_of(address));
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

void
hub_ring_more(struct hub *hub, const char *address)
{
	struct address *found = find(hub, address);

	if (found != NULL)
		address_ring_more(found);
}

size_t
hub_list_people(const struct hub *hub, unsigned part, struct array *people)
{
	return addresses_list_people(&hub->addresses, part, people);
}

/* --- delivery -------------------------------------------------------------- */

bool
hub_is_news(const struct hub *hub, const char *address, int64_t seq)
{
	const struct address *found = find(hub, address);

	return found != NULL && seq > found->delivered_seq;
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
hub_lose_follow(struct hub *hub, const char *user_id, const char *topic)
{
	follow_check_lose(&hub->follow_check, user_id, topic);
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
beat(struct client *client, struct beat *last)
{
	if (client_is_old(client))
		client_send_away(client, retry_choose_ms(&retry_old), CLOSE_OLD);
	else
		client_send_heartbeat(client, last);
}

static void
beat_node(struct table_node *node, void *argument)
{
	struct address *address = (struct address *)node;

	(void)argument;
	if (topic_of(address) == NULL)
		delivery_beat(&address->subscriptions, beat);
}

void
hub_beat_part(struct hub *hub, unsigned part)
{
	table_visit_part(&hub->addresses.table, part, beat_node, NULL);
	delivery_beat(&hub->visitors[part], beat);
}

size_t
hub_drain(struct hub *hub, size_t count, const struct retry *retry)
{
	for (; count > 0 && !TAILQ_EMPTY(&hub->clients); count--)
		client_send_away(TAILQ_FIRST(&hub->clients), retry_choose_ms(retry), CLOSE_DRAINED);
	return hub->client_count;
}

void
hub_count(const struct hub *hub, struct metrics *metrics)
{
	metrics->streams = hub->client_count;
	metrics->sockets = hub->socket_count;
	metrics->visitors = hub->visitor_count;
	metrics->users = hub->addresses.table.node_count - hub->addresses.topic_count;
	metrics->topics = hub->addresses.topic_count;
	metrics->follows = hub->addresses.follow_count;
	metrics->sessions = hub->sessions.table.node_count;
}

void
hub_close(struct hub *hub)
{
	if (hub == NULL)
		return;
	while (!TAILQ_EMPTY(&hub->clients))
		client_close(TAILQ_FIRST(&hub->clients), CLOSE_DRAINED);
	errands_clear(&hub->errands);
	addresses_clear(&hub->addresses);
	sessions_clear(&hub->sessions);
	free(hub);
}
