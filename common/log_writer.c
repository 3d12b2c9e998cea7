/*
 * Other processes share the open file behind standard error, so it cannot be made
 * non-blocking.  A pipe can be opened a second time, and a socket has a flag for
 * each call.  For anything else, such as a terminal or a pipe that may not be
 * opened again (another user's), poll() says first whether a line can be written.
 * Only there may a write block: when another process was faster.
 *
 * Lines are written whole where the kernel allows it: a pipe takes PIPE_BUF bytes
 * at once or none of them.
 */
#include "common/log_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum way { WAY_WAIT, WAY_ASK, WAY_FILE, WAY_PIPE, WAY_SOCKET };

static struct {
	enum way way;
	int descriptor;          /* another than standard error's: a pipe's that was opened anew */
	char *kept;              /* owned; NULL where nothing is */
	size_t from, to;         /* in it, what is */
	uint64_t lost, reported; /* lines left out, and how many of them were logged */
} writer;

static int
find_descriptor(void)
{
	return writer.way == WAY_PIPE ? writer.descriptor : STDERR_FILENO;
}

void
log_writer_never_wait(void)
{
	struct stat about;

	writer.way = WAY_ASK;
	if (fstat(STDERR_FILENO, &about) != 0)
		return;
	if (S_ISREG(about.st_mode)) {
		writer.way = WAY_FILE;
	} else if (S_ISSOCK(about.st_mode)) {
		writer.way = WAY_SOCKET;
	} else if (S_ISFIFO(about.st_mode)) {
		writer.descriptor =
		    open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
		if (writer.descriptor >= 0)
			writer.way = WAY_PIPE;
	}
}

/* Wait for a slow reader; for a stuck one only once. */
static bool
has_room(void)
{
	struct pollfd end = { .fd = STDERR_FILENO, .events = POLLOUT };
	bool may_wait = writer.way == WAY_WAIT && writer.lost == writer.reported;

	return poll(&end, 1, may_wait ? LOG_WRITER_WAIT_MS : 0) > 0;
}

/* Write some of these bytes; 0: not now; below: never. */
static ssize_t
write_some(const char *bytes, size_t length)
{
	ssize_t written;

	if (writer.way == WAY_SOCKET)
		written = send(STDERR_FILENO, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
	else if (writer.way == WAY_PIPE || writer.way == WAY_FILE || has_room())
		written = write(find_descriptor(), bytes, length);
	else
		return 0;
	return written < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : written;
}

static bool
keep(const char *bytes, size_t length)
{
	if (writer.way == WAY_WAIT)
		return false;
	if (writer.kept == NULL) {
		writer.kept = malloc(LOG_WRITER_KEPT_MAX);
		if (writer.kept == NULL)
			return false;
	}
	if (length > LOG_WRITER_KEPT_MAX - writer.to) {
		memmove(writer.kept, writer.kept + writer.from, writer.to - writer.from);
		writer.to -= writer.from;
		writer.from = 0;
	}
	if (length > LOG_WRITER_KEPT_MAX - writer.to)
		return false;
	memcpy(writer.kept + writer.to, bytes, length);
	writer.to += length;
	return true;
}

bool
log_writer_add(const char *line, size_t length)
{
	ssize_t written = 0;

	if (writer.from == writer.to)
		written = write_some(line, length);
	if (written >= 0 && (size_t)written < length &&
	    keep(line + written, length - (size_t)written))
		return true;
	if (written >= 0 && (size_t)written == length)
		return true;
	writer.lost++;
	return false;
}

bool
log_writer_is_waiting(void)
{
	return writer.from < writer.to;
}

int
log_writer_descriptor(void)
{
	return find_descriptor();
}

/* As many whole lines as go out at once; of a line that is longer, or was begun, what there is. */
static size_t
measure_lines(void)
{
	size_t length = writer.to - writer.from;
	const char *end;

	if (length > PIPE_BUF)
		length = PIPE_BUF;
	end = memrchr(writer.kept + writer.from, '\n', length);
	return end == NULL ? length : (size_t)(end + 1 - (writer.kept + writer.from));
}

void
log_writer_flush(void)
{
	while (writer.from < writer.to) {
		ssize_t written = write_some(writer.kept + writer.from, measure_lines());

		if (written == 0)
			return;
		if (written < 0) { /* nobody will ever read it */
			writer.lost++;
			written = (ssize_t)measure_lines();
		}
		writer.from += (size_t)written;
	}
	free(writer.kept);
	writer.kept = NULL;
	writer.from = writer.to = 0;
}

void
log_writer_finish(int wait_ms)
{
	struct pollfd end = { .fd = find_descriptor(), .events = POLLOUT };

	log_writer_flush();
	for (; log_writer_is_waiting() && wait_ms > 0; wait_ms -= 10) {
		(void)poll(&end, 1, 10);
		log_writer_flush();
	}
}

uint64_t
log_writer_lost(void)
{
	return writer.lost;
}

uint64_t
log_writer_take_lost(void)
{
	uint64_t lost = writer.lost - writer.reported;

	if (writer.to - writer.from > LOG_WRITER_KEPT_MAX - PIPE_BUF)
		return 0; /* the line that reports them would be left out too */
	writer.reported = writer.lost;
	return lost;
}

void
log_writer_return_lost(uint64_t lost)
{
	writer.reported -= lost;
}
