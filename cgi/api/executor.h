/*
 * Calls one SQL function for one request, in one round trip, over one connection
 * that is kept between requests.
 *
 * Blocking, with a limit on every wait.  A call is sent a second time only if
 * the first certainly changed nothing, or if the call is safe (is_safe).
 */
#ifndef PGBELL_API_EXECUTOR_H
#define PGBELL_API_EXECUTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "common/config.h"

#define EXECUTOR_VALUES_MAX 8

struct executor;

struct executor_call {
	const char *function;      /* "pgbell.mark_read"; must outlive the executor */
	const char *const *values; /* text parameters; NULL is SQL null; borrowed for the call */
	size_t count;
	bool is_safe; /* changes nothing, so it may be sent again */
};

enum executor_outcome {
	EXECUTOR_ANSWERED, /* committed */
	EXECUTOR_REFUSED,  /* the database raised an error; nothing was changed */
	EXECUTOR_AWAY,     /* no answer: no connection, or it broke, or the time limit passed */
};

struct executor_answer {
	enum executor_outcome outcome;
	char *json;       /* ANSWERED: the function's result, NULL for SQL null */
	char sqlstate[6]; /* REFUSED */
	char *message;    /* REFUSED, AWAY: a sentence for the log or the client */
	char *detail;     /* REFUSED: the error's DETAIL, or NULL */
};

/* Make an executor; it connects at its first call.  config is borrowed.  Out of memory ends the
 * process, here and below. */
struct executor *executor_create(const struct config *config);

/* Call the function and wait for the commit.  *answer is always set; the caller releases it. */
void executor_run(
    struct executor *executor, const struct executor_call *call, struct executor_answer *answer);

/* Free an answer's texts; may be called twice. */
void executor_release_answer(struct executor_answer *answer);

/* Close the connection and free the executor; NULL is fine. */
void executor_destroy(struct executor *executor);

#endif
