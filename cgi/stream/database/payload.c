/* Ids have no white space, so a space says what is none. */
#include "cgi/stream/database/payload.h"

#include <string.h>

bool
payload_next_user(struct span *payload, struct span *user_id)
{
	const char *end;

	if (payload->len == 0 || payload->at[0] == ' ')
		return false;
	end = memchr(payload->at, ' ', payload->len);
	user_id->at = payload->at;
	user_id->len = end == NULL ? payload->len : (size_t)(end - payload->at);
	payload->at += user_id->len;
	payload->len -= user_id->len;
	if (payload->len > 0) { /* the one space between two ids */
		payload->at++;
		payload->len--;
	}
	return true;
}

bool
payload_is_due(struct span word)
{
	return span_equals(word, "\003");
}

bool
payload_is_crowded(struct span payload)
{
	return payload.len > 1 && payload.at[payload.len - 1] == ' ';
}
