/*
 * The events that pgbell-stream says of itself, as opposed to the logged
 * ones, which the database has ready: each appended to a frame.
 */
#ifndef PGBELL_MESSAGE_H
#define PGBELL_MESSAGE_H

#include <stdint.h>

#include "cgi/stream/events/frame.h"

/* What a stream is told of its times; 0: untold. */
struct message_pace {
	int heartbeat_s;   /* how often a heartbeat comes */
	unsigned retry_ms; /* its `retry:`, which a page cannot read */
};

/* Where a stream stands that follows a topic. */
struct message_topic {
	const char *name; /* one: there is nothing in it to be escaped */
	int64_t seq;
};

/* What a stream is told of the logs that it follows. */
struct message_state {
	int64_t seq; /* of its person's; a visitor has none, and is told 0 of both */
	int32_t unread_count;
	const struct message_topic *topics; /* NULL: it is not told of topics */
	size_t topic_count;
};

/*
 * connected; id is SSE_NO_ID when missed events or a reset follow, which carry their own, or
 * SSE_OPEN_END.  user_id NULL: a visitor.
 */
void message_add_connected(struct frame_builder *builder, int64_t id, const char *user_id,
    const struct message_state *state, struct message_pace pace);

void message_add_unread_count(struct frame_builder *builder, int64_t seq, int32_t unread_count);

/* heartbeat, with the time of day in it. */
void message_add_heartbeat(struct frame_builder *builder, const struct message_state *state);

/* reset, carrying the seq to go on from as its id, or SSE_OPEN_END. */
void message_add_reset(struct frame_builder *builder, int64_t id, const char *reason, int64_t seq,
    int32_t unread_count);

/* The same of a topic; id is SSE_OPEN_END or SSE_NO_ID. */
void message_add_topic_reset(
    struct frame_builder *builder, int64_t id, const char *topic, const char *reason, int64_t seq);

/* unfollowed: a topic is not followed, or not any more. */
void message_add_unfollowed(struct frame_builder *builder, const char *topic, const char *reason);

/* session_expiring: when the session ends unless it is renewed. */
void message_add_session_expiring(struct frame_builder *builder, int64_t expires_at_us);

/* closing: the stream ends now, and is to be opened again after so long. */
void message_add_closing(struct frame_builder *builder, unsigned retry_ms);

void message_add_session_ended(struct frame_builder *builder, const char *reason);

#endif
