/*
 * The pipeline: what is under way on the reader's connection.  Each command
 * is closed with a sync, and answers come in the order in which the commands
 * were sent.
 *
 * Pure: the caller tells the time, in microseconds of a clock that never
 * steps.  All zeroes is an empty one.
 */
#ifndef PGBELL_PIPELINE_H
#define PGBELL_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum command {
	COMMAND_SETUP,
	COMMAND_READ,
	COMMAND_LOOK, /* for what the last look could not see */
	COMMAND_OPEN,
	COMMAND_ERRANDS, /* what clients of WebSockets ask for */
	COMMAND_CHECK,   /* what has become of sessions */
	COMMAND_FOLLOWS, /* who may follow what no more */
	COMMAND_TRIM,
	COMMAND_DUE,      /* what is to be done at a time */
	COMMAND_ANNOUNCE, /* has those who are here take what was announced */
	COMMAND_LOCATE,
	COMMANDS
};

/* Its name in the log. */
const char *command_name(enum command command);

struct pipeline {
	enum command commands[COMMANDS]; /* the oldest first; of each kind one at most */
	size_t count;
	int64_t since_us; /* when the oldest became the oldest */
};

/* A command was sent, of a kind of which none is under way. */
void pipeline_add(struct pipeline *pipeline, enum command command, int64_t now_us);

/* The one that is being answered; there is one. */
enum command pipeline_first(const struct pipeline *pipeline);

/* It has had its answer. */
void pipeline_finish(struct pipeline *pipeline, int64_t now_us);

/* The connection is gone, and all answers with it. */
void pipeline_clear(struct pipeline *pipeline);

bool pipeline_is_empty(const struct pipeline *pipeline);
bool pipeline_has(const struct pipeline *pipeline, enum command command);

/* How long the oldest has been waited for alone; 0 where there is none. */
int64_t pipeline_wait_us(const struct pipeline *pipeline, int64_t now_us);

#endif
