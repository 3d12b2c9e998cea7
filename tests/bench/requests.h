/*
 * Requests that are ready to be sent, from a file with a request a line: its
 * header's lines with tabs between them.
 */
#ifndef PGBELL_BENCH_REQUESTS_H
#define PGBELL_BENCH_REQUESTS_H

#include <stddef.h>

/*
 * Read at most max of them; gives how many.  Each is the caller's, to be
 * freed with free().  Ends the program if the file cannot be read.
 */
size_t requests_read(const char *path, char **requests, size_t max);

#endif
