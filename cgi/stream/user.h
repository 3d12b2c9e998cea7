/*
 * A user with open streams here: which they are, whether something new may
 * be waiting, and what a read asks for it.  It is gone with its last stream.
 */
#ifndef PGBELL_USER_H
#define PGBELL_USER_H

#include "cgi/stream/client.h"
#include "cgi/stream/hub_read.h"
#include "cgi/stream/session.h"
#include "cgi/stream/table.h"

/* What a ring may mean: that there are events, or besides that something became of a session. */
enum user_ring { USER_RING_EVENTS, USER_RING_ALL };

/* The users of a process, and the queue of those who have been rung and wait to be read. */
struct users {
	struct table table;
	TAILQ_HEAD(, user) rung;
	size_t rung_count;
	unsigned reads; /* taken so far: tells whether a user or a session is in this one */
};

struct user {
	struct table_node node; /* first: a node is a user */
	struct users *users;
	struct client_list clients;
	size_t client_count;
	TAILQ_ENTRY(user) in_rung;
	bool is_rung;
	enum user_ring rung_for;
	int64_t asked_seq;  /* the number that the last read was asked from */
	unsigned last_read; /* which it was last taken for */
	char id[];
};

/* Make an empty set.  Out of memory ends the process, here and below. */
void users_init(struct users *users);

/* Release the table of a set that has no user any more. */
void users_clear(struct users *users);

/* The user with this id, or NULL. */
struct user *user_find(const struct users *users, struct span id);

/* Make a user that is not there yet, for a first client to enter. */
struct user *user_create(struct users *users, const char *id);

/* Give a client to its user. */
void user_enter(struct user *user, struct client *client);

/* Take a client that has ended away from its user. */
void user_leave(struct client *client);

/* It may have something new, or all of one of TABLE_PARTS parts may. */
void user_ring(struct user *user, enum user_ring what);
void users_ring_part(struct users *users, unsigned part, enum user_ring what);

/*
 * Take up to most rung users out of the queue and add them to a read: each
 * with the lowest number that a stream of its has, and where the ring may be
 * about sessions, with those of all its streams, each of them once.  Returns
 * how many were taken.
 */
size_t users_take_rung(struct users *users, size_t most, struct hub_read *read);

/* Whether it was taken for the last read; and ring once more all that were. */
bool user_is_read(const struct user *user);
void users_ring_read(struct users *users);

#endif
