/*
 * A stream that follows topics is told in each id where it stands, and so an id
 * of connected holds what it has had, not what there is: where the two differ, events or a
 * reset follow.
 */
#include "cgi/stream/audience/client_opening.h"

#include "cgi/stream/events/message.h"
#include "cgi/stream/events/sse.h"
#include "cgi/stream/parts/retry.h"
#include "cgi/stream/wire/answer.h"

/*
 * A process that is killed tells nobody when to come back, and browsers would
 * all do so after the same three seconds: each is given its time beforehand.
 * In a block of its own: eventsource 2.0.2 keeps the data of an event that was
 * cut, and would put it before that of the first event.
 */
static unsigned
add_retry(struct frame_builder *builder, unsigned longest_ms)
{
	const struct retry retry = { longest_ms / 5, longest_ms };
	unsigned retry_ms;

	if (longest_ms == 0)
		return 0;
	retry_ms = retry_choose_ms(&retry);
	frame_add_retry(builder, retry_ms);
	return retry_ms;
}

/* Where a reset follows it brings the number: a client that loses the link between the two must
 * come back with its old one, or it would never be told. */
static int64_t
choose_first(int64_t seq, bool resumes, int64_t after, const char *reset_reason)
{
	return resumes || reset_reason != NULL ? after : seq;
}

static void
add_connected(struct client *client, struct frame_builder *builder,
    const struct client_opening *opening, struct message_pace pace)
{
	const struct numbers numbers = client_numbers(client);
	struct message_topic topics[TOPICS_MAX];
	const struct message_state state = { opening->seq, opening->unread_count,
		opening->topic_count > 0 ? topics : NULL, client->follow_count };
	bool is_from_now =
	    !opening->resumes && opening->reset_reason == NULL && opening->user_id != NULL;

	numbers_list(&numbers, topics);
	for (size_t i = 0, followed = 0; i < opening->topic_count; i++)
		if (!opening->topics[i].is_refused)
			topics[followed++].seq = opening->topics[i].seq;
	if (client_has_tails(client)) {
		message_add_connected(builder, SSE_OPEN_END, opening->user_id, &state, pace);
		client_add_id(client, builder);
	} else {
		message_add_connected(builder, is_from_now ? opening->seq : SSE_NO_ID,
		    opening->user_id, &state, pace);
	}
}

static void
add_reset(
    struct client *client, struct frame_builder *builder, const struct client_opening *opening)
{
	client->person.seq = opening->seq;
	client->rules->metrics->resets++;
	message_add_reset(builder, client_has_tails(client) ? SSE_OPEN_END : opening->seq,
	    opening->reset_reason, opening->seq, opening->unread_count);
	if (client_has_tails(client))
		client_add_id(client, builder);
}

/* Of topics that it is reset alone, each with an id in which it has gone on. */
static void
add_topic_resets(
    struct client *client, struct frame_builder *builder, const struct client_opening *opening)
{
	bool has_tails = client_has_tails(client);

	for (size_t i = 0, followed = 0; i < opening->topic_count; i++) {
		const struct client_topic *topic = &opening->topics[i];
		struct subscription *at = topic->is_refused ? NULL : client->follows[followed++];

		if (at == NULL || topic->reset_reason == NULL)
			continue;
		at->seq = topic->seq;
		client->rules->metrics->resets++;
		message_add_topic_reset(builder, has_tails ? SSE_OPEN_END : SSE_NO_ID, topic->name,
		    topic->reset_reason, topic->seq);
		if (has_tails)
			client_add_id(client, builder);
	}
}

static void
add_refusals(struct frame_builder *builder, const struct client_opening *opening)
{
	for (size_t i = 0; i < opening->topic_count; i++)
		if (opening->topics[i].is_refused)
			message_add_unfollowed(builder, opening->topics[i].name, "forbidden");
}

void
client_send_opening(struct client *client, const struct client_opening *opening)
{
	struct frame_builder builder = { .form = peer_form(client->peer) };
	struct frame *frame;
	struct message_pace pace = { .heartbeat_s = client->rules->heartbeat_s };

	client->person.seq =
	    choose_first(opening->seq, opening->resumes, opening->after, opening->reset_reason);
	client->unread_count = opening->unread_count;
	client->owes_count = opening->resumes && opening->after != opening->seq;
	answer_begin_stream(client->peer, &builder);
	pace.retry_ms = add_retry(&builder, client->rules->retry_ms);
	add_connected(client, &builder, opening, pace);
	if (opening->reset_reason != NULL)
		add_reset(client, &builder, opening);
	add_topic_resets(client, &builder, opening);
	add_refusals(&builder, opening);
	if (!client->owes_count && opening->user_id != NULL)
		message_add_unread_count(&builder, opening->seq, opening->unread_count);
	frame = frame_finish(&builder);
	client_send(client, frame);
	frame_release(frame);
}
