/*
 * pgbell's own SQL says in an error's detail which value it does not take: a JSON
 * pointer into the body (RFC 6901), "/title".  The same notation names a
 * parameter of the query, which the action's row tells.
 */
#include "cgi/api/refusal.h"

#include "cgi/api/sqlstate.h"
#include "common/schema.h"

static const char *
find_detail(const struct executor_answer *answer, int status)
{
	if (sqlstate_is_ours(answer->sqlstate))
		return answer->message;
	if (schema_is_unfit(answer->sqlstate))
		return "The site is being upgraded, or not wholly set up. Try again in a moment.";
	if (sqlstate_is_of_lock(answer->sqlstate))
		return "Something else is changing this just now. Try again in a moment.";
	return status == 422 ? "The database does not take one of the values." : NULL;
}

static bool
names_value(const struct executor_answer *answer, int status)
{
	return status == 422 && sqlstate_is_ours(answer->sqlstate) && answer->detail != NULL &&
	       answer->detail[0] == '/';
}

void
refusal_describe(
    const struct executor_answer *answer, const struct action *action, struct refusal *refusal)
{
	int status = sqlstate_to_status(answer->sqlstate);

	*refusal = (struct refusal){
		.problem = { .status = status, .detail = find_detail(answer, status) },
		.field = { .pointer = answer->detail, .detail = answer->message },
	};
	if (!names_value(answer, status))
		return;
	if (action_find_argument(action, ACTION_QUERY, span_of(answer->detail + 1)) != NULL)
		refusal->field.parameter = answer->detail + 1;
	refusal->problem.fields = &refusal->field;
	refusal->problem.field_count = 1;
}
