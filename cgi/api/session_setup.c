/*
 * lock_timeout also limits a commit, for which statement_timeout does not count.
 * identify() is called to see that the schema has it: an older schema would not
 * know hashed tokens.
 */
#include "cgi/api/session_setup.h"

#include <stdio.h>

#include "common/pins.h"
#include "common/primary.h"

bool
session_setup_queue(struct connection *connection, const struct config *config, bool is_safe)
{
	static const char sql[] =
	    AT_PRIMARY "select set_config('statement_timeout', $1, $3::boolean), "
		       "set_config('lock_timeout', $2, $3::boolean), " PINS(
			   "$3::boolean") ", (select count(*) from pgbell.identify(null))";
	char statement_ms[16], lock_ms[16];
	const char *values[] = { statement_ms, lock_ms, config->pooled ? "true" : "false" };

	snprintf(statement_ms, sizeof statement_ms, "%d", config->statement_timeout_ms);
	snprintf(lock_ms, sizeof lock_ms, "%d", config->lock_timeout_ms);
	return connection_queue(connection, NULL, PINS_ISOLATION, 0, NULL) &&
	       (is_safe || connection_queue(connection, NULL, PINS_READ_WRITE, 0, NULL)) &&
	       connection_queue(connection, NULL, sql, 3, values);
}
