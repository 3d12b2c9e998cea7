/*
 * The questions that a hub asks of the database, a batch at a time: about addresses, for
 * their events; about sessions, for what has become of them; and about those who follow a
 * topic, for whether they still may.
 *
 * They are asked apart.  Whatever holds up the answer about sessions, or a rule of the
 * application's about topics, is to hold up nobody's events.
 */
#ifndef PGBELL_QUESTION_H
#define PGBELL_QUESTION_H

#include "cgi/stream/audience/hub.h"
#include "cgi/stream/parts/batch.h"
#include "cgi/stream/parts/retry.h"

enum question { QUESTION_EVENTS, QUESTION_SESSIONS, QUESTION_FOLLOWS };

/* A batch: addresses, sessions or users; and of each the lowest number that a stream of it has,
 * its known end, or the topic that is followed. */
enum question_array { QUESTION_IDS, QUESTION_KNOWN, QUESTION_ARRAYS };

/* Whether there is something to be asked; and so much that waiting for more makes no sense. */
bool question_is_wanted(const struct hub *hub, enum question question);
bool question_is_full(const struct hub *hub, enum question question);

/*
 * Take the longest waiting ones as a batch, in place of what is in it.
 * Returns of how many it is; 0 where those who waited can take no answer now.
 * A batch must be finished or returned before the next.
 */
size_t question_take(struct hub *hub, enum question question, struct batch *batch);

/* It has been answered. */
void question_finish(struct hub *hub, enum question question);

/* It has not: all of it waits again, to be asked about by halves. */
void question_return(struct hub *hub, enum question question);

/* It never will be: end the streams that it is about, to come back within retry.  Of events and
 * of sessions alone. */
void question_end(struct hub *hub, enum question question, const struct retry *retry);

/* Whether it was known of the first address in the batch for events that there is more. */
bool question_knows_of_more(const struct hub *hub);

/* The answer for events was cut short before this address. */
void question_cut(struct hub *hub, const char *address);

#endif
