/*
 * Faults: the cause of an error of the database, and its effect on the command that it
 * answers.  Pure.
 */
#ifndef PGBELL_FAULT_H
#define PGBELL_FAULT_H

#include "cgi/stream/database/pipeline.h"

enum fault {
	/* the server ends the connection, or what was prepared on it is gone or of another shape
	 * after an upgrade */
	FAULT_OF_CONNECTION,
	FAULT_OF_DATA, /* what is read is bad, or a function of the application's raised it */
	FAULT_OF_LOCK, /* somebody holds a lock */
	FAULT_OF_TIME, /* it took too long */
	FAULT_OF_ELSE,
	FAULTS
};

/* Which one it is.  severity, sqlstate: of the error, the first of them not translated. */
enum fault fault_of(const char *severity, const char *sqlstate);

enum fault_effect {
	FAULT_PASSES,  /* it is given up for this time */
	FAULT_DELAYS,  /* all of it is asked again, after a while */
	FAULT_SPLITS,  /* it is asked again apart, until the one is found that is the reason */
	FAULT_REFUSES, /* the clients that wait for an answer are told to try again */
	FAULT_REPLACES /* the connection is replaced, and everybody rung when the new one is there
			*/
};

enum fault_effect fault_effect(enum command command, enum fault fault);

#endif
