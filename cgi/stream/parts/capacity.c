/* Visitors may come in crowds: a quarter of the streams is for people with a session. */
#include "cgi/stream/parts/capacity.h"

#include <stdlib.h>
#include <sys/resource.h>

struct capacity
capacity_of(size_t descriptors, size_t max_streams, size_t max_visitors)
{
	struct capacity capacity = { .connections = 1, .streams = 1 };

	if (descriptors > CAPACITY_RESERVED + CAPACITY_REFUSALS) {
		capacity.connections = descriptors - CAPACITY_RESERVED;
		capacity.streams = capacity.connections - CAPACITY_REFUSALS;
	}
	if (max_streams > 0 && max_streams < capacity.streams)
		capacity.streams = max_streams;
	capacity.visitors =
	    max_visitors > 0 ? max_visitors : capacity.streams - capacity.streams / 4;
	return capacity;
}

struct capacity
capacity_find(size_t max_streams, size_t max_visitors)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		abort();
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	(void)getrlimit(RLIMIT_NOFILE, &limit);
	return capacity_of((size_t)limit.rlim_cur, max_streams, max_visitors);
}
