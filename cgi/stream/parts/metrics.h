/*
 * Counters of one process, and their two renderings: Prometheus text
 * (exposition format 0.0.4) and the JSON of the statistics route.
 */
#ifndef PGBELL_METRICS_H
#define PGBELL_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Why a stream ended. */
enum close_reason {
	CLOSE_CLIENT_LEFT,
	CLOSE_SLOW,          /* it took nothing of what waited for a whole heartbeat interval */
	CLOSE_SESSION_ENDED, /* signed out, revoked or expired */
	CLOSE_DRAINED,       /* this process is going away */
	CLOSE_OLD,           /* it has been open for its lifetime, and comes back */
	CLOSE_UNREADABLE,    /* the database takes its user's events for bad data */
	CLOSE_SILENT,        /* a WebSocket's client has answered no ping */
	CLOSE_FAULT,         /* a WebSocket's client is against the protocol */
	CLOSE_REASONS,
};

/* Why a stream was not opened. */
enum refusal {
	REFUSE_REQUEST,   /* not a sound request, or none of ours */
	REFUSE_HEADER,    /* a header longer than is read */
	REFUSE_TIMED_OUT, /* the request did not arrive in time */
	REFUSE_IDENTITY,  /* no valid token or ticket */
	REFUSE_USER_LIMIT,
	REFUSE_LIMIT,
	REFUSE_VISITORS, /* as many of them as may be */
	REFUSE_OPENS,
	REFUSE_UNAVAILABLE, /* the database was away for too long: told to come back */
	REFUSALS,
};

/* How the listener is; the first two are not well. */
enum listener_state {
	LISTENER_SILENT,    /* no doorbell comes back */
	LISTENER_ELSEWHERE, /* it is in another database than is read: same_database.h */
	LISTENER_OFF,       /* there is none, and none is missed */
	LISTENER_UP
};

#define METRICS_BUCKETS 10

struct histogram {
	uint64_t buckets[METRICS_BUCKETS + 1]; /* the last one: above all bounds */
	uint64_t count;
	double sum;
};

struct metrics {
	int64_t started_at_s; /* by the clock that nobody sets */
	uint64_t opened, closed[CLOSE_REASONS], refused[REFUSALS];
	uint64_t events_delivered, publications_delivered, bytes_sent, heartbeats;
	uint64_t follows_lost;              /* that may not be followed any more */
	uint64_t resets, resets_too_far;    /* too far: more was missed than is replayed */
	uint64_t doorbells, doorbells_idle; /* idle: for users without a stream here */
	uint64_t looks, sleeps;             /* sleeps: times that it fell asleep; see berth.h */
	uint64_t reads, checks, follow_checks, reads_failed, listener_lost, reader_lost;
	uint64_t commands[2];        /* of WebSockets' clients: done, refused */
	uint64_t soundings;          /* of a user at its limit */
	uint64_t accept_pauses;      /* times that no further connection could be taken */
	struct histogram delivery_s; /* from the commit's clock to the write */
	struct histogram read_users; /* users in one read */
	struct histogram read_bytes; /* of events, that it returned */
	uint64_t read_events; /* that reads returned, each once for all of a user's streams */
	/* what there is now, set just before rendering */
	bool asleep;                      /* is rung, and does not look */
	uint64_t log_lines_lost;          /* that standard error did not take */
	size_t sockets;                   /* of the streams */
	size_t visitors, topics, follows; /* visitors: streams that are nobody's */
	size_t streams, users, sessions, waiting, arriving, connections, backlog_bytes;
	bool reader_up;
	enum listener_state listener;
	bool schema_unfit; /* why the reader is not up: common/schema.h */
};

extern const char *const close_reason_names[CLOSE_REASONS];

/* Count one value: seconds of a delivery; of a read, its users, and what it returned. */
void metrics_observe_delivery(struct metrics *metrics, double seconds);
void metrics_observe_read(struct metrics *metrics, size_t users);
void metrics_observe_result(struct metrics *metrics, size_t events, size_t bytes);

/* The renderings; the caller frees them.  Out of memory ends the process. */
char *metrics_format_prometheus(const struct metrics *metrics);
char *metrics_format_stats(const struct metrics *metrics);

/* The health document: ok only while events can flow; the caller frees it. */
char *metrics_format_health(const struct metrics *metrics);
bool metrics_are_healthy(const struct metrics *metrics);

#endif
