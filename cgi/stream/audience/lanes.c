/* A turn is a batch, however large: a lane of few items is not kept waiting by one of many. */
#include "cgi/stream/audience/lanes.h"

void
lanes_init(struct lanes *lanes)
{
	for (size_t lane = 0; lane < LANES; lane++)
		TAILQ_INIT(&lanes->of[lane]);
	lanes->turn = LANE_PLAIN;
}

void
lanes_add(struct lanes *lanes, struct lane_item *item, enum lane lane)
{
	item->lane = lane;
	TAILQ_INSERT_TAIL(&lanes->of[lane], item, others);
}

void
lanes_return(struct lanes *lanes, struct lane_item *item, enum lane lane)
{
	item->lane = lane;
	TAILQ_INSERT_HEAD(&lanes->of[lane], item, others);
}

void
lanes_remove(struct lanes *lanes, struct lane_item *item)
{
	TAILQ_REMOVE(&lanes->of[item->lane], item, others);
}

struct lane_item *
lanes_first(const struct lanes *lanes, enum lane lane)
{
	return TAILQ_FIRST(&lanes->of[lane]);
}

bool
lanes_are_empty(const struct lanes *lanes)
{
	for (size_t lane = 0; lane < LANES; lane++)
		if (!TAILQ_EMPTY(&lanes->of[lane]))
			return false;
	return true;
}

enum lane
lanes_take_turn(struct lanes *lanes)
{
	for (size_t i = 0; i < LANES; i++) {
		lanes->turn = (lanes->turn + 1) % LANES;
		if (!TAILQ_EMPTY(&lanes->of[lanes->turn]))
			break;
	}
	return lanes->turn;
}

size_t
lane_batch_max(enum lane lane)
{
	return lane == LANE_APART ? 1 : LANE_BATCH_MAX;
}
