/*
 * A disk on which a flush takes a millisecond more, as those of clouds do: preloaded
 * into PostgreSQL, whose commits end with fdatasync().  It is slow while there is a
 * file of the name in BENCH_SLOW_DISK.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define MORE_NS 1000000

int
fdatasync(int descriptor)
{
	static const struct timespec more = { 0, MORE_NS };
	static int (*flush)(int);
	const char *path = getenv("BENCH_SLOW_DISK");

	if (flush == NULL)
		*(void **)&flush = dlsym(RTLD_NEXT, "fdatasync");
	if (path != NULL && access(path, F_OK) == 0)
		nanosleep(&more, NULL);
	return flush(descriptor);
}
