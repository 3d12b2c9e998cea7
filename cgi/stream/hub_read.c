/* Two pairs of arrays, each pair of one length. */
#include "cgi/stream/hub_read.h"

void
hub_read_add_user(struct hub_read *read, const char *id, int64_t seq)
{
	array_add_text(&read->users, id);
	array_add_integer(&read->seqs, seq);
}

void
hub_read_add_session(struct hub_read *read, const char *id, int64_t expires_at_us)
{
	array_add_text(&read->sessions, id);
	array_add_time(&read->expiries, expires_at_us);
}

void
hub_read_halve(struct hub_read *read, size_t users)
{
	read->users_max = (users + 1) / 2;
}

void
hub_read_double(struct hub_read *read)
{
	read->users_max *= 2;
	if (read->users_max >= HUB_READ_USERS_MAX)
		read->users_max = 0;
}

void
hub_read_reset(struct hub_read *read)
{
	array_reset(&read->users);
	array_reset(&read->seqs);
	array_reset(&read->sessions);
	array_reset(&read->expiries);
}

void
hub_read_clear(struct hub_read *read)
{
	array_clear(&read->users);
	array_clear(&read->seqs);
	array_clear(&read->sessions);
	array_clear(&read->expiries);
}
