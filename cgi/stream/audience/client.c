/*
 * A client gets the next page when it has taken the last one, however slowly:
 * the log is its queue, and a long replay or a burst costs no more memory
 * than a page.  Only one that takes nothing at all is ended.
 */
#include "cgi/stream/audience/client.h"

#include <stdlib.h>

#include "cgi/stream/events/message.h"
#include "cgi/stream/events/sse.h"
#include "cgi/stream/parts/deferred_free.h"
#include "cgi/stream/wire/answer.h"
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
static void on_goodbye(void *owner, uint16_t code, bool is_fault);

static const struct peer_events client_peer_events = { .on_gone = on_gone,
	.on_drained = on_drained,
	.on_message = on_message,
	.on_goodbye = on_goodbye };

/* What a WebSocket is closed with. */
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
	client->person.client = client;
	client->opened_at_s = clock_steady_s();
	peer_set_owner(peer, &client_peer_events, client);
	return client;
}

/* The one way out.  code: what the peer is left to finish with by itself; 0: it is closed at once.
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
	deferred_free(client);
}

void
client_close(struct client *client, enum close_reason reason)
{
	leave(client, reason, 0);
}

static void
on_goodbye(void *owner, uint16_t code, bool is_fault)
{
	leave(owner, is_fault ? CLOSE_FAULT : CLOSE_CLIENT_LEFT, code);
}

static void
on_message(void *owner, struct span text)
{
	(void)owner;
	(void)text;
}

static void
send_range(struct client *client, struct frame *frame, size_t from, size_t to)
{
	client->rules->metrics->bytes_sent += to - from;
	if (peer_send(client->peer, frame, from, to) == PEER_BROKEN)
		client_close(client, CLOSE_CLIENT_LEFT);
}

static void
send_notice(struct client *client, struct notice *notice)
{
	struct frame *frame = notice_frame(notice, peer_form(client->peer));

	send_range(client, frame, 0, frame->length);
}

/*
 * A process that is killed tells nobody when to come back, and browsers would
 * all do so after the same three seconds: each is given its time beforehand.
 * In a block of its own: eventsource 2.0.2 keeps the data of an event that was
 * cut, and would put it before that of the first event.
 */
static unsigned
add_retry(struct frame_builder *builder, unsigned longest_ms)
{
	unsigned soonest_ms = longest_ms / 5, retry_ms;

	if (longest_ms == 0)
		return 0;
	retry_ms = soonest_ms + (unsigned)random() % (longest_ms - soonest_ms + 1);
	frame_add_retry(builder, retry_ms);
	return retry_ms;
}

void
client_send_opening(struct client *client, const struct client_opening *opening)
{
	struct frame_builder builder = { .form = peer_form(client->peer) };
	struct frame *frame;
	struct message_pace pace = { .heartbeat_s = client->rules->heartbeat_s };
	bool is_from_now = !opening->resumes && opening->reset_reason == NULL;

	client->person.seq = opening->resumes ? opening->after : opening->seq;
	client->unread_count = opening->unread_count;
	client->owes_count = client->person.seq != opening->seq;
	answer_begin_stream(client->peer, &builder);
	pace.retry_ms = add_retry(&builder, client->rules->retry_ms);
	/* Where a reset follows it brings the id: a client that loses the link between the two must
	 * come back with its old one, or it would never be told. */
	message_add_connected(&builder, is_from_now ? opening->seq : SSE_NO_ID, opening->user_id,
	    opening->seq, opening->unread_count, pace);
	if (opening->reset_reason != NULL) {
		message_add_reset(
		    &builder, opening->reset_reason, opening->seq, opening->unread_count);
		client->rules->metrics->resets++;
	}
	if (!client->owes_count)
		message_add_unread_count(&builder, opening->seq, opening->unread_count);
	frame = frame_finish(&builder);
	send_range(client, frame, 0, frame->length);
	frame_release(frame);
}

bool
client_wants_events(const struct client *client)
{
	return client->peer != NULL && peer_backlog(client->peer) == 0;
}

void
client_send_page(struct subscription *at, struct page *page)
{
	struct client *client = at->client;
	size_t first = page_find_next(page, at->seq);
	enum frame_form form;
	struct frame *frame;

	if (!client_wants_events(client) || first == page->count)
		return;
	form = peer_form(client->peer);
	frame = page_frame(
	    page, form, client->owes_count || page->unread_count != client->unread_count);
	at->seq = page_last_seq(page);
	client->unread_count = page->unread_count;
	client->owes_count = false;
	client->delivered += (uint32_t)(page->count - first);
	client->rules->metrics->events_delivered += page->count - first;
	send_range(client, frame, page_start(page, form, first), frame->length);
}

void
client_send_reset(struct subscription *at, struct notice *notice, int64_t seq, int32_t unread_count)
{
	struct client *client = at->client;

	at->seq = seq;
	client->unread_count = unread_count;
	client->owes_count = false;
	client->rules->metrics->resets++;
	send_notice(client, notice);
}

/* The heartbeat of a WebSocket asks for a sign of life of its client, too, which sends it unasked.
 */
static struct frame *
make_beat(enum frame_form form, const struct beat *beat)
{
	struct frame_builder builder = { .form = form };

	if (form == FRAME_MESSAGES)
		frame_add_control(&builder, WEBSOCKET_PING, span_of(""));
	message_add_heartbeat(&builder, beat->seq, beat->unread_count);
	return frame_finish(&builder);
}

void
beat_clear(struct beat *beat)
{
	for (size_t form = 0; form < FRAME_FORMS; form++)
		frame_release(beat->frames[form]);
	*beat = (struct beat){ .seq = 0 };
}

void
client_sound(struct client *client, struct beat *beat)
{
	enum frame_form form = peer_form(client->peer);

	if (peer_backlog(client->peer) > 0)
		return; /* what waits is sign of life enough */
	if (beat->seq != client->person.seq || beat->unread_count != client->unread_count) {
		beat_clear(beat);
		beat->seq = client->person.seq;
		beat->unread_count = client->unread_count;
	}
	if (beat->frames[form] == NULL)
		beat->frames[form] = make_beat(form, beat);
	client->rules->metrics->heartbeats++;
	send_range(client, beat->frames[form], 0, beat->frames[form]->length);
}

void
client_send_heartbeat(struct client *client, struct beat *beat)
{
	bool may_be_told = peer_form(client->peer) == FRAME_MESSAGES;

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
	frame = notice_frame(last, peer_form(client->peer));
	client->rules->metrics->bytes_sent += frame->length;
	if (peer_send(client->peer, frame, 0, frame->length) == PEER_BROKEN)
		client_close(client, CLOSE_CLIENT_LEFT);
	else
		leave(client, reason, close_codes[reason]);
}
