#include "tests/bench/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_BYTES 65536
#define SWITCHING 101 /* the status that opens a WebSocket */

struct stream
stream_of(char *request)
{
	return (struct stream){ .descriptor = -1, .request = request };
}

bool
stream_open(struct stream *stream, const struct sockaddr_in *to)
{
	size_t length = strlen(stream->request);

	*stream = stream_of(stream->request);
	stream->began_us = histogram_now_us();
	stream->descriptor = socket(AF_INET, SOCK_STREAM, 0);
	if (stream->descriptor < 0) {
		perror("crowd: socket");
		exit(1);
	}
	if (connect(stream->descriptor, (const struct sockaddr *)to, sizeof(*to)) != 0 ||
	    send(stream->descriptor, stream->request, length, MSG_NOSIGNAL) != (ssize_t)length)
		return false;
	fcntl(stream->descriptor, F_SETFL, O_NONBLOCK);
	return true;
}

static unsigned
take_messages(struct stream *stream, struct span bytes, int64_t now_us, struct histogram *delays)
{
	unsigned events = 0;

	while (bytes.len > 0) {
		bool is_whole;
		struct span piece = messages_take(&stream->messages, &bytes, &is_whole);

		if (piece.len > 0)
			events += feed_take_message(&stream->feed, piece, is_whole, now_us, delays);
	}
	return events;
}

static unsigned
take_body(struct stream *stream, struct span body, int64_t now_us, struct histogram *delays)
{
	stream->has_heard = true;
	return stream->response.status == SWITCHING
		   ? take_messages(stream, body, now_us, delays)
		   : feed_take(&stream->feed, body, now_us, delays);
}

static bool
is_refused(const struct response *response)
{
	return response->has_header && response->status != 200 && response->status != SWITCHING;
}

bool
stream_read(struct stream *stream, int64_t now_us, struct histogram *delays, unsigned *events)
{
	static char buffer[READ_BYTES];
	ssize_t length = recv(stream->descriptor, buffer, sizeof(buffer), 0);
	struct span input = { buffer, length > 0 ? (size_t)length : 0 };

	*events = 0;
	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	while (input.len > 0 && stream->response.part != RESPONSE_DONE) {
		struct span body = response_take(&stream->response, &input);

		if (is_refused(&stream->response))
			return false;
		if (body.len > 0)
			*events += take_body(stream, body, now_us, delays);
	}
	return length > 0 && stream->response.part != RESPONSE_DONE;
}

void
stream_close(struct stream *stream)
{
	const struct linger at_once = { 1, 0 };

	setsockopt(stream->descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(stream->descriptor);
	stream->descriptor = -1;
	feed_clear(&stream->feed);
}
