/*
 * Answers one request: from the CGI variables to the finished reply.  What a
 * request needs is freed when worker_answer() returns; between requests there is
 * only the executor's connection.
 */
#ifndef PGBELL_API_WORKER_H
#define PGBELL_API_WORKER_H

#include <stddef.h>

#include "cgi/api/executor.h"
#include "cgi/api/reply.h"
#include "common/config.h"

struct worker {
	const struct config *config;
	struct executor *executor;
};

/* Where a request's body is read from. */
struct worker_body {
	/* Read up to capacity bytes; returns how many, 0 at the end, -1 where the body broke off.
	 */
	ptrdiff_t (*read)(void *source, char *into, size_t capacity);
	/* Called when nothing more will be read, before the database is asked; or NULL. */
	void (*on_taken)(void *source);
	void *source; /* passed to both */
};

/*
 * Answer a request.  environment: its variables, a NULL-terminated vector of
 * NAME=value.  The body is read only if the request is admitted.  *reply is always
 * complete; the caller releases it.
 */
void worker_answer(struct worker *worker, char *const environment[], const struct worker_body *body,
    struct reply *reply);

#endif
