/*
 * The bare listener: LISTEN, and at each ring the statement with which
 * pgbell-stream reads, for one person after another.  No web server, no
 * streams: how long a notification takes to be known in a process at all.
 *
 * Prints {} when it listens, and one line of JSON when it has been told, on
 * standard input, "EVENTS SECONDS", and has heard so many or so long.
 */
#include <inttypes.h>
#include <libpq-fe.h>
#include <poll.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/feed.h"

#define PEOPLE_MAX 40000

struct person {
	int64_t seq;
	char id[32];
};

static struct feed feed;
static struct histogram delays;
static uint32_t wanted = UINT32_MAX;
static int64_t deadline_us = INT64_MAX;

static void
die(const char *what)
{
	fprintf(stderr, "listener: %s\n", what);
	exit(1);
}

static PGresult *
query(PGconn *connection, PGresult *result, ExecStatusType status)
{
	if (PQresultStatus(result) != status)
		die(PQerrorMessage(connection));
	return result;
}

static struct person *
find_person(const char *id, int64_t seq)
{
	struct person *person = calloc(1, sizeof(*person));
	ENTRY *entry;

	if (person == NULL || strlen(id) >= sizeof(person->id))
		die("a person's id");
	memcpy(person->id, id, strlen(id) + 1);
	person->seq = seq;
	entry = hsearch((ENTRY){ person->id, person }, ENTER);
	if (entry == NULL)
		die("too many people");
	if (entry->data != person)
		free(person);
	return entry->data;
}

/* Where everybody stands. */
static void
read_people(PGconn *connection)
{
	PGresult *result = query(connection,
	    PQexec(connection, "select address, seq from pgbell.inbox"), PGRES_TUPLES_OK);

	for (int row = 0; row < PQntuples(result); row++)
		(void)find_person(PQgetvalue(result, row, 0), atoll(PQgetvalue(result, row, 1)));
	PQclear(result);
}

static void
read_events(PGconn *connection, const char *id)
{
	struct person *person = find_person(id, 0);
	char users[64], seqs[32];
	const char *values[] = { users, seqs };
	PGresult *result;

	snprintf(users, sizeof(users), "{%s}", id);
	snprintf(seqs, sizeof(seqs), "{%" PRId64 "}", person->seq);
	result = query(connection, PQexecPrepared(connection, "read", 2, values, NULL, NULL, 0),
	    PGRES_TUPLES_OK);
	for (int row = 0; row < PQntuples(result); row++) {
		char line[1024];
		int length = snprintf(line, sizeof(line), "data: %s\n", PQgetvalue(result, row, 1));

		person->seq = atoll(PQgetvalue(result, row, 0));
		feed_take(
		    &feed, (struct span){ line, (size_t)length }, histogram_now_us(), &delays);
	}
	PQclear(result);
}

static void
take_rings(PGconn *connection)
{
	PGnotify *ring;

	if (PQconsumeInput(connection) == 0)
		die(PQerrorMessage(connection));
	while ((ring = PQnotifies(connection)) != NULL) {
		char *rest = ring->extra, *id;

		while ((id = strsep(&rest, " ")) != NULL && ring->extra[0] != ' ' && *id != '\0')
			read_events(connection, id);
		PQfreemem(ring);
	}
}

/* The only command: how many events to wait for, and how many seconds. */
static void
read_command(void)
{
	char command[64];
	ssize_t length = read(STDIN_FILENO, command, sizeof(command) - 1);
	unsigned seconds;

	if (length <= 0)
		exit(0);
	command[length] = '\0';
	if (sscanf(command, "%" SCNu32 " %u", &wanted, &seconds) != 2)
		die("no such command");
	deadline_us = histogram_now_us() + (int64_t)seconds * 1000000;
}

int
main(void)
{
	PGconn *connection = PQconnectdb("application_name=listener");
	struct pollfd at[2] = { { .events = POLLIN }, { .fd = STDIN_FILENO, .events = POLLIN } };

	if (PQstatus(connection) != CONNECTION_OK || hcreate(PEOPLE_MAX) == 0)
		die(PQerrorMessage(connection));
	at[0].fd = PQsocket(connection);
	PQclear(query(connection, PQexec(connection, "listen pgbell"), PGRES_COMMAND_OK));
	PQclear(query(connection,
	    PQprepare(
		connection, "read", "select seq, data from pgbell.events_after($1, $2)", 0, NULL),
	    PGRES_COMMAND_OK));
	read_people(connection);
	puts("{}");
	fflush(stdout);
	while (feed.events < wanted && histogram_now_us() < deadline_us && poll(at, 2, 100) >= 0) {
		if (at[1].revents != 0)
			read_command();
		take_rings(connection);
	}
	printf("{\"events\":%u,\"sum\":%" PRIu64 ",", feed.events, feed.sum);
	histogram_print(&delays, stdout);
	puts("}");
	return 0;
}
