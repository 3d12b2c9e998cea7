/*
 * The numbers are formatted directly; what holds text of somebody else's (a
 * user's id) goes through json-c, so that it cannot break out of its string.
 */
#include "cgi/stream/events/message.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>

#include "cgi/stream/events/sse.h"
#include "common/timestamp.h"

#define TOPICS_TO_STRING (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)
#define MESSAGE_MAX 160 /* bytes of a message that holds only numbers and our own words */

/* The object, which is released, as an event. */
static void
add_object(
    struct frame_builder *builder, int64_t id, const char *name, struct json_object *data, int how)
{
	frame_add_event(builder, id, name, span_of(json_object_to_json_string_ext(data, how)));
	json_object_put(data);
}

static struct json_object *
make_topics(const struct message_state *state)
{
	struct json_object *topics = json_object_new_object();

	for (size_t i = 0; i < state->topic_count; i++)
		json_object_object_add(
		    topics, state->topics[i].name, json_object_new_int64(state->topics[i].seq));
	return topics;
}

void
message_add_connected(struct frame_builder *builder, int64_t id, const char *user_id,
    const struct message_state *state, struct message_pace pace)
{
	struct json_object *data = json_object_new_object();

	json_object_object_add(
	    data, "user_id", user_id == NULL ? NULL : json_object_new_string(user_id));
	json_object_object_add(data, "seq", json_object_new_int64(state->seq));
	json_object_object_add(data, "unread_count", json_object_new_int(state->unread_count));
	if (state->topics != NULL)
		json_object_object_add(data, "topics", make_topics(state));
	if (pace.heartbeat_s > 0)
		json_object_object_add(data, "heartbeat_s", json_object_new_int(pace.heartbeat_s));
	if (pace.retry_ms > 0)
		json_object_object_add(data, "retry_ms", json_object_new_int64(pace.retry_ms));
	add_object(builder, id, "connected", data,
	    state->topics != NULL ? TOPICS_TO_STRING : JSON_C_TO_STRING_PLAIN);
}

void
message_add_unread_count(struct frame_builder *builder, int64_t seq, int32_t unread_count)
{
	char data[MESSAGE_MAX];

	snprintf(data, sizeof(data), "{\"unread_count\":%" PRId32 ",\"seq\":%" PRId64 "}",
	    unread_count, seq);
	frame_add_event(builder, SSE_NO_ID, "unread_count", span_of(data));
}

void
message_add_heartbeat(struct frame_builder *builder, const struct message_state *state)
{
	struct json_object *data = json_object_new_object();
	char stamp[TIMESTAMP_MAX];

	timestamp_format(timestamp_now(), TIMESTAMP_MS, stamp);
	json_object_object_add(data, "time", json_object_new_string(stamp));
	json_object_object_add(data, "seq", json_object_new_int64(state->seq));
	json_object_object_add(data, "unread_count", json_object_new_int(state->unread_count));
	if (state->topics != NULL)
		json_object_object_add(data, "topics", make_topics(state));
	add_object(builder, SSE_NO_ID, "heartbeat", data, TOPICS_TO_STRING);
}

void
message_add_reset(struct frame_builder *builder, int64_t id, const char *reason, int64_t seq,
    int32_t unread_count)
{
	char data[MESSAGE_MAX];

	snprintf(data, sizeof(data),
	    "{\"reason\":\"%s\",\"seq\":%" PRId64 ",\"unread_count\":%" PRId32 "}", reason, seq,
	    unread_count);
	frame_add_event(builder, id, "reset", span_of(data));
}

void
message_add_topic_reset(
    struct frame_builder *builder, int64_t id, const char *topic, const char *reason, int64_t seq)
{
	struct json_object *data = json_object_new_object();

	json_object_object_add(data, "topic", json_object_new_string(topic));
	json_object_object_add(data, "reason", json_object_new_string(reason));
	json_object_object_add(data, "seq", json_object_new_int64(seq));
	add_object(builder, id, "reset", data, TOPICS_TO_STRING);
}

void
message_add_unfollowed(struct frame_builder *builder, const char *topic, const char *reason)
{
	struct json_object *data = json_object_new_object();

	json_object_object_add(data, "topic", json_object_new_string(topic));
	json_object_object_add(data, "reason", json_object_new_string(reason));
	add_object(builder, SSE_NO_ID, "unfollowed", data, TOPICS_TO_STRING);
}

void
message_add_session_expiring(struct frame_builder *builder, int64_t expires_at_us)
{
	char data[MESSAGE_MAX], stamp[TIMESTAMP_MAX];

	timestamp_format(expires_at_us, TIMESTAMP_MS, stamp);
	snprintf(data, sizeof(data), "{\"expires_at\":\"%s\"}", stamp);
	frame_add_event(builder, SSE_NO_ID, "session_expiring", span_of(data));
}

void
message_add_closing(struct frame_builder *builder, unsigned retry_ms)
{
	char data[MESSAGE_MAX];

	snprintf(data, sizeof(data), "{\"retry_ms\":%u}", retry_ms);
	frame_add_event(builder, SSE_NO_ID, "closing", span_of(data));
}

void
message_add_session_ended(struct frame_builder *builder, const char *reason)
{
	char data[MESSAGE_MAX];

	snprintf(data, sizeof(data), "{\"reason\":\"%s\"}", reason);
	frame_add_event(builder, SSE_NO_ID, "session_ended", span_of(data));
}
