/*
 * A socket is made beside its path and moved there when it listens, so that no moment is without
 * one where a predecessor is about to leave.
 */
#include "cgi/stream/wire/listen_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/environment.h"
#include "common/http.h"

#define FIRST_HANDED_OVER 3 /* SD_LISTEN_FDS_START */
#define MODE 0660

static bool
fail(char *message, size_t capacity, const char *what, const char *why)
{
	snprintf(message, capacity, "PGBELL_WEBSOCKET: %s: %s", what, why);
	return false;
}

/* Make a listening descriptor one of ours. */
static bool
adopt(struct listen_socket *listening, int descriptor)
{
	int is_listening = 0;
	socklen_t length = sizeof(is_listening);

	if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &length) != 0 ||
	    !is_listening || fcntl(descriptor, F_SETFL, O_NONBLOCK) != 0 ||
	    fcntl(descriptor, F_SETFD, FD_CLOEXEC) != 0)
		return false;
	listening->descriptor = descriptor;
	return true;
}

/* --- handed over ------------------------------------------------------------ */

/* Which of some names with a colon between is ours, from 0; -1: none. */
static int
find_name(const char *names)
{
	struct span left = span_of(names);

	for (int i = 0; left.len > 0; i++)
		if (span_equals(span_cut(&left, ':'), LISTEN_SOCKET_NAME))
			return i;
	return -1;
}

static bool
take_from_manager(
    struct listen_socket *listening, char *const environment[], char *message, size_t capacity)
{
	int which = find_name(environment_find(environment, "LISTEN_FDNAMES"));
	int64_t pid, count;

	if (which < 0 ||
	    !http_parse_integer(
		span_of(environment_find(environment, "LISTEN_PID")), 1, INT32_MAX, &pid) ||
	    !http_parse_integer(
		span_of(environment_find(environment, "LISTEN_FDS")), which + 1, 1024, &count) ||
	    pid != getpid())
		return true; /* nothing for us */
	return adopt(listening, FIRST_HANDED_OVER + which) ||
	       fail(message, capacity, LISTEN_SOCKET_NAME,
		   "what systemd hands over is no listening socket");
}

static bool
take_descriptor(struct listen_socket *listening, const char *number, char *message, size_t capacity)
{
	int64_t descriptor;

	return (http_parse_integer(span_of(number), FIRST_HANDED_OVER, 1024, &descriptor) &&
		   adopt(listening, (int)descriptor)) ||
	       fail(message, capacity, number, "no listening socket has this number");
}

/* --- made -------------------------------------------------------------------- */

static bool
listen_at(int descriptor, struct sockaddr_un *address)
{
	(void)unlink(address->sun_path);
	return bind(descriptor, (struct sockaddr *)address, sizeof(*address)) == 0 &&
	       chmod(address->sun_path, MODE) == 0 &&
	       listen(descriptor, LISTEN_SOCKET_BACKLOG) == 0;
}

/* Whether something may be put there: a socket, or nothing. */
static bool
is_free(const char *path)
{
	struct stat about;

	if (lstat(path, &about) != 0)
		return errno == ENOENT;
	if (!S_ISSOCK(about.st_mode))
		errno = EEXIST;
	return S_ISSOCK(about.st_mode);
}

static bool
make(struct listen_socket *listening, const char *path, char *message, size_t capacity)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int descriptor, length = snprintf(address.sun_path, sizeof(address.sun_path), "%s.%ld",
			    path, (long)getpid());
	struct stat about;

	if (length < 0 || (size_t)length >= sizeof(address.sun_path))
		return fail(message, capacity, path, "the path is too long for a socket");
	descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (descriptor < 0)
		return fail(message, capacity, path, strerror(errno));
	if (!is_free(path) || !listen_at(descriptor, &address) ||
	    stat(address.sun_path, &about) != 0 || rename(address.sun_path, path) != 0) {
		fail(message, capacity, path, strerror(errno));
		(void)unlink(address.sun_path);
		close(descriptor);
		return false;
	}
	listening->path = path;
	listening->device = about.st_dev;
	listening->inode = about.st_ino;
	return adopt(listening, descriptor);
}

bool
listen_socket_open(struct listen_socket *listening, const char *setting, char *const environment[],
    char *message, size_t capacity)
{
	*listening = (struct listen_socket){ .descriptor = -1 };
	if (setting == NULL)
		return take_from_manager(listening, environment, message, capacity);
	if (strncmp(setting, "fd:", 3) == 0)
		return take_descriptor(listening, setting + 3, message, capacity);
	return make(listening, setting, message, capacity);
}

void
listen_socket_close(struct listen_socket *listening)
{
	struct stat about;

	if (listening->descriptor < 0)
		return;
	if (listening->path != NULL && stat(listening->path, &about) == 0 &&
	    about.st_dev == listening->device && about.st_ino == listening->inode)
		(void)unlink(listening->path);
	close(listening->descriptor);
	listening->descriptor = -1;
}
