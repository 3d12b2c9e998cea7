#include "common/topic.h"

#include <string.h>

bool
topic_is_name(struct span name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];
		bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (!is_letter && !(c >= '0' && c <= '9') &&
		    memchr(TOPIC_MARKS, c, sizeof TOPIC_MARKS - 1) == NULL)
			return false;
	}
	return name.len > 0 && name.len <= TOPIC_BYTES;
}
