/*
 * One request on a connection of its own.  It is short, and so is the answer, of which
 * only the first line is looked at: "Status: 200 OK" (RFC 3875, section 6.3.3).
 */
#include "deploy/doctor/program.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fastcgi.h"

#define REQUEST_MAX 512
#define STATUS "Status: "
#define STATUS_LINE_MAX 64

struct request {
	uint8_t bytes[REQUEST_MAX];
	size_t length;
};

static void
put(struct request *request, const void *bytes, size_t length)
{
	memcpy(request->bytes + request->length, bytes, length);
	request->length += length;
}

static void
put_record(struct request *request, enum fastcgi_type type, const void *content, size_t length)
{
	uint8_t header[FASTCGI_HEADER_BYTES];

	fastcgi_encode_header(header, type, 1, (uint16_t)length);
	put(request, header, sizeof(header));
	put(request, content, length);
}

/* BEGIN_REQUEST for a responder, its parameters, and no body (sections 3.4, 5.1-5.3). */
static void
make_request(struct request *request)
{
	static const uint8_t begin[FASTCGI_BEGIN_BYTES] = { 0, FASTCGI_RESPONDER };
	static const char *const pairs[][2] = { { "REQUEST_METHOD", "GET" },
		{ "REQUEST_URI", "/api/health" }, { "SCRIPT_NAME", "/api/health" },
		{ "SERVER_PROTOCOL", "HTTP/1.1" } };
	struct request params = { .length = 0 };

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		uint8_t lengths[] = { (uint8_t)strlen(pairs[i][0]), (uint8_t)strlen(pairs[i][1]) };

		put(&params, lengths, sizeof(lengths));
		put(&params, pairs[i][0], lengths[0]);
		put(&params, pairs[i][1], lengths[1]);
	}
	request->length = 0;
	put_record(request, FASTCGI_BEGIN_REQUEST, begin, sizeof(begin));
	put_record(request, FASTCGI_PARAMS, params.bytes, params.length);
	put_record(request, FASTCGI_PARAMS, "", 0);
	put_record(request, FASTCGI_STDIN, "", 0);
}

static int
open_socket(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int descriptor;

	if (strlen(path) >= sizeof(address.sun_path))
		return -1;
	memcpy(address.sun_path, path, strlen(path) + 1);
	descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (descriptor >= 0 &&
	    connect(descriptor, (const struct sockaddr *)&address, sizeof(address)) != 0) {
		close(descriptor);
		descriptor = -1;
	}
	return descriptor;
}

/* Read once; how much came, 0 at the end of the answer, -1 when the time is over. */
static ssize_t
read_some(int descriptor, char *into, size_t capacity, int64_t deadline)
{
	for (;;) {
		struct pollfd wait = { .fd = descriptor, .events = POLLIN };
		int64_t left = deadline - clock_steady_ms();
		ssize_t got = read(descriptor, into, capacity);

		if (got >= 0)
			return got;
		if (errno != EAGAIN && errno != EINTR)
			return 0;
		if (left <= 0 || poll(&wait, 1, (int)left) == 0)
			return -1;
	}
}

/* Take what came; true when the first line of the program's output is complete. */
static bool
take(struct fastcgi_decoder *decoder, struct span input, char line[STATUS_LINE_MAX])
{
	struct fastcgi_header header = { 0 };
	struct span content;

	for (;;) {
		size_t length = strlen(line), taken;

		switch (fastcgi_decode(decoder, &input, &header, &content)) {
		case FASTCGI_CONTENT:
			taken = content.len < STATUS_LINE_MAX - 1 - length
				    ? content.len
				    : STATUS_LINE_MAX - 1 - length;
			memcpy(line + length, content.at, taken);
			line[length + taken] = '\0';
			if (strchr(line, '\n') != NULL)
				return true;
			break;
		case FASTCGI_RECORD:
		case FASTCGI_FINISHED: break;
		case FASTCGI_STARVED:
		case FASTCGI_INVALID: return false;
		}
	}
}

int
program_ask_health(const char *path, int timeout_ms)
{
	const int64_t deadline = clock_steady_ms() + timeout_ms;
	struct fastcgi_decoder decoder = { 0 };
	struct request request;
	char bytes[1024], line[STATUS_LINE_MAX] = "";
	int descriptor = open_socket(path);
	bool is_complete = false;
	ssize_t got = 0;

	if (descriptor < 0)
		return 0;
	make_request(&request); /* less than any socket's buffer */
	if (send(descriptor, request.bytes, request.length, MSG_NOSIGNAL) ==
	    (ssize_t)request.length) {
		while (!is_complete &&
		       (got = read_some(descriptor, bytes, sizeof(bytes), deadline)) > 0)
			is_complete = take(&decoder, (struct span){ bytes, (size_t)got }, line);
	}
	close(descriptor);
	if (got < 0)
		return 0;
	return strncmp(line, STATUS, strlen(STATUS)) == 0
		   ? (int)strtol(line + strlen(STATUS), NULL, 10)
		   : -1;
}
