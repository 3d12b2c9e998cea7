/*
 * A burst: much that was sent in a short time.  The memory that it took lies about in
 * pieces, between those of streams that stay, and free() alone leaves it with
 * the process.  When the burst is over it goes back; a process that is always busy has a
 * use for it.
 */
#ifndef PGBELL_BURST_H
#define PGBELL_BURST_H

#include <stdint.h>

#define BURST_BYTES 4194304 /* after so much has gone out, memory is given back */

/* All zeroes is none. */
struct burst {
	uint64_t sent_bytes; /* by the process, when memory was last given back */
};

/* Nothing is being sent now; sent_bytes: by the process since it began. */
void burst_settle(struct burst *burst, uint64_t sent_bytes);

#endif
