/* Two arrays of one length. */
#include "cgi/stream/audience/hub_batch.h"

void
hub_batch_reset(struct hub_batch *batch)
{
	array_reset(&batch->ids);
	array_reset(&batch->known);
}

void
hub_batch_clear(struct hub_batch *batch)
{
	array_clear(&batch->ids);
	array_clear(&batch->known);
}
