/*
 * An event loop for the tests of a program: what those of peers and of
 * clients begin and end with.  For one source file of a program.
 */
#ifndef PGBELL_TESTS_LOOP_SCENE_H
#define PGBELL_TESTS_LOOP_SCENE_H

#include "tests/unit/wire.h"

static struct event_base *base;

static inline int
set_up(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	base = event_base_new();
	return base == NULL;
}

/* Fails where a peer is left behind. */
static inline int
tear_down(void **state)
{
	(void)state;
	deferred_free_now();
	event_base_free(base);
	return peer_count() != 0;
}

#endif
