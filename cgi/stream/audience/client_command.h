/*
 * A command: what the client of a WebSocket asks for in a message,
 *
 *   {"n":1,"command":"read","id":318}
 *
 * read and checked.  The table in client_command.c has all commands and their
 * arguments.  Pure.
 */
#ifndef PGBELL_CLIENT_COMMAND_H
#define PGBELL_CLIENT_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "common/problem.h"
#include "common/span.h"
#include "common/topic.h"

/* Which of them this process does itself; the others are of names that pgbell.run_command() knows.
 */
enum client_command_kind { CLIENT_FOLLOW, CLIENT_UNFOLLOW, CLIENT_OF_DATABASE };

struct client_command {
	bool has_n;
	int64_t n; /* that the answer repeats */
	enum client_command_kind kind;
	const char *name; /* a constant */
	bool has_number;
	int64_t number; /* of a notification, or of a log */
	char topic[TOPIC_BYTES + 1];
};

/*
 * Read a message.  False where it is no command: then problem says why, and lasts
 * until the next is read; n is told where there is one.
 */
bool client_command_read(struct span text, struct client_command *command, struct problem *problem)
    __attribute__((warn_unused_result));

/* The data of an answer, where body is a text of JSON; the caller frees it. */
char *client_command_answer(const struct client_command *command, int status, const char *body);

#endif
