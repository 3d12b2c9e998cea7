/*
 * One request, from the CGI variables to the finished reply.  What a request
 * needs lives only as long as worker_answer runs; between requests there is
 * nothing but the executor's connection.
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

/* Where the body comes from. */
struct worker_body {
	/* Take up to capacity bytes; 0 at the end, -1 where it broke off before. */
	ptrdiff_t (*read)(void *source, char *into, size_t capacity);
	/* Nothing more will be read, and the work begins; NULL: nobody wants to know. */
	void (*on_taken)(void *source);
	void *source;
};

/* Whether the example application is installed; yes where the database cannot say. */
bool worker_has_example(struct executor *executor);

/*
 * Answer a request.  The reply is always complete and the caller releases
 * it; the body is read only where the request was admitted.
 */
void worker_answer(struct worker *worker, char *const environment[], const struct worker_body *body,
    struct reply *reply);

#endif
