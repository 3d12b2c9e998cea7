/*
 * The hammer: requests over connections that are kept, each connection
 * sending its next one when the last has been answered.
 *
 *	hammer PORT FILE CONNECTIONS SECONDS
 *
 * FILE has a request a line (requests.h); they are sent in turn.  Anything but
 * 200 is a failure.  Prints one line of JSON.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/histogram.h"
#include "tests/bench/requests.h"
#include "tests/bench/response.h"

#define REQUESTS_MAX 20000
#define CONNECTIONS_MAX 256
#define READ_BYTES 65536

struct connection {
	int descriptor;
	int64_t sent_us;
	uint64_t bytes; /* of the body */
	struct response response;
};

static char *requests[REQUESTS_MAX];
static size_t request_count, next_request;
static struct connection connections[CONNECTIONS_MAX];
static struct histogram times;
static uint64_t failures, bodies;
static struct sockaddr_in address = { .sin_family = AF_INET };

static void
die(const char *what)
{
	fprintf(stderr, "hammer: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void
connect_to(struct connection *connection)
{
	connection->descriptor = socket(AF_INET, SOCK_STREAM, 0);
	if (connection->descriptor < 0 ||
	    connect(connection->descriptor, (struct sockaddr *)&address, sizeof(address)) != 0)
		die("connect");
}

static void
send_next(struct connection *connection)
{
	const char *request = requests[next_request++ % request_count];
	size_t length = strlen(request);

	connection->response = (struct response){ .status = 0 };
	connection->bytes = 0;
	connection->sent_us = histogram_now_us();
	if (send(connection->descriptor, request, length, MSG_NOSIGNAL) != (ssize_t)length)
		die("send");
}

/* A server closes a connection after its number of requests; that is no failure between two. */
static bool
receive(struct connection *connection)
{
	static char buffer[READ_BYTES];
	ssize_t length = recv(connection->descriptor, buffer, sizeof(buffer), 0);
	struct span input = { buffer, length > 0 ? (size_t)length : 0 };

	if (length <= 0) {
		if (connection->response.part != RESPONSE_STATUS)
			failures++;
		return false;
	}
	while (input.len > 0 && connection->response.part != RESPONSE_DONE)
		connection->bytes += response_take(&connection->response, &input).len;
	if (connection->response.part == RESPONSE_DONE) {
		histogram_add(&times, histogram_now_us() - connection->sent_us);
		bodies += connection->bytes;
		if (connection->response.status != 200)
			failures++;
		send_next(connection);
	}
	return true;
}

static void
watch(int epoll, uint32_t number)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = number };

	connect_to(&connections[number]);
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, connections[number].descriptor, &event) != 0)
		die("epoll_ctl");
	send_next(&connections[number]);
}

static void
run(uint32_t count, int64_t end_us)
{
	struct epoll_event events[CONNECTIONS_MAX];
	int epoll = epoll_create1(0);

	for (uint32_t i = 0; i < count; i++)
		watch(epoll, i);
	while (histogram_now_us() < end_us) {
		int ready = epoll_wait(epoll, events, CONNECTIONS_MAX, 100);

		for (int i = 0; i < ready; i++) {
			uint32_t number = events[i].data.u32;

			if (!receive(&connections[number])) {
				close(connections[number].descriptor);
				watch(epoll, number);
			}
		}
	}
}

int
main(int argc, char *argv[])
{
	int64_t began_us;

	if (argc != 5 || atoi(argv[3]) < 1 || atoi(argv[3]) > CONNECTIONS_MAX) {
		fputs("usage: hammer PORT FILE CONNECTIONS SECONDS\n", stderr);
		return 2;
	}
	address.sin_port = htons((uint16_t)atoi(argv[1]));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	request_count = requests_read(argv[2], requests, REQUESTS_MAX);
	if (request_count == 0)
		die("no requests");
	began_us = histogram_now_us();
	run((uint32_t)atoi(argv[3]), began_us + (int64_t)(atof(argv[4]) * 1e6));
	printf("{\"requests\":%" PRIu64 ",\"failures\":%" PRIu64
	       ",\"seconds\":%.6f,\"bytes\":%" PRIu64 ",",
	    times.total, failures, (double)(histogram_now_us() - began_us) / 1e6, bodies);
	histogram_print(&times, stdout);
	puts("}");
	return 0;
}
