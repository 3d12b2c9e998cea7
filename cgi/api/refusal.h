/*
 * What a client is told of a call that the database refused.
 */
#ifndef PGBELL_API_REFUSAL_H
#define PGBELL_API_REFUSAL_H

#include "cgi/api/actions.h"
#include "cgi/api/executor.h"
#include "common/problem.h"

struct refusal {
	struct problem problem;
	struct problem_field field; /* of the problem, where it is about one value */
};

/*
 * Describe the refusal of an action's function: answer's outcome is
 * EXECUTOR_REFUSED.  A message is shown where pgbell's own SQL has raised it; any
 * other may name what is not the client's affair.  The texts are answer's, which
 * must outlive the refusal; the problem points into it, so it must not be copied.
 */
void refusal_describe(
    const struct executor_answer *answer, const struct action *action, struct refusal *refusal);

#endif
