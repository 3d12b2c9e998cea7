/*
 * Written at the start, after the settings have been read and before anything is
 * served: when the file is there, the settings were right.
 */
#include "common/pid_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
pid_file_write(const char *program, const char *path)
{
	FILE *file;

	if (path == NULL)
		return;
	file = fopen(path, "we");
	if (file == NULL || fprintf(file, "%ld\n", (long)getpid()) < 0 || fclose(file) != 0) {
		fprintf(stderr, "%s: cannot write %s: %s\n", program, path, strerror(errno));
		exit(1);
	}
}
