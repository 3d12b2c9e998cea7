/*
 * A client gets the next page when it has taken the last one, however slowly:
 * the log is its queue, and a long replay or a burst costs no more memory
 * than a page.  Only one that takes nothing at all is ended.
 */
#include "cgi/stream/audience/client.h"

#include <stdlib.h>

#include "cgi/stream/events/message.h"
#include "cgi/stream/parts/deferred_free.h"
#include "common/clock.h"

static void
on_gone(void *owner)
{
	client_close(owner, CLOSE_CLIENT_LEFT);
}

static void
on_drained(void *owner)
{
	struct client *client = owner;

	client->rules->on_drained(client);
}

static void on_message(void *owner, struct span text);
static void on_closing(void *owner, uint16_t code, bool is_fault);

static const struct peer_events client_peer_events = { .on_gone = on_gone,
	.on_drained = on_drained,
	.on_message = on_message,
	.on_closing = on_closing };

/* The code that a WebSocket is closed with. */
static const uint16_t close_codes[CLOSE_REASONS] = { [CLOSE_SLOW] = WEBSOCKET_TRY_LATER,
	[CLOSE_SESSION_ENDED] = WEBSOCKET_SESSION_ENDED,
	[CLOSE_DRAINED] = WEBSOCKET_GOING_AWAY,
	[CLOSE_OLD] = WEBSOCKET_GOING_AWAY,
	[CLOSE_UNREADABLE] = WEBSOCKET_GOING_AWAY };

struct client *
client_create(const struct client_rules *rules, struct peer *peer)
{
	struct client *client = calloc(1, sizeof(*client));

	if (client == NULL)
		abort();
	client->rules = rules;
	client->peer = peer;
	client->form = peer_form(peer);
	client->person.client = client;
	client->opened_at_s = (uint32_t)clock_steady_s();
	peer_set_owner(peer, &client_peer_events, client);
	return client;
}

const char *
client_user(const struct client *client)
{
	return client->person.address == NULL ? "" : address_name(client->person.address);
}

/* --- topics ---------------------------------------------------------------- */

void
client_follow(struct client *client, struct address *topic, int64_t seq)
{
	struct subscription *at = calloc(1, sizeof(*at));

	client->follows =
	    reallocarray(client->follows, client->follow_count + 1U, sizeof(*client->follows));
	if (at == NULL || client->follows == NULL)
		abort();
	at->seq = seq;
	subscription_enter(at, client, topic);
	client->follows[client->follow_count++] = at;
}

struct subscription *
client_find_follow(const struct client *client, const struct address *topic)
{
	for (size_t i = 0; i < client->follow_count; i++)
		if (client->follows[i]->address == topic)
			return client->follows[i];
	return NULL;
}

void
client_unfollow(struct subscription *at)
{
	struct client *client = at->client;
	size_t i = 0;

	while (client->follows[i] != at)
		i++;
	client->follow_count--;
	memmove(&client->follows[i], &client->follows[i + 1],
	    (client->follow_count - i) * sizeof(*client->follows));
	subscription_leave(at);
	deferred_free(at);
}

struct numbers
client_numbers(const struct client *client)
{
	return (struct numbers){ &client->person, client->follows, client->follow_count };
}

bool
client_has_tails(const struct client *client)
{
	return client->follow_count > 0 && client->form != FRAME_MESSAGES;
}

void
client_add_id(const struct client *client, struct frame_builder *builder)
{
	const struct numbers numbers = client_numbers(client);
	char id[TOPICS_ID_BYTES];
	size_t gap;

	frame_add_id(builder, (struct span){ id, numbers_format_id(&numbers, NULL, id, &gap) });
}

/* --- coming and going ------------------------------------------------------ */

/* The one way out.  code: with which the peer finishes by itself; 0: it is closed at once.
 */
static void
leave(struct client *client, enum close_reason reason, uint16_t code)
{
	struct peer *peer = client->peer;

	if (peer == NULL)
		return;
	client->peer = NULL;
	client->rules->metrics->closed[reason]++;
	if (code == 0)
		peer_close(peer);
	else
		peer_finish(peer, code);
	client->rules->on_closed(client, reason);
	while (client->follow_count > 0)
		client_unfollow(client->follows[client->follow_count - 1]);
	deferred_free(client->follows);
	if (client->token != NULL)
		explicit_bzero(client->token, strlen(client->token));
	free(client->token);
	client->token = NULL;
	deferred_free(client);
}

void
client_close(struct client *client, enum close_reason reason)
{
	leave(client, reason, 0);
}

static void
on_closing(void *owner, uint16_t code, bool is_fault)
{
	leave(owner, is_fault ? CLOSE_FAULT : CLOSE_CLIENT_LEFT, code);
}

static void
on_message(void *owner, struct span text)
{
	struct client *client = owner;

	client->rules->on_message(client, text);
}

static void
send_range(struct client *client, struct frame *frame, size_t from, size_t to)
{
	client->rules->metrics->bytes_sent += to - from;
	if (peer_send(client->peer, frame, from, to) == PEER_BROKEN)
		client_close(client, CLOSE_CLIENT_LEFT);
}

void
client_send(struct client *client, struct frame *frame)
{
	send_range(client, frame, 0, frame->length);
}

static void
send_notice(struct client *client, struct notice *notice)
{
	client_send(client, notice_frame(notice, client->form));
}

void
client_send_parts(struct client *client, const struct frame_part *parts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		client->rules->metrics->bytes_sent +=
		    parts[i].to - parts[i].from + parts[i].tail_to - parts[i].tail_from;
	if (peer_send_parts(client->peer, parts, count) == PEER_BROKEN)
		client_close(client, CLOSE_CLIENT_LEFT);
}

bool
client_wants_events(const struct client *client)
{
	return client->peer != NULL && peer_backlog(client->peer) == 0;
}

struct loss {
	const char *topic;
	bool is_last; /* of a visitor's */
};

static void
add_loss(struct frame_builder *builder, const void *about)
{
	const struct loss *loss = about;

	message_add_unfollowed(builder, loss->topic, "forbidden");
	if (loss->is_last)
		message_add_session_ended(builder, "revoked");
}

void
client_lose_follow(struct client *client, const struct address *topic)
{
	struct subscription *at = client_find_follow(client, topic);
	const struct loss loss = { address_topic(topic),
		client->follow_count == 1 && client->person.address == NULL };
	struct notice notice = { add_loss, &loss, { NULL } };

	if (at == NULL || client->peer == NULL)
		return;
	client->rules->metrics->follows_lost++;
	client_unfollow(at);
	if (loss.is_last)
		client_end(client, &notice, CLOSE_SESSION_ENDED);
	else
		send_notice(client, &notice);
	notice_clear(&notice);
}

/* The heartbeat of a WebSocket asks for a sign of life of its client, too, which sends it unasked.
 */
static struct frame *
make_beat(const struct client *client)
{
	const struct numbers numbers = client_numbers(client);
	struct message_topic topics[TOPICS_MAX];
	const struct message_state state = { client->person.seq, client->unread_count,
		client->follow_count > 0 ? topics : NULL, client->follow_count };
	struct frame_builder builder = { .form = client->form };

	if (builder.form == FRAME_MESSAGES)
		frame_add_control(&builder, WEBSOCKET_PING, span_of(""));
	numbers_list(&numbers, topics);
	message_add_heartbeat(&builder, &state);
	return frame_finish(&builder);
}

void
beat_clear(struct beat *beat)
{
	for (size_t form = 0; form < FRAME_FORMS; form++)
		frame_release(beat->frames[form]);
	*beat = (struct beat){ .seq = 0 };
}

/* Whether it was made for a stream that stands where this one does. */
static bool
is_beat_of(const struct beat *beat, const struct client *client)
{
	return client->follow_count == 0 && !beat->has_topics && beat->seq == client->person.seq &&
	       beat->unread_count == client->unread_count;
}

void
client_sound(struct client *client, struct beat *beat)
{
	enum frame_form form = client->form;

	if (peer_backlog(client->peer) > 0)
		return; /* what waits is sign of life enough */
	if (!is_beat_of(beat, client)) {
		beat_clear(beat);
		beat->seq = client->person.seq;
		beat->unread_count = client->unread_count;
		beat->has_topics = client->follow_count > 0;
	}
	if (beat->frames[form] == NULL)
		beat->frames[form] = make_beat(client);
	client->rules->metrics->heartbeats++;
	client_send(client, beat->frames[form]);
}

void
client_send_heartbeat(struct client *client, struct beat *beat)
{
	bool may_be_told = client->form == FRAME_MESSAGES;

	if (peer_is_silent(client->peer))
		client_close(client, CLOSE_SILENT);
	else if (peer_is_stalled(client->peer))
		leave(client, CLOSE_SLOW, may_be_told ? close_codes[CLOSE_SLOW] : 0);
	else
		client_sound(client, beat);
}

bool
client_is_old(const struct client *client)
{
	const int lifetime_s = client->rules->lifetime_s;

	return lifetime_s > 0 && clock_steady_s() - client->opened_at_s >= lifetime_s;
}

void
client_send_aside(struct client *client, struct notice *notice)
{
	if (client_wants_events(client))
		send_notice(client, notice);
}

void
client_end(struct client *client, struct notice *last, enum close_reason reason)
{
	struct frame *frame;

	if (client->peer == NULL)
		return;
	frame = notice_frame(last, client->form);
	client->rules->metrics->bytes_sent += frame->length;
	if (peer_send(client->peer, frame, 0, frame->length) == PEER_BROKEN)
		client_close(client, CLOSE_CLIENT_LEFT);
	else
		leave(client, reason, close_codes[reason]);
}

static void
add_closing(struct frame_builder *builder, const void *about)
{
	const unsigned *retry_ms = about;

	frame_add_retry(builder, *retry_ms);
	message_add_closing(builder, *retry_ms);
}

void
client_send_away(struct client *client, unsigned retry_ms, enum close_reason reason)
{
	struct notice notice = { add_closing, &retry_ms, { NULL } };

	client_end(client, &notice, reason);
	notice_clear(&notice);
}
