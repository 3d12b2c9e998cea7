/*
 * A user with open streams here: which they are, whether something new may
 * be waiting, and what a read asks for it.  It is gone with its last stream.
 */
#ifndef PGBELL_USER_H
#define PGBELL_USER_H

#include "cgi/stream/people/client.h"
#include "cgi/stream/people/hub_batch.h"
#include "cgi/stream/people/inquiry.h"
#include "cgi/stream/people/session.h"
#include "cgi/stream/people/table.h"

#define USERS_READ_MAX 256 /* users in one read */

#define USER_SOUND_REST_MS 20 /* between two soundings */

/* The users of a process, and of whom the events are to be read. */
struct users {
	struct table table;
	struct inquiry inquiry;
};

struct user {
	struct table_node node; /* first: a node is a user */
	struct inquiry_item item;
	struct users *users;
	struct client_list clients;
	size_t client_count;
	int64_t asked_seq; /* the number that the last read was asked from */
	int64_t told_seq;  /* up to which its streams here have been told, or need not be */
	int64_t sounded_at_ms;
	char id[];
};

/* Make an empty set.  Out of memory ends the process, here and below. */
void users_init(struct users *users);

/* Release the table of a set that has no user any more. */
void users_clear(struct users *users);

/* The user with this id, or NULL. */
struct user *user_find(const struct users *users, struct span id);

/* Make a user that is not there yet, whose number is seq, for a first client to enter. */
struct user *user_create(struct users *users, const char *id, int64_t seq);

/* Give a client to its user. */
void user_enter(struct user *user, struct client *client);

/* Take a client that has ended away from its user. */
void user_leave(struct client *client);

/* Send each of its streams a heartbeat, by client_send_heartbeat() or client_sound(). */
void user_beat(struct user *user, void (*send)(struct client *client, struct beat *beat));

/* Sound each of its streams, unless that was done a moment ago.  Whether it was now. */
bool user_sound(struct user *user);

/* There are more events than the last read returned. */
void user_ring_more(struct user *user);

/* It may have new events; or something may have become of a session of its. */
void user_ring(struct user *user);
void user_ring_sessions(struct user *user);

/*
 * Take rung users for a read, as many as it may be of, and put those who can
 * take events into the batch, each with the lowest number that a stream of its
 * has.  Returns how many these are.
 */
size_t users_take(struct users *users, struct hub_batch *batch);

/* The user that an item of the inquiry stands in. */
struct user *user_of_item(struct inquiry_item *item);

#endif
