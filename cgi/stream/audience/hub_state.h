/* The parts of a hub: for hub.c, hub_join.c and question.c alone. */
#ifndef PGBELL_HUB_STATE_H
#define PGBELL_HUB_STATE_H

#include "cgi/stream/audience/errands.h"
#include "cgi/stream/audience/follow_check.h"
#include "cgi/stream/audience/hub_limits.h"
#include "cgi/stream/audience/ring_filter.h"
#include "cgi/stream/audience/session.h"

struct hub {
	struct addresses addresses;
	struct follow_check follow_check;
	struct errands errands;
	struct event_base *base;
	struct hub_limits limits;
	struct metrics *metrics;
	struct client_rules rules;
	struct sessions sessions;
	TAILQ_HEAD(, client) clients;
	struct subscription_list visitors[TABLE_PARTS]; /* what is their person's else */
	size_t client_count, socket_count, visitor_count;
	struct ring_filter rung; /* since the last openings were asked for */
};

#endif
