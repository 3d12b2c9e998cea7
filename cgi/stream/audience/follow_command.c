/*
 * A publication between the snapshot of the answer and now has rung already: so a topic
 * that is followed anew is read at once, and asked about once more whether it may be.
 */
#include "cgi/stream/audience/follow_command.h"

#include <inttypes.h>
#include <stdio.h>

#include "cgi/stream/audience/follow_check.h"
#include "cgi/stream/audience/start.h"
#include "cgi/stream/events/message.h"
#include "cgi/stream/events/sse.h"

static void
refuse(struct follow_answer *answer, int status, const char *detail)
{
	*answer = (struct follow_answer){ .status = status, .detail = detail };
}

static void
format_position(struct follow_answer *answer, const char *topic, int64_t seq)
{
	snprintf(answer->body, sizeof(answer->body), "{\"topic\":\"%s\",\"seq\":%" PRId64 "}",
	    topic, seq);
}

static void
format_name(char name[ADDRESS_BYTES], const char *topic)
{
	snprintf(name, ADDRESS_BYTES, "%c%s", ADDRESS_TOPIC, topic);
}

/* The topic's address, and where the client follows it already its place there. */
static struct address *
find(const struct addresses *addresses, const struct client *client, const char *name,
    struct subscription **at)
{
	struct address *address = address_find(addresses, span_of(name));

	*at = address == NULL ? NULL : client_find_follow(client, address);
	return address;
}

static void
decide(const struct client_command *command, int64_t replay_events, const char *word,
    struct start *start)
{
	char topics[TOPIC_POSITION_BYTES];
	const struct start_wish wish = { .topics = topics, .replay_events = replay_events };
	const struct start_answer answer = { .follows = word };

	if (command->has_number)
		snprintf(topics, sizeof(topics), "%s=%" PRId64, command->topic, command->number);
	else
		snprintf(topics, sizeof(topics), "%s", command->topic);
	start_decide(start, &wish, &answer);
}

void
follow_command_begin(struct addresses *addresses, int64_t replay_events, struct client *client,
    const struct client_command *command, const char *word, struct follow_answer *answer)
{
	static struct start start; /* large */
	const struct client_topic *topic = &start.of[0];
	struct subscription *at;
	struct address *address;
	char name[ADDRESS_BYTES];

	format_name(name, command->topic);
	address = find(addresses, client, name, &at);
	if (at != NULL && command->has_number) {
		client_unfollow(at); /* it says what it has, and goes on from there */
		address = find(addresses, client, name, &at);
	}
	decide(command, replay_events, word, &start);
	if (at != NULL) {
		format_position(answer, command->topic, at->seq);
	} else if (client->follow_count == TOPICS_MAX) {
		refuse(answer, 422, "More topics are named than a stream follows.");
	} else if (start.opening.topic_count != 1 || topic->is_refused) {
		refuse(answer, 403, "You may not follow this topic.");
	} else {
		if (address == NULL)
			address = address_create(addresses, name, topic->seq);
		client_follow(client, address, topic->resumes ? topic->after : topic->seq);
		address_ring(address);
		follow_check_ring(topic_of(address));
		format_position(answer, command->topic, topic->seq);
		answer->reset_reason = topic->reset_reason;
		answer->seq = topic->seq;
	}
}

void
follow_command_end(struct addresses *addresses, struct client *client,
    const struct client_command *command, struct follow_answer *answer)
{
	struct subscription *at;
	char name[ADDRESS_BYTES];

	format_name(name, command->topic);
	(void)find(addresses, client, name, &at);
	if (at != NULL)
		client_unfollow(at);
	snprintf(answer->body, sizeof(answer->body), "{\"topic\":\"%s\"}", command->topic);
}

void
follow_command_send_reset(
    struct client *client, const struct client_command *command, const struct follow_answer *answer)
{
	struct frame_builder builder = { .form = client->form };
	struct frame *frame;

	if (answer->reset_reason == NULL)
		return;
	client->rules->metrics->resets++;
	message_add_topic_reset(
	    &builder, SSE_NO_ID, command->topic, answer->reset_reason, answer->seq);
	frame = frame_finish(&builder);
	client_send(client, frame);
	frame_release(frame);
}
