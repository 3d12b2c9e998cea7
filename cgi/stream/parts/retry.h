/*
 * When to try again: after a time by chance within a range, so that those who were sent away
 * together, or lost their connection together, do not all come at once.
 */
#ifndef PGBELL_RETRY_H
#define PGBELL_RETRY_H

struct retry {
	unsigned min_ms, max_ms;
};

/* Choose a time; both ends of the range belong to it. */
unsigned retry_choose_ms(const struct retry *retry);

#endif
