/* A queue so short that it is moved up rather than gone round in. */
#include "cgi/stream/database/pipeline.h"

#include <string.h>

const char *
command_name(enum command command)
{
	static const char *const names[COMMANDS] = { "setup", "read", "look", "open", "errands",
		"check", "follows", "trim", "due", "announce", "locate" };

	return names[command];
}

void
pipeline_add(struct pipeline *pipeline, enum command command, int64_t now_us)
{
	if (pipeline->count == 0)
		pipeline->since_us = now_us;
	pipeline->commands[pipeline->count++] = command;
}

enum command
pipeline_first(const struct pipeline *pipeline)
{
	return pipeline->commands[0];
}

void
pipeline_finish(struct pipeline *pipeline, int64_t now_us)
{
	pipeline->count--;
	memmove(pipeline->commands, pipeline->commands + 1,
	    pipeline->count * sizeof(pipeline->commands[0]));
	pipeline->since_us = now_us;
}

void
pipeline_clear(struct pipeline *pipeline)
{
	pipeline->count = 0;
}

bool
pipeline_is_empty(const struct pipeline *pipeline)
{
	return pipeline->count == 0;
}

bool
pipeline_has(const struct pipeline *pipeline, enum command command)
{
	for (size_t i = 0; i < pipeline->count; i++)
		if (pipeline->commands[i] == command)
			return true;
	return false;
}

int64_t
pipeline_wait_us(const struct pipeline *pipeline, int64_t now_us)
{
	return pipeline->count > 0 ? now_us - pipeline->since_us : 0;
}
