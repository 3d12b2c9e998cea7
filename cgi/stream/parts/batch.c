/* Arrays that a batch has no use for stay empty, and cost nothing. */
#include "cgi/stream/parts/batch.h"

void
batch_format(struct batch *batch, size_t count, const char *values[])
{
	for (size_t i = 0; i < count; i++)
		values[i] = array_format(&batch->arrays[i]);
}

void
batch_reset(struct batch *batch)
{
	for (size_t i = 0; i < BATCH_ARRAYS_MAX; i++)
		array_reset(&batch->arrays[i]);
}

void
batch_clear(struct batch *batch)
{
	for (size_t i = 0; i < BATCH_ARRAYS_MAX; i++)
		array_clear(&batch->arrays[i]);
}
