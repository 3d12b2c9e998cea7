/*
 * pgbell-doctor: looks for what keeps an installation from ringing, from the
 * operator's side and from outside.  Each check is a function that reports what
 * it saw; the order is that in which one thing needs the other.
 */
#include <errno.h>
#include <getopt.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/config.h"
#include "deploy/doctor/database.h"
#include "deploy/doctor/host.h"
#include "deploy/doctor/outside.h"
#include "deploy/doctor/place.h"
#include "deploy/doctor/report.h"

#define PROGRAM "pgbell-doctor"
#define SETTINGS PLACE_OF_SETTINGS
#define EXIT_USAGE 3

extern char **environ;

struct options {
	bool json;
	uid_t account;        /* that PostgreSQL is to see */
	const char *settings; /* NULL: SETTINGS, if it is there */
	const char *sockets;
	double queue_limit;
	struct site site;
};

static void
print_help(void)
{
	puts("Usage: " PROGRAM " [options]\n"
	     "\n"
	     "Looks for what keeps an installation of pgbell from ringing.  Run it on the host "
	     "that the\n"
	     "programs run on, as root, who may look at everything there.\n"
	     "\n"
	     "  --as ACCOUNT     connect to the database as this account of the host does: the one "
	     "that\n"
	     "                   owns the database, or postgres\n"
	     "  --url URL        look from outside too, at the address that browsers use\n"
	     "  --token TOKEN    of somebody who is signed in, where the application has sessions "
	     "of\n"
	     "                   its own (without: a session that is made for this visit)\n"
	     "  --cookie NAME    of the cookie that such a token comes in (pgbell_session)\n"
	     "  --log FILE       a log of the web server in which no token may stand; may be "
	     "repeated\n"
	     "                   (the usual ones of nginx, lighttpd, Apache and Caddy)\n"
	     "  --quick          do not wait for a heartbeat of the stream\n"
	     "  --settings FILE  (" SETTINGS ", if it is there)\n"
	     "  --sockets DIR    where api.sock and stream.sock are (/run/pgbell)\n"
	     "  --queue PERCENT  how full the queue of NOTIFY may be (25)\n"
	     "  --json           one JSON document instead of lines\n"
	     "  --help, --version\n"
	     "\n"
	     "The database is found by libpq's own variables (PGHOST, PGDATABASE, PGUSER, ...), of "
	     "which\n"
	     "the environment's win over those of the settings.\n"
	     "\n"
	     "Exit status: 0 all is well, 1 there are warnings, 2 there are failures, 3 wrong "
	     "usage.");
}

/* Without the white space around it and quotes, as systemd reads it; text is changed. */
static char *
strip(char *text)
{
	size_t length;

	text += strspn(text, " \t");
	length = strlen(text);
	while (length > 0 && strchr(" \t\r\n", text[length - 1]) != NULL)
		length--;
	text[length] = '\0';
	if (length >= 2 && strchr("\"'", text[0]) != NULL && text[length - 1] == text[0]) {
		text[length - 1] = '\0';
		text++;
	}
	return text;
}

/* Take over NAME=value lines; what is in the environment already stays. */
static bool
read_settings(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[4096];

	if (file == NULL)
		return false;
	while (fgets(line, sizeof(line), file) != NULL) {
		char *name = strip(line), *value = strchr(name, '=');

		if (value == NULL || name[0] == '#' || name[0] == ';')
			continue;
		*value++ = '\0';
		(void)setenv(strip(name), strip(value), 0);
	}
	fclose(file);
	return true;
}

/* config is as the programs have it; with false it is not to be looked at. */
static bool
check_settings(const struct options *options, struct config *config)
{
	static const struct advice advice = { "The programs refuse to start with it.",
		"the line in pgbell.env; pgbell.env(5) lists the settings" };
	static const struct advice unread = { "It names the database that the programs use; this "
					      "may be another one.",
		"sudo " PROGRAM " --as postgres" };
	const char *path = options->settings != NULL ? options->settings : SETTINGS;
	char message[512];
	bool is_sound;

	if (!read_settings(path) && (options->settings != NULL || errno != ENOENT)) {
		report_add("host.settings", VERDICT_FAILURE, &unread, "cannot read %s: %s", path,
		    strerror(errno));
		return false;
	}
	is_sound = config_read(environ, config, message, sizeof(message));
	if (is_sound)
		report_add("host.settings", VERDICT_OK, NULL, "the settings are sound");
	else
		report_add("host.settings", VERDICT_FAILURE, &advice, "%s", message);
	return is_sound;
}

static void
fail_usage(const char *message)
{
	fprintf(stderr, PROGRAM ": %s (--help tells more)\n", message);
	exit(EXIT_USAGE);
}

static uid_t
find_account(const char *name)
{
	const struct passwd *account = getpwnam(name);

	if (account == NULL)
		fail_usage("there is no such account as --as says");
	if (geteuid() != 0 && account->pw_uid != geteuid())
		fail_usage("only root can look --as somebody else");
	return account->pw_uid;
}

static void
read_options(int argc, char *argv[], struct options *options)
{
	static const struct option known[] = { { "as", required_argument, NULL, 'a' },
		{ "url", required_argument, NULL, 'u' }, { "token", required_argument, NULL, 't' },
		{ "cookie", required_argument, NULL, 'c' }, { "log", required_argument, NULL, 'l' },
		{ "quick", no_argument, NULL, 'q' }, { "settings", required_argument, NULL, 's' },
		{ "sockets", required_argument, NULL, 'd' },
		{ "queue", required_argument, NULL, 'n' }, { "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 } };
	struct site *site = &options->site;
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case 'a': options->account = find_account(optarg); break;
		case 'u': site->url = optarg; break;
		case 't': site->token = optarg; break;
		case 'c':
			site->cookie = optarg;
			site->has_cookie = true;
			break;
		case 'l':
			if (site->log_count == SITE_LOGS_MAX)
				fail_usage("too many --log");
			site->logs[site->log_count++] = optarg;
			break;
		case 'q': site->quick = true; break;
		case 's': options->settings = optarg; break;
		case 'd': options->sockets = optarg; break;
		case 'n': options->queue_limit = strtod(optarg, NULL); break;
		case 'j': options->json = true; break;
		case 'h': print_help(); exit(0);
		case 'v': puts(PROGRAM " " PGBELL_VERSION); exit(0);
		default: /* getopt has said which */
			fail_usage("an option that there is not, or one without its value");
		}
	}
	if (optind < argc)
		fail_usage("there are no arguments but options");
}

int
main(int argc, char *argv[])
{
	struct options options = { .account = geteuid(),
		.sockets = "/run/pgbell",
		.queue_limit = 25,
		.site.cookie = "pgbell_session" };
	struct config config;
	PGconn *connection;
	bool has_config;

	read_options(argc, argv, &options);
	signal(SIGPIPE, SIG_IGN);
	report_begin(options.json);
	has_config = check_settings(&options, &config);
	connection = database_open(options.account);
	if (connection != NULL) {
		database_check_server(connection, options.account, options.queue_limit);
		if (database_check_schema(connection)) {
			if (has_config)
				database_check_keeping(connection, &config);
			database_check_exposure(connection);
			database_check_listen(connection, options.account);
		}
	}
	host_check(options.sockets);
	if (options.site.url != NULL)
		outside_check(connection, &options.site);
	PQfinish(connection);
	return report_end();
}
