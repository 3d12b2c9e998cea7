/*
 * A process of pgbell-stream is known by its descriptor 0: the inode of the
 * socket in /proc/net/unix.  An ordinary user cannot see that of others.
 */
#include "deploy/doctor/host.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "deploy/doctor/program.h"
#include "deploy/doctor/report.h"

#define ANSWER_MS 5000
#define BACKLOG 4096     /* what our units ask for */
#define DESCRIPTORS 4096 /* fewer streams than that is a surprise */

/* --- sockets -------------------------------------------------------------------- */

/* errno of a connection, or 0. */
static int
try_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int reason = 0;

	if (descriptor < 0 || strlen(path) >= sizeof(address.sun_path)) {
		reason = descriptor < 0 ? errno : ENAMETOOLONG;
	} else {
		memcpy(address.sun_path, path, strlen(path) + 1);
		if (connect(descriptor, (const struct sockaddr *)&address, sizeof(address)) != 0)
			reason = errno;
	}
	if (descriptor >= 0)
		close(descriptor);
	return reason;
}

/* A socket takes connections as long as its backlog has room, whoever is behind it. */
static void
check_answer(const char *check, const char *path)
{
	static const struct advice silent = { "Whoever asks waits, and is answered 504 in the end.",
		"systemctl restart 'pgbell-api@*.service' pgbell-stream.service; more workers "
		"(systemctl enable --now pgbell-api@{5..8}.service) if those are all at work" };
	static const struct advice unwell = { "The program does not reach its database, or does "
					      "not fit its schema.",
		"journalctl -u 'pgbell-*'; the findings about the database" };
	int status = program_ask_health(path, ANSWER_MS);

	if (status == 200)
		report_add(check, VERDICT_OK, NULL, "%s is answered", path);
	else if (status == 0)
		report_add(check, VERDICT_FAILURE, &silent,
		    "%s takes connections, but nobody answered within %d s", path,
		    ANSWER_MS / 1000);
	else if (status == 503)
		report_add(check, VERDICT_FAILURE, &unwell, "asked at %s it says 503", path);
	else
		report_add(
		    check, VERDICT_FAILURE, &unwell, "what answers at %s is not pgbell", path);
}

static void
check_connection(const char *check, const char *path)
{
	static const struct advice refused = { "The web server answers 502 to every request.",
		"systemctl restart pgbell-api.socket pgbell-stream.socket" };
	static const struct advice full = { "The web server answers 502 to whoever comes now.",
		"systemctl enable --now pgbell-api@{5..8}.service -- more workers" };
	int reason = try_connect(path);

	if (reason == ECONNREFUSED)
		report_add(check, VERDICT_FAILURE, &refused, "nobody listens at %s", path);
	else if (reason == EAGAIN)
		report_add(check, VERDICT_WARNING, &full, "the backlog of %s is full", path);
	else if (reason != 0)
		report_add(check, VERDICT_SKIPPED, NULL, "could not connect to %s: %s", path,
		    strerror(reason));
	else
		check_answer(check, path);
}

static void
check_socket(const char *check, const char *path)
{
	static const struct advice missing = { "The web server answers 502 to every request.",
		"systemctl enable --now pgbell-api.socket pgbell-stream.socket (--sockets tells "
		"another "
		"place)" };
	static const struct advice open_to_all = { "Any account of this host can speak as the web "
						   "server: name any address as its own, and "
						   "use up the connections.",
		"SocketMode=0660 and SocketGroup=<the web server's group> in the .socket unit "
		"(spawn-fcgi "
		"-M 0660 -G <that group>)" };
	struct stat status;

	if (stat(path, &status) != 0 && errno == EACCES) {
		report_add(check, VERDICT_SKIPPED, NULL, "%s: %s", path, strerror(errno));
	} else if (stat(path, &status) != 0 || !S_ISSOCK(status.st_mode)) {
		report_add(check, VERDICT_FAILURE, &missing, "there is no socket %s", path);
	} else if ((status.st_mode & S_IWOTH) != 0) {
		report_add(check, VERDICT_FAILURE, &open_to_all,
		    "%s is open to everybody (mode %04o)", path, (unsigned)status.st_mode & 07777);
	} else {
		check_connection(check, path);
	}
}

/* --- limits --------------------------------------------------------------------- */

static void
check_backlog(void)
{
	static const struct advice advice = { "When many browsers come back at once, the web "
					      "server answers 502 to those beyond it.",
		"net.core.somaxconn = 4096 in /etc/sysctl.d/pgbell.conf; sysctl --system" };
	FILE *file = fopen("/proc/sys/net/core/somaxconn", "re");
	char line[32];
	long limit = 0;

	if (file != NULL && fgets(line, sizeof(line), file) != NULL)
		limit = strtol(line, NULL, 10);
	if (limit == 0)
		report_add("host.backlog", VERDICT_SKIPPED, NULL, "/proc does not tell");
	else if (limit < BACKLOG)
		report_add("host.backlog", VERDICT_WARNING, &advice,
		    "connections that may wait at a socket: %ld", limit);
	else
		report_add("host.backlog", VERDICT_OK, NULL, "%ld may wait", limit);
	if (file != NULL)
		fclose(file);
}

/* The inode of the listening socket that is bound to path, or 0. */
static unsigned long
find_inode(const char *path)
{
	FILE *file = fopen("/proc/net/unix", "re");
	char line[512], flags[16], inode[32], bound[256];
	unsigned long found = 0;

	if (file == NULL)
		return 0;
	while (found == 0 && fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "%*s %*s %*s %15s %*s %*s %31s %255[^\n]", flags, inode, bound) ==
			3 &&
		    (strtoul(flags, NULL, 16) & 0x10000) != 0 && strcmp(bound, path) == 0)
			found = strtoul(inode, NULL, 10); /* __SO_ACCEPTCON: it listens */
	fclose(file);
	return found;
}

static bool
serves(const char *pid, unsigned long inode)
{
	char path[300], target[64], expected[64];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%s/fd/0", pid);
	snprintf(expected, sizeof(expected), "socket:[%lu]", inode);
	length = readlink(path, target, sizeof(target) - 1);
	if (length < 0)
		return false;
	target[length] = '\0';
	return strcmp(target, expected) == 0;
}

static bool
is_stream(const char *pid)
{
	char path[300], name[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	file = fopen(path, "re");
	if (file == NULL)
		return false;
	if (fgets(name, sizeof(name), file) == NULL)
		name[0] = '\0';
	fclose(file);
	return strcmp(name, "pgbell-stream\n") == 0;
}

static long
read_limit(const char *pid)
{
	char path[300], line[256], hard[32] = "-1";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/limits", pid);
	file = fopen(path, "re");
	if (file == NULL)
		return -1;
	while (fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "Max open files %*s %31s", hard) == 1)
			break;
	fclose(file);
	return strcmp(hard, "unlimited") == 0 ? LONG_MAX : strtol(hard, NULL, 10);
}

static void
check_descriptors(const char *socket_path)
{
	static const struct advice advice = {
		"Each open stream takes one; the streams beyond are refused with 503.",
		"LimitNOFILE=65536 in pgbell-stream.service (ulimit -n), and restart it"
	};
	unsigned long inode = find_inode(socket_path);
	DIR *processes = inode == 0 ? NULL : opendir("/proc");
	struct dirent *entry;
	bool found = false;

	while (processes != NULL && (entry = readdir(processes)) != NULL) {
		long limit;

		if (!is_stream(entry->d_name) || !serves(entry->d_name, inode))
			continue;
		found = true;
		limit = read_limit(entry->d_name);
		if (limit >= 0 && limit < DESCRIPTORS)
			report_add("host.descriptors", VERDICT_WARNING, &advice,
			    "pgbell-stream (pid %s) may have %ld descriptors", entry->d_name,
			    limit);
		else
			report_add("host.descriptors", VERDICT_OK, NULL,
			    "pgbell-stream (pid %s) may have %ld", entry->d_name, limit);
	}
	if (processes != NULL)
		closedir(processes);
	if (!found)
		report_add("host.descriptors", VERDICT_SKIPPED, NULL,
		    "no process of pgbell-stream at %s that %s may look at", socket_path,
		    geteuid() == 0 ? "root" : "this user");
}

void
host_check(const char *given)
{
	char api[PATH_MAX + 16], stream[PATH_MAX + 16], whole[PATH_MAX];
	/* The kernel knows sockets by the whole path. */
	const char *directory = realpath(given, whole) != NULL ? whole : given;

	snprintf(api, sizeof(api), "%s/api.sock", directory);
	snprintf(stream, sizeof(stream), "%s/stream.sock", directory);
	check_socket("host.api_socket", api);
	check_socket("host.stream_socket", stream);
	check_backlog();
	check_descriptors(stream);
}
