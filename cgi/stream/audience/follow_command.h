/* Following: what becomes of the topics of a stream that is open, where its client asks for it. */
#ifndef PGBELL_FOLLOW_COMMAND_H
#define PGBELL_FOLLOW_COMMAND_H

#include "cgi/stream/audience/client.h"
#include "cgi/stream/audience/client_command.h"

struct follow_answer {
	int status;
	const char *detail; /* of a refusal; a constant */
	char body[2 * TOPIC_BYTES];
	const char *reset_reason; /* it cannot go on from where it was; NULL: it can */
	int64_t seq;
};

/*
 * A client asks for a topic, of which the database has said this word: pgbell.open_follows(2).  It
 * is followed, or refused.  replay_events: a client that has missed more of it gets a reset.
 */
void follow_command_begin(struct addresses *addresses, int64_t replay_events, struct client *client,
    const struct client_command *command, const char *word, struct follow_answer *answer);

/* It asks for it no more. */
void follow_command_end(struct addresses *addresses, struct client *client,
    const struct client_command *command, struct follow_answer *answer);

/* Send the reset behind an answer, where there is one. */
void follow_command_send_reset(struct client *client, const struct client_command *command,
    const struct follow_answer *answer);

#endif
