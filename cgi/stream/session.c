/*
 * Timers are libevent's, one a session: tabs of one browser share it.
 */
#include "cgi/stream/session.h"

#include <stdlib.h>

#include "cgi/stream/grave.h"
#include "cgi/stream/message.h"

void
session_end(struct session *session, const char *reason)
{
	struct frame_builder builder = { NULL, 0 };
	struct frame *frame;
	struct client *client, *next;

	message_add_session_ended(&builder, reason);
	frame = frame_finish(&builder);
	for (client = LIST_FIRST(&session->clients); client != NULL; client = next) {
		next = LIST_NEXT(client, of_session);
		client_end(client, frame, CLOSE_SESSION_ENDED);
	}
	frame_release(frame);
}

static void
on_expiry(int descriptor, short what, void *argument)
{
	(void)descriptor;
	(void)what;
	session_end(argument, "expired");
}

static void
schedule_expiry(struct session *session, int64_t expires_at_us)
{
	struct timespec now;
	struct timeval left = { 0, 0 };
	int64_t now_us;

	if (expires_at_us == INT64_MAX) {
		event_del(&session->expiry);
		return;
	}
	clock_gettime(CLOCK_REALTIME, &now);
	now_us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
	if (expires_at_us > now_us) {
		left.tv_sec = (time_t)((expires_at_us - now_us) / 1000000);
		left.tv_usec = (suseconds_t)((expires_at_us - now_us) % 1000000);
	}
	evtimer_add(&session->expiry, &left);
}

static struct session *
make_session(struct table *sessions, struct event_base *base, const char *id)
{
	size_t length = strlen(id) + 1;
	struct session *session = calloc(1, sizeof(*session) + length);

	if (session == NULL)
		abort();
	memcpy(session->id, id, length);
	session->sessions = sessions;
	session->is_named = length > 1;
	LIST_INIT(&session->clients);
	evtimer_assign(&session->expiry, base, on_expiry, session);
	if (session->is_named)
		table_insert(sessions, &session->node, session->id);
	return session;
}

void
session_enter(struct table *sessions, struct event_base *base,
    const struct session_identity *identity, struct client *client)
{
	const char *id = identity->id == NULL ? "" : identity->id;
	struct session *session = NULL;

	if (id[0] != '\0')
		session = (struct session *)table_find(sessions, span_of(id));
	if (session == NULL)
		session = make_session(sessions, base, id);
	schedule_expiry(session, identity->expires_at_us);
	client->session = session;
	LIST_INSERT_HEAD(&session->clients, client, of_session);
}

void
session_leave(struct client *client)
{
	struct session *session = client->session;

	LIST_REMOVE(client, of_session);
	if (!LIST_EMPTY(&session->clients))
		return;
	event_del(&session->expiry);
	if (session->is_named)
		table_remove(session->sessions, &session->node);
	grave_bury(session);
}
