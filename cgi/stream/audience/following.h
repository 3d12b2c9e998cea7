/* Following: what becomes of the topics of a stream that is open, where its client asks for it. */
#ifndef PGBELL_FOLLOWING_H
#define PGBELL_FOLLOWING_H

#include "cgi/stream/audience/client.h"
#include "cgi/stream/audience/client_command.h"

struct following_answer {
	int status;
	const char *detail; /* of a refusal; a constant */
	char body[2 * TOPIC_BYTES];
	const char *reset_reason; /* it cannot go on from where it was; NULL: it can */
	int64_t seq;
};

/*
 * A client asks for a topic, of which the database has said this word: pgbell.open_follows(2).  It
 * is followed, or refused.  replay_events: who has missed more of it gets a reset.
 */
void following_begin(struct addresses *addresses, int64_t replay_events, struct client *client,
    const struct client_command *command, const char *word, struct following_answer *answer);

/* It asks for it no more. */
void following_end(struct addresses *addresses, struct client *client,
    const struct client_command *command, struct following_answer *answer);

/* What comes behind an answer that has been sent: a reset, where there is one. */
void following_tell(struct client *client, const struct client_command *command,
    const struct following_answer *answer);

#endif
