/*
 * A slot is a byte of a file, taken by a lock on it (fcntl, also over NFS).
 * The kernel gives it back however the process ends, so nothing has to be
 * counted, cleaned up or believed.  The database could not keep them: locks
 * of a session mean nothing through a pooler, which such hosts are fond of.
 */
#include "cgi/stream/plain/cgi_slot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"

/* Ours alone: in /tmp anybody could have made a file, or a link, of that name first. */
static int
open_file(const char *path)
{
	int descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct stat about;

	if (descriptor < 0) {
		log_error("places_unknown", "file=%s error=%s", log_value(path).text,
		    log_value(strerror(errno)).text);
		return -1;
	}
	if (fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode) && about.st_uid == geteuid() &&
	    (about.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return descriptor;
	log_error(
	    "places_unknown", "file=%s error=\"not a file of ours alone\"", log_value(path).text);
	close(descriptor);
	return -1;
}

bool
cgi_slot_take(const char *path, int count)
{
	char fallback[64];
	int descriptor;

	snprintf(fallback, sizeof(fallback), "/tmp/pgbell-stream.%ld.places", (long)geteuid());
	descriptor = open_file(path != NULL ? path : fallback);
	if (descriptor < 0)
		return false;
	for (int slot = 0; slot < count; slot++) {
		struct flock lock = {
			.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = slot, .l_len = 1
		};

		if (fcntl(descriptor, F_SETLK, &lock) == 0)
			return true; /* the descriptor stays open, and the lock with it */
	}
	close(descriptor);
	return false;
}
