/* Fuzz a doorbell's payload: ids in order, none empty or with a space, and an end to it. */
#include "cgi/stream/database/payload.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span payload = { (const char *)data, size }, user_id;
	const char *read_to = payload.at;
	size_t ids = 0;

	while (payload_next_user(&payload, &user_id)) {
		if (user_id.len == 0 || memchr(user_id.at, ' ', user_id.len) != NULL)
			abort();
		if (user_id.at != read_to || ++ids > size)
			abort();
		read_to = user_id.at + user_id.len + 1;
	}
	if (payload.len > size)
		abort();
	return 0;
}
