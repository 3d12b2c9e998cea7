/* A verdict: what the database said of one opening. */
#ifndef PGBELL_VERDICT_H
#define PGBELL_VERDICT_H

#include <stdbool.h>

#include "cgi/stream/audience/session.h"
#include "cgi/stream/audience/start.h"

struct opening_verdict {
	bool is_known; /* somebody's; the session and what is of a person are empty otherwise */
	bool is_operator;
	struct session_identity session;
	struct start_answer answer;
};

/* A copy with texts of its own.  Out of memory ends the process. */
struct opening_verdict *verdict_copy(const struct opening_verdict *verdict);

/* Release a copy; NULL is fine. */
void verdict_free(struct opening_verdict *verdict);

#endif
