/*
 * A transaction that has somebody's inbox in hand may keep it for seconds, so such a person is
 * asked about again when all others have been.
 */
#include "cgi/stream/database/announcing.h"

#include "cgi/stream/audience/table.h"

#define ALL_PARTS UINT32_MAX
_Static_assert(TABLE_PARTS == 32, "a part is a bit");

static void
reset_opened(struct announcing *announcing)
{
	array_reset(&announcing->opened);
	announcing->opened_count = 0;
}

void
announcing_take_newest(struct announcing *announcing, int64_t newest)
{
	if (newest > announcing->newest)
		announcing->parts = ALL_PARTS;
	announcing->newest = newest;
}

void
announcing_forget(struct announcing *announcing)
{
	announcing->newest = 0;
}

void
announcing_note_opened(struct announcing *announcing, const char *user_id)
{
	if (announcing->newest == 0 || announcing->parts == ALL_PARTS)
		return;
	if (announcing->opened_count == ANNOUNCING_OPENED_MAX) {
		announcing->parts = ALL_PARTS;
		reset_opened(announcing);
		return;
	}
	array_add_text(&announcing->opened, user_id);
	announcing->opened_count++;
}

bool
announcing_is_wanted(const struct announcing *announcing)
{
	return announcing->parts != 0 || announcing->opened_count > 0;
}

static void
take_opened(struct announcing *announcing)
{
	struct array taken = announcing->opened;

	announcing->opened = announcing->people;
	announcing->people = taken;
	announcing->under_way = ALL_PARTS; /* any of them */
	reset_opened(announcing);
}

/* The bit of the next part that has people, who are listed; 0 where none has. */
static uint32_t
find_part(struct announcing *announcing, const struct hub *hub)
{
	array_reset(&announcing->people);
	for (unsigned part = 0; part < TABLE_PARTS; part++) {
		uint32_t bit = UINT32_C(1) << part;

		if ((announcing->parts & bit) == 0)
			continue;
		if (hub_list_people(hub, part, &announcing->people) > 0)
			return bit;
		announcing->parts &= ~bit;
	}
	return 0;
}

bool
announcing_take_batch(struct announcing *announcing, const struct hub *hub)
{
	if (announcing->opened_count > 0) {
		take_opened(announcing);
		return true;
	}
	announcing->under_way = find_part(announcing, hub);
	announcing->parts &= ~announcing->under_way;
	return announcing->under_way != 0;
}

bool
announcing_finish(struct announcing *announcing, const struct hub *hub, bool is_busy)
{
	if (is_busy)
		announcing->again |= announcing->under_way;
	announcing->under_way = 0;
	if (announcing->again == 0 || announcing->opened_count > 0 ||
	    find_part(announcing, hub) != 0)
		return false;
	announcing->parts = announcing->again;
	announcing->again = 0;
	return true;
}

void
announcing_lose(struct announcing *announcing)
{
	announcing->parts |= announcing->under_way | announcing->again;
	announcing->under_way = announcing->again = 0;
}

void
announcing_clear(struct announcing *announcing)
{
	array_clear(&announcing->opened);
	array_clear(&announcing->people);
	announcing->opened_count = 0;
}
