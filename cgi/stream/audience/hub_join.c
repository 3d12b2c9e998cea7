/* A stream is registered before it is sent anything: ready means ready. */
#include "cgi/stream/audience/hub_join.h"

#include <stdio.h>
#include <stdlib.h>

#include "cgi/stream/audience/hub_state.h"
#include "common/log.h"
#include "common/text.h"

/* How a stream begins, for the log: the reason of its reset, where it begins with one. */
static const char *
name_start(const struct client_opening *opening)
{
	if (opening->reset_reason != NULL)
		return opening->reset_reason;
	return opening->resumes ? "resumed" : "new";
}

/* Whether there is a place for another one. */
static enum hub_join
find_room(const struct hub *hub, const struct client_opening *opening)
{
	const struct address *person;

	if (hub->client_count >= hub->limits.streams)
		return HUB_FULL;
	if (opening->user_id == NULL)
		return hub->visitor_count < hub->limits.visitors ? HUB_JOINED : HUB_VISITORS_FULL;
	person = address_find(&hub->addresses, span_of(opening->user_id));
	return person == NULL || person->subscription_count < hub->limits.streams_per_user
		   ? HUB_JOINED
		   : HUB_USER_FULL;
}

static struct address *
find_or_create(struct hub *hub, const char *name, int64_t seq)
{
	struct address *address = address_find(&hub->addresses, span_of(name));

	return address == NULL ? address_create(&hub->addresses, name, seq) : address;
}

/* Whether a log has what was not there when the stream was let in, or what it has missed. */
static bool
is_behind(
    const struct hub *hub, const struct address *address, bool resumes, int64_t after, int64_t seq)
{
	return (resumes && after != seq) || ring_filter_has(&hub->rung, address->node.hash);
}

static void
join_person(struct hub *hub, struct client *client, const struct session_identity *identity,
    const struct client_opening *opening)
{
	struct address *person = find_or_create(hub, opening->user_id, opening->seq);

	subscription_enter(&client->person, client, person);
	session_enter(&hub->sessions, identity, client);
	if (is_behind(hub, person, opening->resumes, opening->after, opening->seq)) {
		address_ring(person);
		sessions_ring_of(person);
	}
}

/* Visitors have no log: they stand in one of as many rows as heartbeats are spread to.
 */
static void
join_visitor(struct hub *hub, struct client *client)
{
	unsigned part = (unsigned)random() % TABLE_PARTS;

	LIST_INSERT_HEAD(&hub->visitors[part], &client->person, of_address);
	hub->visitor_count++;
}

static void
join_topic(struct hub *hub, struct client *client, const struct client_topic *topic)
{
	bool is_from_now = !topic->resumes && topic->reset_reason == NULL;
	char name[ADDRESS_BYTES];
	struct address *address;

	snprintf(name, sizeof(name), "%c%s", ADDRESS_TOPIC, topic->name);
	address = find_or_create(hub, name, topic->seq);
	client_follow(client, address, is_from_now ? topic->seq : topic->after);
	if (is_behind(hub, address, topic->resumes, topic->after, topic->seq))
		address_ring(address);
	name[0] = ADDRESS_FOLLOWS;
	if (ring_filter_has(&hub->rung, table_hash(&hub->addresses.table, span_of(name))))
		follow_check_ring(topic_of(address));
}

static void
log_opened(const struct client *client, const struct client_opening *opening)
{
	char topics[32] = "";

	if (opening->topic_count > 0)
		snprintf(topics, sizeof(topics), " topics=%u", client->follow_count);
	log_info("stream_opened", "user=%s seq=%lld start=%s%s",
	    log_value(client_user(client)).text, (long long)opening->seq, name_start(opening),
	    topics);
}

enum hub_join
hub_join(struct hub *hub, struct peer *peer, const struct session_identity *identity,
    const struct client_opening *opening)
{
	enum hub_join room = find_room(hub, opening);
	struct client *client;

	if (room != HUB_JOINED)
		return room;
	client = client_create(&hub->rules, peer);
	TAILQ_INSERT_TAIL(&hub->clients, client, of_hub);
	hub->client_count++;
	hub->socket_count += client->form == FRAME_MESSAGES;
	hub->metrics->opened++;
	if (client->form == FRAME_MESSAGES) /* with each command it shows who it is */
		client->token = text_copy(opening->token);
	if (opening->user_id != NULL)
		join_person(hub, client, identity, opening);
	else
		join_visitor(hub, client);
	for (size_t i = 0; i < opening->topic_count; i++)
		if (!opening->topics[i].is_refused)
			join_topic(hub, client, &opening->topics[i]);
	log_opened(client, opening);
	client_send_opening(client, opening);
	session_greet(client);
	return HUB_JOINED;
}
