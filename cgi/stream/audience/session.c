/*
 * Timers are libevent's, one a session: tabs of one browser share it.
 */
#include "cgi/stream/audience/session.h"

#include <stdlib.h>

#include "cgi/stream/events/message.h"
#include "cgi/stream/parts/deferred_free.h"
#include "cgi/stream/parts/timer.h"
#include "common/clock.h"

static void on_timer(int descriptor, short what, void *argument);

void
sessions_init(struct sessions *sessions, struct event_base *base, int warning_s)
{
	sessions->base = base;
	sessions->warning_us = (int64_t)warning_s * 1000000;
	table_init(&sessions->table);
	inquiry_init(&sessions->inquiry, SESSIONS_CHECK_MAX);
}

void
sessions_clear(struct sessions *sessions)
{
	table_clear(&sessions->table);
}

struct session *
session_find(const struct sessions *sessions, const char *id)
{
	return (struct session *)table_find(&sessions->table, span_of(id));
}

static void
add_end(struct frame_builder *builder, const void *about)
{
	message_add_session_ended(builder, about);
}

void
session_end(struct session *session, const char *reason)
{
	struct notice notice = { add_end, reason, { NULL } };
	struct client *client, *next;

	for (client = LIST_FIRST(&session->clients); client != NULL; client = next) {
		next = LIST_NEXT(client, of_session);
		client_end(client, &notice, CLOSE_SESSION_ENDED);
	}
	notice_clear(&notice);
}

static void
add_warning(struct frame_builder *builder, const void *about)
{
	const struct session *session = about;

	message_add_session_expiring(builder, session->expires_at_us);
}

static void
warn(struct session *session)
{
	struct notice notice = { add_warning, session, { NULL } };
	struct client *client, *next;

	for (client = LIST_FIRST(&session->clients); client != NULL; client = next) {
		next = LIST_NEXT(client, of_session);
		client_send_aside(client, &notice);
	}
	notice_clear(&notice);
}

void
session_greet(struct client *client)
{
	struct notice notice = { add_warning, client->session, { NULL } };

	if (client->session != NULL && client->session->is_warned)
		client_send_aside(client, &notice);
	notice_clear(&notice);
}

/* Wait for the warning, or once that is given for the end. */
static void
schedule(struct session *session)
{
	int64_t left_us = session->ends_at_us - clock_steady_us();

	if (session->expires_at_us == INT64_MAX) {
		event_del(&session->timer);
		return;
	}
	if (!session->is_warned)
		left_us -= session->sessions->warning_us;
	timer_set(&session->timer, left_us);
}

static void
on_timer(int descriptor, short what, void *argument)
{
	struct session *session = argument;

	(void)descriptor;
	(void)what;
	if (session->is_warned || session->sessions->warning_us == 0) {
		session_end(session, "expired");
	} else {
		session->is_warned = true;
		schedule(session);
		warn(session); /* last: it may lose all its streams, and be gone */
	}
}

void
session_renew(struct session *session, const struct session_identity *identity)
{
	if (identity->expires_at_us == session->expires_at_us)
		return;
	session->expires_at_us = identity->expires_at_us;
	session->ends_at_us = clock_steady_us() + identity->left_us;
	session->is_warned = false;
	schedule(session);
}

static struct session *
make_session(struct sessions *sessions, const char *id)
{
	size_t length = strlen(id) + 1;
	struct session *session = calloc(1, sizeof(*session) + length);

	if (session == NULL)
		abort();
	memcpy(session->id, id, length);
	session->sessions = sessions;
	session->expires_at_us = INT64_MAX;
	session->is_named = length > 1;
	LIST_INIT(&session->clients);
	evtimer_assign(&session->timer, sessions->base, on_timer, session);
	if (session->is_named)
		table_insert(&sessions->table, &session->node, session->id);
	return session;
}

void
session_enter(
    struct sessions *sessions, const struct session_identity *identity, struct client *client)
{
	const char *id = identity->id == NULL ? "" : identity->id;
	struct session *session = id[0] == '\0' ? NULL : session_find(sessions, id);

	if (session == NULL)
		session = make_session(sessions, id);
	session_renew(session, identity);
	client->session = session;
	LIST_INSERT_HEAD(&session->clients, client, of_session);
}

void
session_leave(struct client *client)
{
	struct session *session = client->session;

	if (session == NULL)
		return;
	LIST_REMOVE(client, of_session);
	if (!LIST_EMPTY(&session->clients))
		return;
	event_del(&session->timer);
	inquiry_remove(&session->sessions->inquiry, &session->item);
	if (session->is_named)
		table_remove(&session->sessions->table, &session->node);
	deferred_free(session);
}

/* --- looking up ------------------------------------------------------------ */

struct session *
session_of_item(struct inquiry_item *item)
{
	return (struct session *)((char *)item - offsetof(struct session, item));
}

void
sessions_ring_of(const struct address *person)
{
	const struct subscription *at;

	LIST_FOREACH (at, &person->subscriptions, of_address) {
		struct session *session = at->client->session;

		if (session->is_named)
			inquiry_add(&session->sessions->inquiry, &session->item);
	}
}

size_t
sessions_take(struct sessions *sessions, struct array *ids, struct array *ends)
{
	struct inquiry_item *item;

	while ((item = inquiry_take(&sessions->inquiry)) != NULL) {
		const struct session *session = session_of_item(item);

		array_add_text(ids, session->id);
		array_add_time(ends, session->expires_at_us);
	}
	return sessions->inquiry.asked_count;
}
