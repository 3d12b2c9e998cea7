/* The limits and times of a hub. */
#ifndef PGBELL_HUB_LIMITS_H
#define PGBELL_HUB_LIMITS_H

#include <stddef.h>
#include <stdint.h>

struct hub_limits {
	size_t streams;
	size_t streams_per_user;
	int warning_s;         /* before a session ends; 0: none */
	unsigned retry_ms;     /* within which a stream that broke comes back; 0: as it likes */
	int heartbeat_s;       /* how often it is told that one comes; 0: untold */
	int lifetime_s;        /* of a stream, which then comes back; 0: as long as it likes */
	size_t visitors;       /* of the streams: those that are nobody's */
	int64_t replay_events; /* of a topic that is followed on; more missed: a reset */
};

#endif
