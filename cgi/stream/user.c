/*
 * Users are found by hash and stand in no other list than the queue of rung
 * ones, there once however often they are rung.  Who was in the last read is
 * not kept in a list, only as the read's number in each of them: it is asked
 * for only when a read has failed, and then all are gone through.
 */
#include "cgi/stream/user.h"

#include <stdlib.h>

#include "cgi/stream/grave.h"

void
users_init(struct users *users)
{
	table_init(&users->table);
	TAILQ_INIT(&users->rung);
}

void
users_clear(struct users *users)
{
	table_clear(&users->table);
}

struct user *
user_find(const struct users *users, struct span id)
{
	return (struct user *)table_find(&users->table, id);
}

/* --- ringing --------------------------------------------------------------- */

void
user_ring(struct user *user, enum user_ring what)
{
	if (what == USER_RING_ALL)
		user->rung_for = USER_RING_ALL;
	if (user->is_rung)
		return;
	user->is_rung = true;
	user->users->rung_count++;
	TAILQ_INSERT_TAIL(&user->users->rung, user, in_rung);
}

static void
unring(struct user *user)
{
	if (!user->is_rung)
		return;
	user->is_rung = false;
	user->rung_for = USER_RING_EVENTS;
	user->users->rung_count--;
	TAILQ_REMOVE(&user->users->rung, user, in_rung);
}

static void
ring_node(struct table_node *node, void *argument)
{
	user_ring((struct user *)node, *(const enum user_ring *)argument);
}

void
users_ring_part(struct users *users, unsigned part, enum user_ring what)
{
	table_visit_part(&users->table, part, ring_node, &what);
}

/* --- coming and going ------------------------------------------------------ */

struct user *
user_create(struct users *users, const char *id)
{
	size_t length = strlen(id) + 1;
	struct user *user = calloc(1, sizeof(*user) + length);

	if (user == NULL)
		abort();
	memcpy(user->id, id, length);
	user->users = users;
	LIST_INIT(&user->clients);
	table_insert(&users->table, &user->node, user->id);
	return user;
}

void
user_enter(struct user *user, struct client *client)
{
	client->user = user;
	LIST_INSERT_HEAD(&user->clients, client, of_user);
	user->client_count++;
}

void
user_leave(struct client *client)
{
	struct user *user = client->user;

	LIST_REMOVE(client, of_user);
	if (--user->client_count > 0)
		return;
	unring(user);
	table_remove(&user->users->table, &user->node);
	grave_bury(user);
}

/* --- reading --------------------------------------------------------------- */

/* Add a user's part to the read: its lowest number, and if need be each of its sessions once. */
static void
add_to_read(struct user *user, enum user_ring what, struct hub_read *read)
{
	int64_t lowest = INT64_MAX;
	struct client *client;

	LIST_FOREACH (client, &user->clients, of_user) {
		struct session *session = client->session;

		if (client_wants_events(client) && client->seq < lowest)
			lowest = client->seq;
		if (what == USER_RING_ALL && session->is_named &&
		    session->last_read != user->users->reads) {
			session->last_read = user->users->reads;
			hub_read_add_session(read, session->id, session->expires_at_us);
		}
	}
	if (lowest != INT64_MAX) {
		hub_read_add_user(read, user->id, lowest);
		user->asked_seq = lowest;
	}
}

size_t
users_take_rung(struct users *users, size_t most, struct hub_read *read)
{
	size_t taken = 0;

	users->reads++;
	for (; taken < most && users->rung_count > 0; taken++) {
		struct user *user = TAILQ_FIRST(&users->rung);
		enum user_ring what = user->rung_for;

		unring(user);
		user->last_read = users->reads;
		add_to_read(user, what, read);
	}
	return taken;
}

bool
user_is_read(const struct user *user)
{
	return user->last_read == user->users->reads;
}

static void
ring_if_read(struct table_node *node, void *argument)
{
	struct user *user = (struct user *)node;

	(void)argument;
	if (user_is_read(user))
		user_ring(user, USER_RING_ALL);
}

void
users_ring_read(struct users *users)
{
	for (unsigned part = 0; part < TABLE_PARTS; part++)
		table_visit_part(&users->table, part, ring_if_read, NULL);
}
