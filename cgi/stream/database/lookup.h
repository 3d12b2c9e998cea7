/*
 * Looking up the database's host names without blocking.  libpq would do it
 * itself, but with getaddrinfo(), which waits for the network; given
 * addresses it has no need to.
 */
#ifndef PGBELL_LOOKUP_H
#define PGBELL_LOOKUP_H

#include <event2/event.h>

#define LOOKUP_HOSTS_MAX 8 /* hosts in one connection string, or addresses of one host */

struct lookup;

/*
 * Values for libpq's options of these names: lists in the order to be tried.  They go
 * before what the connection string says.
 */
struct lookup_result {
	const char *host;     /* the hosts that were found, once for each address */
	const char *hostaddr; /* an address for each; NULL: see error */
	const char *port;     /* a port for each; NULL: as it was, one for all */
	const char *error;    /* a sentence, or NULL */
};

/* The result is gone after the call, and so is the lookup. */
typedef void lookup_on_done(void *owner, const struct lookup_result *result);

/*
 * Begin to look up the hosts of a connection string or, where it names
 * none or is NULL, of PGHOST.  Returns NULL where there is nothing to look
 * up (a socket directory, an address, PGHOSTADDR) or nothing can be made of
 * the string; libpq is asked as it is then.  first says which of the
 * addresses to begin with, modulo their number: a caller whose last attempt
 * ran out of time says the next, lest a host that swallows everything keep
 * it from the others.  owner is borrowed.  Out of memory ends the process.
 */
struct lookup *lookup_start(struct event_base *base, const char *conninfo, size_t first,
    lookup_on_done *on_done, void *owner);

/*
 * Give up: on_done is not called.  The lookup releases itself in the event
 * loop once its thread has let go of it.  NULL is fine.
 */
void lookup_cancel(struct lookup *lookup);

#endif
