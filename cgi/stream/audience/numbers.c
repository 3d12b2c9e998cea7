/* Topics stand in the order in which the stream came to follow them. */
#include "cgi/stream/audience/numbers.h"

#include "cgi/stream/events/tails.h"
#include "cgi/stream/parts/decimal.h"

_Static_assert(TOPICS_ID_BYTES <= TAILS_ID_BYTES, "an id has room in a tail");

size_t
numbers_format_id(const struct numbers *numbers, const struct subscription *at,
    char out[TOPICS_ID_BYTES], size_t *gap)
{
	bool is_of_topic = at != NULL && at != numbers->person;
	char *end = out;

	*gap = 0;
	if (numbers->person->address != NULL && numbers->person != at)
		end = decimal_put(end, numbers->person->seq);
	for (size_t i = 0; i < numbers->count; i++) {
		/* One alone is at, which is at hand, and the list need not be. */
		const struct subscription *follow =
		    numbers->count == 1 && is_of_topic ? at : numbers->follows[i];

		end = topics_put_name(end, address_topic(follow->address));
		if (follow == at)
			*gap = (size_t)(end - out);
		else
			end = decimal_put(end, follow->seq);
	}
	return (size_t)(end - out);
}

void
numbers_list(const struct numbers *numbers, struct message_topic out[TOPICS_MAX])
{
	for (size_t i = 0; i < numbers->count; i++)
		out[i] = (struct message_topic){ address_topic(numbers->follows[i]->address),
			numbers->follows[i]->seq };
}
