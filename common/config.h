/*
 * Settings: PGBELL_* environment variables, read once at the start into one
 * checked struct.  The table in config.c is the only home of names, defaults,
 * ranges and explanations; --help is printed from it.
 */
#ifndef PGBELL_CONFIG_H
#define PGBELL_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "common/log.h"

enum config_program { CONFIG_API = 1, CONFIG_STREAM = 2 };

struct config {
	/* both programs */
	enum log_level log_level;
	const char *pid_file;     /* NULL: none */
	int connect_timeout_s;    /* of a database connection */
	int statement_timeout_ms; /* of one request or read in the database */
	int chore_timeout_ms;     /* of pgbell-stream's work between reads: events wait for it */
	bool whole_tokens;        /* tokens are sent to the database, not their hashes */
	bool prepare;             /* prepared statements */
	bool pooled;              /* a transaction pooler gives each transaction another session */
	int intake_s;             /* how long a request may take to arrive */
	const char *origins;      /* whose pages count as the site's own besides, or NULL */
	/* pgbell-api */
	size_t body_bytes;
	int lock_timeout_ms; /* of one request */
	bool cookie_secure;  /* the session cookie is always Secure */
	/* pgbell-stream */
	const char *
	    websocket; /* where the door of WebSockets is, see listen_socket_open(); NULL: unsaid */
	bool listen;   /* off: no LISTEN; the log is read every floor_s */
	const char *listen_url; /* connection string of the listener, NULL: as the reader */
	bool query_token;       /* whether the stream takes ?token= */
	int heartbeat_s;
	int lifetime_s;  /* of a stream; 0: without end */
	int max_streams; /* 0: from the descriptor limit */
	int max_streams_per_user;
	int max_visitors;     /* 0: three quarters of the streams */
	int max_opens;        /* streams that wait to be opened at once */
	size_t header_bytes;  /* of a request to the stream */
	int replay_events;    /* a stream that has missed more gets a reset */
	size_t backlog_bytes; /* events queued for one stream at once */
	int expiring_s;       /* so long before a session ends its streams are warned; 0: never */
	int floor_s;          /* every user is read at least this often, also without a doorbell */
	int canary_s;         /* so often a process rings itself; two rings missed: reconnect */
	int open_wait_s;      /* how long a new stream waits for the database */
	int retry_ms;         /* a stream that broke comes back within this */
	int drain_s;          /* over how long SIGTERM ends the streams */
	int trim_s;           /* how often old events and sessions are trimmed; 0: never */
	int event_keep_days;
	int notification_keep_days; /* those that were read; 0: for ever */
	/* pgbell-stream as a plain CGI program */
	int cgi_lifetime_s;        /* of its stream; 0: without end */
	int cgi_streams;           /* at once on this host */
	int cgi_poll_s;            /* further ones get what is new and return after this time */
	const char *cgi_lock_file; /* NULL: see cgi_slot_take() */
};

/*
 * Read the environment, a NULL-terminated vector of NAME=value, into config.
 * Strings in config point into environment.  False on an unknown PGBELL_ name or
 * a value out of range: message (capacity bytes) is then a sentence that names
 * the variable, the value and what is allowed.
 */
bool config_read(char *const environment[], struct config *config, char *message, size_t capacity)
    __attribute__((warn_unused_result));

/* Print program's settings with their defaults, a paragraph each. */
void config_print_help(FILE *out, enum config_program program);

#endif
