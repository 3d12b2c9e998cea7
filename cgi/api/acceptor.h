/*
 * Accepts connections for a worker that serves one request at a time: new ones,
 * and those that a web server keeps open for its next request.  A connection on
 * which nothing has arrived is idle: it is set aside, and the worker serves
 * others.  While a request is served, a time limit holds for its peer, which has
 * to send the request and to take the answer.
 */
#ifndef PGBELL_API_ACCEPTOR_H
#define PGBELL_API_ACCEPTOR_H

#define ACCEPTOR_IDLE_MAX 64 /* idle connections; one more closes the oldest */
#define ACCEPTOR_KEPT_S 90   /* how long a kept one may be idle; nginx closes it after 60 s */

struct acceptor;

/*
 * Make an acceptor for a listening socket, which is borrowed.  patience_s: how
 * long a new connection may be idle, in seconds.  Out of memory ends the process.
 */
struct acceptor *acceptor_create(int listening, int patience_s);

/*
 * Wait for a connection that can be read from: its peer has sent something, or
 * has closed it.  The caller owns it from then on.  -1 with errno on failure:
 * EINTR after a signal, else an error of accept() or poll().
 */
int acceptor_await(struct acceptor *acceptor) __attribute__((warn_unused_result));

/* Take back a connection whose request is answered and whose peer keeps it open. */
void acceptor_keep(struct acceptor *acceptor, int connection);

/*
 * Limit how long a connection's peer may take, in seconds; up to 0.25 s more may
 * pass.  Then the socket is shut down, so reading and writing end.  A pipe cannot
 * be shut down: there a blocked call is only interrupted (EINTR).  One connection
 * at a time: an earlier limit is over.  Works by SIGALRM.
 */
void acceptor_limit(int connection, int seconds);

/* End the limit. */
void acceptor_unlimit(void);

/* Close idle connections and free the acceptor; NULL is fine. */
void acceptor_close(struct acceptor *acceptor);

#endif
