/*
 * One request, from the CGI variables to the finished reply.  What a request
 * needs lives only as long as worker_answer runs; between requests there is
 * nothing but the executor's connection.
 */
#ifndef PGBELL_API_WORKER_H
#define PGBELL_API_WORKER_H

#include "cgi/api/executor.h"
#include "cgi/api/reply.h"
#include "common/config.h"

struct worker {
	const struct config *config;
	struct executor *executor;
};

/* Where the body comes from; read takes up to capacity bytes and returns 0 at the end. */
struct worker_body {
	size_t (*read)(void *source, char *into, size_t capacity);
	void *source;
};

/*
 * Answer a request.  The reply is always complete and the caller releases
 * it; the body is read only where the request was admitted.
 */
void worker_answer(struct worker *worker, char *const environment[], const struct worker_body *body,
    struct reply *reply);

#endif
