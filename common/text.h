/*
 * A text of one's own, where one that is borrowed would not last.
 */
#ifndef PGBELL_TEXT_H
#define PGBELL_TEXT_H

#include <stdlib.h>
#include <string.h>

/* A copy, which the caller frees; NULL of NULL.  Out of memory ends the process. */
static inline char *
text_copy(const char *text)
{
	char *copy = text == NULL ? NULL : strdup(text);

	if (text != NULL && copy == NULL)
		abort();
	return copy;
}

#endif
