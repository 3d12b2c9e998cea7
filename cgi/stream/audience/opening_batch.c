/* Four arrays of one length. */
#include "cgi/stream/audience/opening_batch.h"

void
opening_batch_reset(struct opening_batch *batch)
{
	array_reset(&batch->tokens);
	array_reset(&batch->tickets);
	array_reset(&batch->afters);
	array_reset(&batch->topics);
}

void
opening_batch_clear(struct opening_batch *batch)
{
	array_clear(&batch->tokens);
	array_clear(&batch->tickets);
	array_clear(&batch->afters);
	array_clear(&batch->topics);
}
