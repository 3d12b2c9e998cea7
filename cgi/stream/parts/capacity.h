/*
 * How much a process holds at once, as its descriptors and the settings allow.
 */
#ifndef PGBELL_CAPACITY_H
#define PGBELL_CAPACITY_H

#include <stddef.h>

#define CAPACITY_RESERVED 32 /* descriptors for the database, the log, the event loop */
#define CAPACITY_REFUSALS 32 /* and for requests beyond the last stream, to refuse them */

struct capacity {
	size_t connections; /* of the web server */
	size_t streams;
	size_t visitors; /* of the streams */
};

/* The same of so many descriptors; max_streams, max_visitors: the settings, 0 where unset.  Pure.
 */
struct capacity capacity_of(size_t descriptors, size_t max_streams, size_t max_visitors);

/* That of this process, whose limit of descriptors is raised as far as it goes. */
struct capacity capacity_find(size_t max_streams, size_t max_visitors);

#endif
