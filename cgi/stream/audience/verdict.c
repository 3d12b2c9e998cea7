/* Its texts are the answer's of the database, which is gone when it has been read. */
#include "cgi/stream/audience/verdict.h"

#include "common/text.h"

struct opening_verdict *
verdict_copy(const struct opening_verdict *verdict)
{
	struct opening_verdict *copy = malloc(sizeof(*copy));

	if (copy == NULL)
		abort();
	*copy = *verdict;
	copy->answer.opening.user_id = text_copy(verdict->answer.opening.user_id);
	copy->answer.follows = text_copy(verdict->answer.follows);
	copy->session.id = text_copy(verdict->session.id);
	return copy;
}

void
verdict_free(struct opening_verdict *verdict)
{
	if (verdict == NULL)
		return;
	free((char *)verdict->answer.opening.user_id);
	free((char *)verdict->answer.follows);
	free((char *)verdict->session.id);
	free(verdict);
}
