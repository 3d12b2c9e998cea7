/* Its texts are the answer's of the database, which is gone when it has been read. */
#include "cgi/stream/audience/verdict.h"

#include <stdlib.h>
#include <string.h>

static char *
copy_text(const char *text)
{
	char *copy = text == NULL ? NULL : strdup(text);

	if (text != NULL && copy == NULL)
		abort();
	return copy;
}

struct opening_verdict *
verdict_copy(const struct opening_verdict *verdict)
{
	struct opening_verdict *copy = malloc(sizeof(*copy));

	if (copy == NULL)
		abort();
	*copy = *verdict;
	copy->answer.opening.user_id = copy_text(verdict->answer.opening.user_id);
	copy->answer.follows = copy_text(verdict->answer.follows);
	copy->session.id = copy_text(verdict->session.id);
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
