/* Users are found by hash, and by the inquiry in the order in which they were rung. */
#include "cgi/stream/people/user.h"

#include <stdlib.h>

#include "cgi/stream/parts/deferred_free.h"
#include "common/clock.h"

void
users_init(struct users *users)
{
	table_init(&users->table);
	inquiry_init(&users->inquiry, USERS_READ_MAX);
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

struct user *
user_of_item(struct inquiry_item *item)
{
	return (struct user *)((char *)item - offsetof(struct user, item));
}

/* --- ringing --------------------------------------------------------------- */

void
user_ring(struct user *user)
{
	inquiry_add(&user->users->inquiry, &user->item);
}

void
user_ring_more(struct user *user)
{
	inquiry_add_more(&user->users->inquiry, &user->item);
}

void
user_ring_sessions(struct user *user)
{
	struct client *client;

	LIST_FOREACH (client, &user->clients, of_user)
		session_ring(client->session);
}

/* --- coming and going ------------------------------------------------------ */

struct user *
user_create(struct users *users, const char *id, int64_t seq)
{
	size_t length = strlen(id) + 1;
	struct user *user = calloc(1, sizeof(*user) + length);

	if (user == NULL)
		abort();
	memcpy(user->id, id, length);
	user->users = users;
	user->told_seq = seq;
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
	inquiry_remove(&user->users->inquiry, &user->item);
	table_remove(&user->users->table, &user->node);
	deferred_free(user);
}

/* --- signs of life --------------------------------------------------------- */

void
user_beat(struct user *user, void (*send)(struct client *client, struct beat *beat))
{
	struct beat beat = { NULL, 0, 0 };
	struct client *client, *next;

	for (client = LIST_FIRST(&user->clients); client != NULL; client = next) {
		next = LIST_NEXT(client, of_user);
		send(client, &beat);
	}
	frame_release(beat.frame);
}

bool
user_sound(struct user *user)
{
	int64_t now_ms = clock_steady_ms();

	if (now_ms - user->sounded_at_ms < USER_SOUND_REST_MS)
		return false;
	user->sounded_at_ms = now_ms;
	user_beat(user, client_sound);
	return true;
}

/* --- reading --------------------------------------------------------------- */

/* The lowest number that a stream has of those that can take events; INT64_MAX: none can. */
static int64_t
find_lowest(const struct user *user)
{
	int64_t lowest = INT64_MAX;
	const struct client *client;

	LIST_FOREACH (client, &user->clients, of_user)
		if (client_wants_events(client) && client->seq < lowest)
			lowest = client->seq;
	return lowest;
}

size_t
users_take(struct users *users, struct hub_batch *batch)
{
	struct inquiry_item *item;

	while ((item = inquiry_take(&users->inquiry)) != NULL) {
		struct user *user = user_of_item(item);

		user->asked_seq = find_lowest(user);
		if (user->asked_seq == INT64_MAX) {
			inquiry_remove(&users->inquiry, item); /* it rings when it can */
			continue;
		}
		array_add_text(&batch->ids, user->id);
		array_add_integer(&batch->known, user->asked_seq);
	}
	return users->inquiry.asked_count;
}
