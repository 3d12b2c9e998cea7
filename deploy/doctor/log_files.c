/* Web servers may buffer their logs; a line that is not there yet is waited for a little. */
#include "deploy/doctor/log_files.h"

#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "deploy/doctor/report.h"

#define FILES_MAX 256
#define SETTLE_US 500000
#define SETTLES_MAX 8       /* before it is said that there is no line */
#define READ_MAX (16 << 20) /* of one log, since the visit began */

static const char *const usual[] = { "/var/log/nginx/*.log", "/var/log/lighttpd/*.log",
	"/var/log/apache2/*.log", "/var/log/httpd/*log", "/var/log/caddy/*.log" };

struct log_files {
	size_t count, unreadable;
	struct {
		char *path;
		long end;
	} file[FILES_MAX];
};

static void
add(struct log_files *files, const char *path)
{
	FILE *file = fopen(path, "re");

	if (file == NULL || files->count == FILES_MAX) {
		files->unreadable++;
	} else {
		fseek(file, 0, SEEK_END);
		files->file[files->count].path = strdup(path);
		files->file[files->count++].end = ftell(file);
	}
	if (file != NULL)
		fclose(file);
}

struct log_files *
log_files_open(const char *const paths[], size_t count)
{
	struct log_files *files = calloc(1, sizeof(*files));

	if (files == NULL)
		abort();
	for (size_t i = 0; i < count; i++)
		add(files, paths[i]);
	for (size_t i = 0; count == 0 && i < sizeof(usual) / sizeof(usual[0]); i++) {
		glob_t found;

		if (glob(usual[i], 0, NULL, &found) == 0)
			for (size_t n = 0; n < found.gl_pathc; n++)
				add(files, found.gl_pathv[n]);
		globfree(&found);
	}
	return files;
}

/* Whether any has a line of what happened since. */
static bool
has_grown(const struct log_files *files)
{
	struct stat now;

	for (size_t i = 0; i < files->count; i++)
		if (stat(files->file[i].path, &now) == 0 && now.st_size != files->file[i].end)
			return true;
	return false;
}

static bool
holds(const char *path, long from, const char *token)
{
	FILE *file = fopen(path, "re");
	char *text = malloc(READ_MAX);
	bool found = false;

	if (text == NULL)
		abort();
	if (file != NULL && fseek(file, from, SEEK_SET) == 0) {
		size_t length = fread(text, 1, READ_MAX, file);

		found = memmem(text, length, token, strlen(token)) != NULL;
	}
	if (file != NULL)
		fclose(file);
	free(text);
	return found;
}

void
log_files_report(const struct log_files *files, const char *token)
{
	static const struct advice advice = {
		"Whoever reads the log can be that person until the session ends.",
		"access_log … pgbell; with the log_format of nginx/http.conf, which leaves the "
		"query out "
		"(and error_log … emerg for the stream), or caddy/log.caddy; or "
		"PGBELL_QUERY_TOKEN=off"
	};
	bool found = false;

	usleep(SETTLE_US);
	for (int i = 1; i < SETTLES_MAX && files->count > 0 && !has_grown(files); i++)
		usleep(SETTLE_US);
	for (size_t i = 0; i < files->count; i++) {
		if (!holds(files->file[i].path, files->file[i].end, token))
			continue;
		found = true;
		report_add("outside.logs", VERDICT_FAILURE, &advice,
		    "%s has a token that was in an address", files->file[i].path);
	}
	if (files->unreadable > 0)
		report_add("outside.logs", VERDICT_SKIPPED, NULL,
		    "%zu logs cannot be read by this user", files->unreadable);
	if (files->count == 0 && files->unreadable == 0)
		report_add("outside.logs", VERDICT_SKIPPED, NULL, "no logs here; --log names them");
	else if (!found && files->count > 0 && !has_grown(files))
		report_add("outside.logs", VERDICT_SKIPPED, NULL,
		    "none of %zu logs, such as %s, has a line of this visit; --log names the "
		    "site's",
		    files->count, files->file[0].path);
	else if (!found && files->count > 0)
		report_add("outside.logs", VERDICT_OK, NULL, "no token in %zu logs", files->count);
}

void
log_files_close(struct log_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		free(files->file[i].path);
	free(files);
}
