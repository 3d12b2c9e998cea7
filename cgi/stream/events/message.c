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

#define MESSAGE_MAX 160 /* bytes of a message that holds only numbers and our own words */

void
message_add_connected(struct frame_builder *builder, int64_t id, const char *user_id, int64_t seq,
    int32_t unread_count, struct message_pace pace)
{
	struct json_object *data = json_object_new_object();

	json_object_object_add(data, "user_id", json_object_new_string(user_id));
	json_object_object_add(data, "seq", json_object_new_int64(seq));
	json_object_object_add(data, "unread_count", json_object_new_int(unread_count));
	if (pace.heartbeat_s > 0)
		json_object_object_add(data, "heartbeat_s", json_object_new_int(pace.heartbeat_s));
	if (pace.retry_ms > 0)
		json_object_object_add(data, "retry_ms", json_object_new_int64(pace.retry_ms));
	frame_add_event(builder, id, "connected",
	    span_of(json_object_to_json_string_ext(data, JSON_C_TO_STRING_PLAIN)));
	json_object_put(data);
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
message_add_heartbeat(struct frame_builder *builder, int64_t seq, int32_t unread_count)
{
	char data[MESSAGE_MAX], stamp[TIMESTAMP_MAX];

	timestamp_format(timestamp_now(), TIMESTAMP_MS, stamp);
	snprintf(data, sizeof(data),
	    "{\"time\":\"%s\",\"seq\":%" PRId64 ",\"unread_count\":%" PRId32 "}", stamp, seq,
	    unread_count);
	frame_add_event(builder, SSE_NO_ID, "heartbeat", span_of(data));
}

void
message_add_reset(
    struct frame_builder *builder, const char *reason, int64_t seq, int32_t unread_count)
{
	char data[MESSAGE_MAX];

	snprintf(data, sizeof(data),
	    "{\"reason\":\"%s\",\"seq\":%" PRId64 ",\"unread_count\":%" PRId32 "}", reason, seq,
	    unread_count);
	frame_add_event(builder, seq, "reset", span_of(data));
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
