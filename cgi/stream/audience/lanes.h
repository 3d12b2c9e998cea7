/*
 * Lanes: where openings wait to be asked about.  The lanes take turns, so that what is asked
 * for in one of them holds up few others: of openings that follow topics the application is
 * asked, by may_follow(), which may be slow or wait for a lock; and those that are asked
 * alone have failed together.
 *
 * Pure, and intrusive: an item stands inside the opening that waits.
 */
#ifndef PGBELL_LANES_H
#define PGBELL_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#define LANE_BATCH_MAX 128 /* items that are asked about together */

enum lane {
	LANE_PLAIN,
	LANE_TOPICS, /* follow topics */
	LANE_APART,  /* may be the reason why a batch failed: each is a batch of its own */
	LANES
};

struct lane_item {
	TAILQ_ENTRY(lane_item) others;
	enum lane lane;
};

TAILQ_HEAD(lane_items, lane_item);

struct lanes {
	struct lane_items of[LANES];
	enum lane turn; /* whose batch was the last */
};

void lanes_init(struct lanes *lanes);

/* Let an item wait: behind all others of its lane; or before them, where it has waited already. */
void lanes_add(struct lanes *lanes, struct lane_item *item, enum lane lane);
void lanes_return(struct lanes *lanes, struct lane_item *item, enum lane lane);

/* It does not wait any more. */
void lanes_remove(struct lanes *lanes, struct lane_item *item);

/* The first item of a lane; NULL where none waits there. */
struct lane_item *lanes_first(const struct lanes *lanes, enum lane lane);

/* Whether none waits in any. */
bool lanes_are_empty(const struct lanes *lanes);

/*
 * Go on to the next lane in which an item waits; where none does, nobody's turn is as good as
 * another's.  And how many items a batch of a lane takes.
 */
enum lane lanes_take_turn(struct lanes *lanes);
size_t lane_batch_max(enum lane lane);

#endif
