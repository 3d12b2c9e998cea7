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
	int chore_timeout_ms;     /* of what an event may have to wait for */
	bool whole_tokens;        /* the database is told tokens, not their hashes */
	bool prepare;             /* prepared statements */
	bool pooled;              /* a transaction pooler gives each transaction another session */
	int intake_s;             /* how long a request may take to arrive */
	/* pgbell-api */
	size_t body_bytes;
	int lock_timeout_ms; /* of one request */
	const char *origins; /* whose pages count as the site's own besides, or NULL */
	bool cookie_secure;  /* the session cookie always carries Secure */
	/* pgbell-stream */
	bool listen;            /* off: the log is read every floor_s, and nothing else */
	const char *listen_url; /* connection string of the listener, NULL: as the reader */
	bool query_token;       /* whether the stream takes ?token= */
	int heartbeat_s;
	int max_streams; /* 0: from the descriptor limit */
	int max_streams_per_user;
	int max_opens;        /* streams that wait to be opened at once */
	size_t header_bytes;  /* of a request to the stream */
	int replay_events;    /* more missed than these: reset */
	size_t backlog_bytes; /* events queued for one stream at once */
	int expiring_s;       /* how long before its end a session is told so; 0: never */
	int floor_s;          /* every user is rung at least this often */
	int canary_s;         /* a doorbell to ourselves this often; two missed: reconnect */
	int open_wait_s;      /* how long a new stream waits for the database */
	int retry_ms;         /* a stream that broke comes back within this */
	int drain_s;          /* over how long SIGTERM ends the streams */
	int trim_s;           /* how often old events and sessions are trimmed; 0: never */
	int event_keep_days;
	/* pgbell-stream as a plain CGI program */
	int cgi_lifetime_s;        /* of its stream; 0: without end */
	int cgi_streams;           /* at once on this host */
	int cgi_poll_s;            /* how often those beyond come by */
	const char *cgi_lock_file; /* NULL: see cgi_slot_take() */
};

/*
 * Read the environment (a NULL-terminated vector of NAME=value) into config.
 * Strings in config point into environment.  On an unknown PGBELL_ name or a
 * value out of its range false is returned and message (capacity bytes)
 * holds one sentence that names the variable, the value and what is allowed.
 */
bool config_read(char *const environment[], struct config *config, char *message, size_t capacity)
    __attribute__((warn_unused_result));

/* Print the settings that concern program, one paragraph each, with defaults. */
void config_print_help(FILE *out, enum config_program program);

#endif
