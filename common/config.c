/*
 * One table: name, kind, where in struct config, default, range, who reads
 * it, and what it is for.  Reading, refusing and --help all walk it.
 *
 * Both programs take the names of both, since they share one environment
 * file; a name that neither knows is refused, because a misspelt limit that
 * is silently ignored is found out at the worst time.
 */
#include "common/config.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/http.h"

enum kind {
	KIND_TEXT,
	KIND_SWITCH,
	KIND_TOKENS,
	KIND_POOLER,
	KIND_ORIGINS,
	KIND_INTEGER,
	KIND_SIZE,
	KIND_LEVEL
};

struct setting {
	const char *name; /* without PGBELL_ */
	enum kind kind;
	unsigned programs;
	size_t offset;
	const char *fallback; /* NULL: unset */
	long long minimum, maximum;
	const char *help;
};

#define BOTH ((unsigned)CONFIG_API | (unsigned)CONFIG_STREAM)
#define AT(member) offsetof(struct config, member)

static const struct setting settings[] = {
	{ "LOG_LEVEL", KIND_LEVEL, BOTH, AT(log_level), "info", 0, 0,
	    "lowest level that is logged: debug, info, warning or error" },
	{ "PID_FILE", KIND_TEXT, BOTH, AT(pid_file), NULL, 0, 0,
	    "file that the process id is written to at the start; pgbell-stream removes it when it "
	    "has been stopped and accepts no more connections" },
	{ "CONNECT_TIMEOUT_S", KIND_INTEGER, BOTH, AT(connect_timeout_s), "5", 1, 300,
	    "seconds that connecting to the database may take" },
	{ "STATEMENT_TIMEOUT_MS", KIND_INTEGER, BOTH, AT(statement_timeout_ms), "10000", 100,
	    600000, "milliseconds that one statement may take in the database" },
	{ "CHORE_TIMEOUT_MS", KIND_INTEGER, CONFIG_STREAM, AT(chore_timeout_ms), "500", 10, 600000,
	    "milliseconds that a statement of pgbell-stream other than reading events (opening "
	    "streams, checking sessions, trimming) may take in the database; events may wait for "
	    "it that long" },
	{ "TOKENS", KIND_TOKENS, BOTH, AT(whole_tokens), "hashed", 0, 0,
	    "form in which tokens and tickets are sent to the database: hashed, as SHA-256, so "
	    "that its log shows none; or whole, for an authenticate() of your own that needs the "
	    "token itself" },
	{ "POOLER", KIND_POOLER, BOTH, AT(pooled), "off", 0, 0,
	    "what the PG* variables lead to: off, PostgreSQL itself or a pooler that gives a "
	    "connection to one client at a time; or transaction, a pooler that gives each "
	    "transaction another connection: then no setting is left behind in it" },
	{ "PREPARE", KIND_SWITCH, BOTH, AT(prepare), "on", 0, 0,
	    "use prepared statements; off behind a transaction pooler that does not support them, "
	    "such as pgbouncer before 1.21" },
	{ "INTAKE_S", KIND_INTEGER, BOTH, AT(intake_s), "10", 1, 300,
	    "seconds that the web server may take to send a request, and to take the answer of "
	    "pgbell-api" },
	{ "BODY_BYTES", KIND_SIZE, CONFIG_API, AT(body_bytes), "65536", 1024, 16777216,
	    "longest request body that is read; a longer one is answered 413" },
	{ "LOCK_TIMEOUT_MS", KIND_INTEGER, CONFIG_API, AT(lock_timeout_ms), "250", 10, 600000,
	    "milliseconds that a request waits for a row that another transaction is changing; "
	    "then it is answered 503, to be tried again" },
	{ "ORIGINS", KIND_ORIGINS, BOTH, AT(origins), NULL, 0, 0,
	    "further origins whose pages may make changes with the cookie, such as "
	    "https://example.org, with spaces between; needed where a proxy in front hides the "
	    "host that the page was loaded from" },
	{ "COOKIE_SECURE", KIND_SWITCH, CONFIG_API, AT(cookie_secure), "off", 0, 0,
	    "mark the session cookie Secure even where the web server does not say that the site "
	    "uses HTTPS" },
	{ "WEBSOCKET", KIND_TEXT, CONFIG_STREAM, AT(websocket), NULL, 0, 0,
	    "path of the unix socket at which the web server hands over WebSockets, made at the "
	    "start; or fd:3, a listening one that is there; unset: none, unless systemd hands over "
	    "one named websocket" },
	{ "LISTEN", KIND_SWITCH, CONFIG_STREAM, AT(listen), "on", 0, 0,
	    "listen for doorbells; off where every connection goes through a transaction pooler: "
	    "then events are found every PGBELL_FLOOR_S" },
	{ "LISTEN_URL", KIND_TEXT, CONFIG_STREAM, AT(listen_url), NULL, 0, 0,
	    "connection string of the listener, to the same database, for use where the PG* "
	    "variables lead to a transaction pooler" },
	{ "QUERY_TOKEN", KIND_SWITCH, CONFIG_STREAM, AT(query_token), "on", 0, 0,
	    "whether the stream accepts ?token=; off leaves the header, the cookie and ?ticket=" },
	{ "HEARTBEAT_S", KIND_INTEGER, CONFIG_STREAM, AT(heartbeat_s), "30", 1, 3600,
	    "seconds between two heartbeats of a stream" },
	{ "LIFETIME_S", KIND_INTEGER, CONFIG_STREAM, AT(lifetime_s), "86400", 0, 31536000,
	    "seconds after which a stream is told to come back, within a heartbeat, so that the "
	    "processes of a web server that was reloaded end; 0: never" },
	{ "MAX_STREAMS", KIND_INTEGER, CONFIG_STREAM, AT(max_streams), "0", 0, 1000000,
	    "streams that this process holds at once; 0: as many as the descriptor limit allows" },
	{ "MAX_STREAMS_PER_USER", KIND_INTEGER, CONFIG_STREAM, AT(max_streams_per_user), "32", 1,
	    1000000,
	    "streams of one user at once in this process; before a further one is refused, streams "
	    "whose client has left are looked for and closed" },
	{ "MAX_VISITORS", KIND_INTEGER, CONFIG_STREAM, AT(max_visitors), "0", 0, 1000000,
	    "of the streams that this process holds, so many at once may be visitors', who follow "
	    "topics and are nobody; 0: three quarters" },
	{ "MAX_OPENS", KIND_INTEGER, CONFIG_STREAM, AT(max_opens), "8192", 1, 1000000,
	    "streams that wait to be opened at once; further ones are refused" },
	{ "HEADER_BYTES", KIND_SIZE, CONFIG_STREAM, AT(header_bytes), "65536", 2048, 65536,
	    "longest request header that is read; a longer one is answered 431" },
	{ "REPLAY_EVENTS", KIND_INTEGER, CONFIG_STREAM, AT(replay_events), "10000", 0, 1000000000,
	    "events that are replayed to one stream at most; a client that has missed more gets a "
	    "reset, and reads its list again" },
	{ "BACKLOG_BYTES", KIND_SIZE, CONFIG_STREAM, AT(backlog_bytes), "262144", 16384, 67108864,
	    "bytes of events queued for a slow client; further events wait in the database until "
	    "it has taken them" },
	{ "EXPIRING_S", KIND_INTEGER, CONFIG_STREAM, AT(expiring_s), "300", 0, 86400,
	    "seconds before the end of a session at which its streams get session_expiring; 0: "
	    "never" },
	{ "FLOOR_S", KIND_INTEGER, CONFIG_STREAM, AT(floor_s), "10", 1, 3600,
	    "seconds after which every user is read even without a doorbell; every third time the "
	    "sessions are checked too" },
	{ "CANARY_S", KIND_INTEGER, CONFIG_STREAM, AT(canary_s), "5", 1, 3600,
	    "seconds between two doorbells that a process rings for itself; a listener that misses "
	    "two is replaced" },
	{ "OPEN_WAIT_S", KIND_INTEGER, CONFIG_STREAM, AT(open_wait_s), "5", 1, 300,
	    "seconds that a new stream waits for a database that is away" },
	{ "RETRY_MS", KIND_INTEGER, CONFIG_STREAM, AT(retry_ms), "5000", 100, 600000,
	    "milliseconds within which a browser reconnects when its stream broke; each stream "
	    "gets a random time within them" },
	{ "DRAIN_S", KIND_INTEGER, CONFIG_STREAM, AT(drain_s), "3", 0, 300,
	    "seconds over which SIGTERM ends the open streams" },
	{ "TRIM_S", KIND_INTEGER, CONFIG_STREAM, AT(trim_s), "3600", 0, 604800,
	    "seconds from one trim of old events and sessions, by any process, to the next; 0: "
	    "never by this process" },
	{ "EVENT_KEEP_DAYS", KIND_INTEGER, CONFIG_STREAM, AT(event_keep_days), "7", 1, 3650,
	    "days for which events can be replayed" },
	{ "NOTIFICATION_KEEP_DAYS", KIND_INTEGER, CONFIG_STREAM, AT(notification_keep_days), "0", 0,
	    36500,
	    "days after which notifications that were read are deleted, looked for once a day; "
	    "never sooner than events; 0: never" },
	{ "CGI_LIFETIME_S", KIND_INTEGER, CONFIG_STREAM, AT(cgi_lifetime_s), "25", 0, 86400,
	    "seconds after which the stream of a plain CGI program ends; the client reconnects at "
	    "once and goes on where it was; 0: never" },
	{ "CGI_STREAMS", KIND_INTEGER, CONFIG_STREAM, AT(cgi_streams), "10", 0, 100000,
	    "streams that plain CGI programs hold at once on this host; further clients get what "
	    "is new, are disconnected, and return after PGBELL_CGI_POLL_S" },
	{ "CGI_POLL_S", KIND_INTEGER, CONFIG_STREAM, AT(cgi_poll_s), "10", 1, 3600,
	    "seconds after which such a client returns" },
	{ "CGI_LOCK_FILE", KIND_TEXT, CONFIG_STREAM, AT(cgi_lock_file), NULL, 0, 0,
	    "file in which those streams are counted; unset: /tmp/pgbell-stream.<user "
	    "number>.places" },
};

#define SETTING_COUNT (sizeof(settings) / sizeof(settings[0]))
#define PREFIX "PGBELL_"

static const char *const level_words[] = { "debug", "info", "warning", "error", NULL };
static const char *const switch_words[] = { "off", "on", NULL };
static const char *const token_words[] = { "hashed", "whole", NULL };
static const char *const pooler_words[] = { "off", "transaction", NULL };

static int
find_word(const char *const words[], const char *value)
{
	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], value) == 0)
			return i;
	return -1;
}

static bool
parse_number(const struct setting *setting, const char *value, long long *number)
{
	char *end;

	if (value[0] < '0' || value[0] > '9')
		return false;
	errno = 0;
	*number = strtoll(value, &end, 10);
	return errno == 0 && *end == '\0' && *number >= setting->minimum &&
	       *number <= setting->maximum;
}

/* One of two words; the second is true. */
static bool
store_choice(
    const char *const words[], const char *value, char *place, char *allowed, size_t capacity)
{
	int word = find_word(words, value);

	snprintf(allowed, capacity, "%s or %s", words[1], words[0]);
	*(bool *)(void *)place = word == 1;
	return word >= 0;
}

static bool
are_origins(const char *value)
{
	while (value != NULL && *value != '\0') {
		size_t len = strcspn(value, " ");

		if (!http_is_origin((struct span){ value, len }))
			return false;
		value += len + strspn(value + len, " ");
	}
	return true;
}

/* Store one value; false, with *allowed telling what would do, where it is none. */
static bool
store(const struct setting *setting, const char *value, struct config *config, char *allowed,
    size_t capacity)
{
	char *place = (char *)config + setting->offset;
	long long number = 0;
	int word;

	switch (setting->kind) {
	case KIND_TEXT:
		*(const char **)(void *)place = value != NULL && value[0] != '\0' ? value : NULL;
		return true;
	case KIND_ORIGINS:
		snprintf(
		    allowed, capacity, "origins such as https://example.org, with spaces between");
		*(const char **)(void *)place = value != NULL && value[0] != '\0' ? value : NULL;
		return are_origins(value);
	case KIND_SWITCH: return store_choice(switch_words, value, place, allowed, capacity);
	case KIND_TOKENS: return store_choice(token_words, value, place, allowed, capacity);
	case KIND_POOLER: return store_choice(pooler_words, value, place, allowed, capacity);
	case KIND_LEVEL:
		snprintf(allowed, capacity, "debug, info, warning or error");
		word = find_word(level_words, value);
		*(enum log_level *)(void *)place = (enum log_level)word;
		return word >= 0;
	case KIND_INTEGER:
	case KIND_SIZE:
		snprintf(allowed, capacity, "a whole number from %lld to %lld", setting->minimum,
		    setting->maximum);
		if (!parse_number(setting, value, &number))
			return false;
		if (setting->kind == KIND_INTEGER)
			*(int *)(void *)place = (int)number;
		else
			*(size_t *)(void *)place = (size_t)number;
		return true;
	}
	return false;
}

static const struct setting *
find_setting(const char *variable)
{
	size_t length = strcspn(variable, "=");

	for (size_t i = 0; i < SETTING_COUNT; i++)
		if (strlen(settings[i].name) == length &&
		    strncmp(settings[i].name, variable, length) == 0)
			return &settings[i];
	return NULL;
}

bool
config_read(char *const environment[], struct config *config, char *message, size_t capacity)
{
	char allowed[128] = "";

	memset(config, 0, sizeof(*config));
	for (size_t i = 0; i < SETTING_COUNT; i++)
		if (!store(&settings[i], settings[i].fallback, config, allowed, sizeof(allowed)))
			abort(); /* a default outside its own range: the table is wrong */

	for (; *environment != NULL; environment++) {
		const struct setting *setting;
		const char *variable, *value;

		if (strncmp(*environment, PREFIX, strlen(PREFIX)) != 0)
			continue;
		variable = *environment + strlen(PREFIX);
		value = strchr(variable, '=');
		setting = find_setting(variable);
		if (setting == NULL || value == NULL) {
			snprintf(message, capacity,
			    "unknown setting %.*s (--help lists the settings)",
			    (int)strcspn(*environment, "="), *environment);
			return false;
		}
		if (!store(setting, value + 1, config, allowed, sizeof(allowed))) {
			snprintf(message, capacity, "%s%s is \"%s\", but must be %s", PREFIX,
			    setting->name, value + 1, allowed);
			return false;
		}
	}
	return true;
}

void
config_print_help(FILE *out, enum config_program program)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting *setting = &settings[i];

		if ((setting->programs & (unsigned)program) == 0)
			continue;
		fprintf(out, "  %s%s", PREFIX, setting->name);
		if (setting->fallback != NULL)
			fprintf(out, " (%s)", setting->fallback);
		fprintf(out, "\n        %s\n", setting->help);
	}
}
