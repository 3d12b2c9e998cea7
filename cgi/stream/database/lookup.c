/*
 * getaddrinfo_a() is glibc's getaddrinfo() on a helper thread of its own, so
 * it follows nsswitch.conf like everything else on the host.  It is asked
 * now and then whether it has finished: a name is looked up only when a
 * connection is made, and then a few milliseconds do not matter.
 */
#include "cgi/stream/database/lookup.h"

#include <arpa/inet.h>
#include <libpq-fe.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgi/stream/parts/timer.h"

#define ASK_AGAIN_US 5000

struct lookup {
	struct event *timer;
	char *hosts, *ports; /* owned, cut at their commas */
	struct gaicb requests[LOOKUP_HOSTS_MAX];
	const char *port_of[LOOKUP_HOSTS_MAX]; /* of each host, or all NULL: they share one */
	struct addrinfo hints;
	size_t count, first;
	lookup_on_done *on_done; /* NULL: given up */
	void *owner;
};

/* A copy of the value of an option, or NULL where it is unset or empty. */
static char *
find_option(const PQconninfoOption *options, const char *keyword)
{
	for (; options != NULL && options->keyword != NULL; options++)
		if (strcmp(options->keyword, keyword) == 0 && options->val != NULL &&
		    options->val[0] != '\0')
			return strdup(options->val);
	return NULL;
}

/* The value that libpq would use for an option: the string's own, else the environment's. */
static char *
find_effective(const char *conninfo, const char *keyword)
{
	PQconninfoOption *options = conninfo == NULL ? NULL : PQconninfoParse(conninfo, NULL);
	char *value = find_option(options, keyword);

	PQconninfoFree(options);
	if (value != NULL)
		return value;
	options = PQconndefaults();
	value = find_option(options, keyword);
	PQconninfoFree(options);
	return value;
}

/* A host that is an address or a socket directory (libpq: a path, or abstract with @). */
static bool
is_address(const char *host)
{
	struct in6_addr address;

	return host[0] == '\0' || host[0] == '/' || host[0] == '@' ||
	       inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1;
}

static void
release(struct lookup *lookup)
{
	for (size_t i = 0; i < lookup->count; i++)
		if (lookup->requests[i].ar_result != NULL)
			freeaddrinfo(lookup->requests[i].ar_result);
	if (lookup->timer != NULL)
		event_free(lookup->timer);
	free(lookup->hosts);
	free(lookup->ports);
	free(lookup);
}

/* Cut the list of hosts into requests; false where there is nothing to be looked up. */
static bool
split_hosts(struct lookup *lookup)
{
	bool has_names = false, has_paths = false;
	char *rest = lookup->hosts, *host;

	while ((host = strsep(&rest, ",")) != NULL) {
		if (lookup->count == LOOKUP_HOSTS_MAX || strlen(host) > 253)
			return false; /* libpq shall say what it thinks of that */
		has_names |= !is_address(host);
		has_paths |= host[0] == '\0' || host[0] == '/' || host[0] == '@';
		lookup->requests[lookup->count++] =
		    (struct gaicb){ .ar_name = host, .ar_request = &lookup->hints };
	}
	/* hostaddr cannot stand for a path; several addresses are looked at for their order */
	return (has_names || lookup->count > 1) && !has_paths;
}

/* A port for each host; false where there are neither as many ports as hosts nor one for all. */
static bool
split_ports(struct lookup *lookup)
{
	char *rest = lookup->ports, *port;
	size_t count = 0;

	if (rest == NULL || strchr(rest, ',') == NULL)
		return true;
	while ((port = strsep(&rest, ",")) != NULL) {
		if (count == lookup->count)
			return false;
		lookup->port_of[count++] = port;
	}
	return count == lookup->count;
}

/* One address that was found. */
struct found {
	const char *name, *port;
	const struct addrinfo *answer;
};

/* Lists as libpq takes them, separated by commas, in the making. */
struct lists {
	char host[LOOKUP_HOSTS_MAX * 256];
	char hostaddr[LOOKUP_HOSTS_MAX * (INET6_ADDRSTRLEN + 1)];
	char port[LOOKUP_HOSTS_MAX * 8];
	char error[512];
};

static void
append(char *list, size_t capacity, const char *item)
{
	size_t length = strlen(list);

	snprintf(list + length, capacity - length, "%s%s", length > 0 ? "," : "", item);
}

static void
append_found(struct lists *lists, const struct found *found)
{
	char address[INET6_ADDRSTRLEN];

	if (getnameinfo(found->answer->ai_addr, found->answer->ai_addrlen, address, sizeof(address),
		NULL, 0, NI_NUMERICHOST) != 0) {
		snprintf(lists->error, sizeof(lists->error), "\"%s\" has no usable address",
		    found->name);
		return;
	}
	append(lists->host, sizeof(lists->host), found->name);
	append(lists->hostaddr, sizeof(lists->hostaddr), address);
	if (found->port != NULL)
		append(lists->port, sizeof(lists->port), found->port);
}

/*
 * A single host may have several addresses, to be tried in turn; of several
 * hosts each has one, and one that is not found is left out: only when none
 * is left is that an error.
 */
static size_t
collect(struct lookup *lookup, struct found found[LOOKUP_HOSTS_MAX], struct lists *lists)
{
	const size_t most = lookup->count == 1 ? LOOKUP_HOSTS_MAX : 1;
	size_t count = 0;

	for (size_t i = 0; i < lookup->count; i++) {
		const struct addrinfo *answer = lookup->requests[i].ar_result;
		const char *name = lookup->requests[i].ar_name;
		int result = gai_error(&lookup->requests[i]);

		if (result != 0)
			snprintf(lists->error, sizeof(lists->error), "could not look up \"%s\": %s",
			    name, gai_strerror(result));
		for (size_t n = 0; result == 0 && answer != NULL && n < most; n++) {
			found[count++] = (struct found){ name, lookup->port_of[i], answer };
			answer = answer->ai_next;
		}
	}
	return count;
}

static void
finish(struct lookup *lookup)
{
	struct lists lists = { .error = "" };
	struct lookup_result result = { NULL, NULL, NULL, NULL };
	struct found found[LOOKUP_HOSTS_MAX];
	size_t count = collect(lookup, found, &lists);

	for (size_t i = 0; i < count; i++)
		append_found(&lists, &found[(lookup->first + i) % count]);
	if (lists.hostaddr[0] == '\0') {
		result.error = lists.error;
	} else {
		result.host = lists.host;
		result.hostaddr = lists.hostaddr;
		result.port = lists.port[0] == '\0' ? NULL : lists.port;
	}
	if (lookup->on_done != NULL)
		lookup->on_done(lookup->owner, &result);
	release(lookup);
}

static void
on_timer(int descriptor, short what, void *argument)
{
	struct lookup *lookup = argument;

	(void)descriptor;
	(void)what;
	for (size_t i = 0; i < lookup->count; i++)
		if (gai_error(&lookup->requests[i]) == EAI_INPROGRESS)
			return;
	finish(lookup);
}

struct lookup *
lookup_start(struct event_base *base, const char *conninfo, size_t first, lookup_on_done *on_done,
    void *owner)
{
	struct lookup *lookup = calloc(1, sizeof(*lookup));
	char *given = find_effective(conninfo, "hostaddr");
	struct gaicb *list[LOOKUP_HOSTS_MAX];

	if (lookup == NULL)
		abort();
	lookup->first = first;
	lookup->on_done = on_done;
	lookup->owner = owner;
	lookup->hints.ai_socktype = SOCK_STREAM;
	if (given == NULL) {
		lookup->hosts = find_effective(conninfo, "host");
		lookup->ports = find_effective(conninfo, "port");
	}
	free(given);
	if (lookup->hosts == NULL || !split_hosts(lookup) || !split_ports(lookup)) {
		release(lookup);
		return NULL;
	}
	for (size_t i = 0; i < lookup->count; i++)
		list[i] = &lookup->requests[i];
	lookup->timer = timer_make(base, TIMER_AGAIN, on_timer, lookup);
	/* Where no thread is to be had for it, it stays in progress until its owner gives up. */
	(void)getaddrinfo_a(GAI_NOWAIT, list, (int)lookup->count, NULL);
	timer_set(lookup->timer, ASK_AGAIN_US);
	return lookup;
}

void
lookup_cancel(struct lookup *lookup)
{
	bool in_progress = false;

	if (lookup == NULL)
		return;
	for (size_t i = 0; i < lookup->count; i++)
		in_progress |= gai_cancel(&lookup->requests[i]) == EAI_NOTCANCELED;
	if (in_progress)
		lookup->on_done = NULL; /* the helper thread still writes here: finish() releases */
	else
		release(lookup);
}
