/*
 * Errands: commands of clients that wait for the database, and are answered in
 * their order.  A client has a few at most: its further messages are not read until
 * then, so it waits itself.
 */
#ifndef PGBELL_ERRANDS_H
#define PGBELL_ERRANDS_H

#include <stdbool.h>

#include "cgi/stream/audience/client.h"
#include "cgi/stream/parts/batch.h"

#define ERRANDS_OF_CLIENT_MAX 8
#define ERRANDS_BATCH_MAX 32 /* that are asked at once */

struct errand;
struct follow_check;

TAILQ_HEAD(errand_list, errand);

struct errands {
	struct errand_list waiting, asked;
	size_t asked_count;
	struct addresses *addresses;
	int64_t replay_events; /* of a topic, at most; a client that has missed more gets a reset */
};

/* A batch of errands. */
enum errand_array {
	ERRAND_TOKENS,
	ERRAND_SESSIONS,
	ERRAND_PEOPLE,
	ERRAND_COMMANDS,
	ERRAND_NUMBERS,
	ERRAND_TOPICS,
	ERRAND_ARRAYS
};

/* Of these addresses, which are borrowed. */
void errands_init(struct errands *errands, struct addresses *addresses, int64_t replay_events);

/* A client has said something: a command waits, or is answered at once where it is none. */
void errands_add(struct errands *errands, struct client *client, struct span text);

/* It has taken what it was sent: it is read again, unless too many of its wait. */
void errands_resume(struct client *client);

/* Its stream is over: nothing of its is waited for any more. */
void errands_forget(struct errands *errands, const struct client *client);

bool errands_are_waiting(const struct errands *errands);

/*
 * Take the longest waiting ones as a batch, in place of what is in it.  Returns
 * how many.  A batch must be finished before the next.
 */
size_t errands_take(struct errands *errands, struct batch *batch);

/*
 * The outcome of the index-th (from 0) of the batch, as pgbell.run_commands() says it, if that is
 * committed: it is not answered before.
 */
void errands_note(struct errands *errands, size_t index, int status, const char *body);

/*
 * The batch is over.  Where it is committed each errand is answered as was noted; where it is not,
 * or nothing was noted, its client is told to try again.  In their order.
 */
void errands_finish(struct errands *errands, bool is_committed);

/* The database is away: all that wait are told to try again. */
void errands_refuse_all(struct errands *errands);

/* Forget all of them.  May be called twice. */
void errands_clear(struct errands *errands);

#endif
