/* A tab becomes the end of a line, the end of a line that of the header. */
#include "tests/bench/requests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *
make_request(const char *line, size_t length)
{
	char *request = malloc(2 * length + 5), *out = request;

	if (request == NULL)
		abort(); /* out of memory */
	for (size_t i = 0; i < length; i++) {
		if (line[i] == '\t')
			*out++ = '\r';
		*out++ = line[i] == '\t' ? '\n' : line[i];
	}
	memcpy(out, "\r\n\r\n", 5);
	return request;
}

size_t
requests_read(const char *path, char **requests, size_t max)
{
	FILE *in = fopen(path, "r");
	size_t capacity = 0, count = 0;
	char *line = NULL;
	ssize_t length;

	if (in == NULL) {
		perror(path);
		exit(1);
	}
	while (count < max && (length = getline(&line, &capacity, in)) > 0)
		requests[count++] = make_request(line, (size_t)length - (line[length - 1] == '\n'));
	free(line);
	fclose(in);
	return count;
}
