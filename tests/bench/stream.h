/*
 * One event stream or WebSocket of the crowd: its connection, and what it has told.
 */
#ifndef PGBELL_BENCH_STREAM_H
#define PGBELL_BENCH_STREAM_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "tests/bench/feed.h"
#include "tests/bench/messages.h"
#include "tests/bench/response.h"

struct stream {
	int descriptor; /* -1: closed */
	char *request;  /* lent: it outlives the stream */
	int64_t began_us;
	struct response response;
	struct messages messages; /* of a WebSocket */
	struct feed feed;
	bool has_heard; /* something since this was last cleared */
};

/* A stream that is closed, and asks with this request when it is opened. */
struct stream stream_of(char *request);

/*
 * Open one that is closed: connect to an address of loopback, where that is over at once, and
 * send its request.  False if it is refused; the stream is to be closed then.  Ends the program
 * if there is no descriptor.
 */
bool stream_open(struct stream *stream, const struct sockaddr_in *to);

/*
 * Read once what has come by now_us; times of events go to delays, and *events says how many
 * there were.  False if it has ended or was refused; the stream is to be closed then.
 */
bool stream_read(struct stream *stream, int64_t now_us, struct histogram *delays, unsigned *events);

/* Close it, by a reset, so that no port is held for a minute. */
void stream_close(struct stream *stream);

#endif
