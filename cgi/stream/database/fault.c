/*
 * All but a read of events may wait and be asked again.  A read that fails for another reason
 * than bad data has its connection replaced, so that nothing is forgotten.
 */
#include "cgi/stream/database/fault.h"

#include <string.h>

static bool
is_one_of(const char *sqlstate, const char *const states[])
{
	for (; *states != NULL; states++)
		if (strncmp(sqlstate, *states, strlen(*states)) == 0)
			return true;
	return false;
}

enum fault
fault_of(const char *severity, const char *sqlstate)
{
	static const char *const of_connection[] = { "0A000", "26000", NULL };
	static const char *const of_lock[] = { "55P03", "40P01", NULL }; /* timeout, deadlock */
	static const char *const of_time[] = { "57014", NULL };
	static const char *const of_data[] = { "21", "22", "23", "P0", NULL };

	if (strcmp(severity, "ERROR") != 0 || is_one_of(sqlstate, of_connection))
		return FAULT_OF_CONNECTION;
	if (is_one_of(sqlstate, of_lock))
		return FAULT_OF_LOCK;
	if (is_one_of(sqlstate, of_time))
		return FAULT_OF_TIME;
	return is_one_of(sqlstate, of_data) ? FAULT_OF_DATA : FAULT_OF_ELSE;
}

#define PASS FAULT_PASSES
#define DELAY FAULT_DELAYS
#define SPLIT FAULT_SPLITS
#define REFUSE FAULT_REFUSES
#define REPLACE FAULT_REPLACES

/*
 * Of follows: what an application's may_follow() raises is a no already, so an error of data
 * is of somebody else.
 */
/* clang-format off */
static const enum fault_effect effects[COMMANDS][FAULTS] = {
	/*                      connection  data     lock     time     else */
	[COMMAND_SETUP]    = { REPLACE,    REPLACE, REPLACE, REPLACE, REPLACE },
	[COMMAND_READ]     = { REPLACE,    SPLIT,   REPLACE, REPLACE, REPLACE },
	[COMMAND_LOOK]     = { REPLACE,    REPLACE, REPLACE, REPLACE, REPLACE },
	[COMMAND_OPEN]     = { REPLACE,    SPLIT,   DELAY,   SPLIT,   SPLIT },
	[COMMAND_ERRANDS]  = { REFUSE,     REFUSE,  REFUSE,  REFUSE,  REFUSE },
	[COMMAND_CHECK]    = { REPLACE,    SPLIT,   DELAY,   DELAY,   REPLACE },
	[COMMAND_FOLLOWS]  = { REPLACE,    DELAY,   DELAY,   DELAY,   REPLACE },
	[COMMAND_TRIM]     = { PASS,       PASS,    DELAY,   DELAY,   PASS },
	[COMMAND_DUE]      = { PASS,       PASS,    DELAY,   DELAY,   PASS },
	[COMMAND_ANNOUNCE] = { PASS,       PASS,    DELAY,   DELAY,   PASS },
	[COMMAND_LOCATE]   = { PASS,       PASS,    PASS,    PASS,    PASS },
};
/* clang-format on */

enum fault_effect
fault_effect(enum command command, enum fault fault)
{
	return effects[command][fault];
}
