#include "cgi/stream/wire/topics.h"

#include <string.h>

#include "cgi/stream/parts/decimal.h"
#include "common/http.h"
#include "common/text.h"

/* A number of any length; one that none can have is taken for that. */
static bool
read_number(struct span text, struct topic_after *after)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
	*after = (struct topic_after){ true, TOPICS_NO_NUMBER };
	(void)http_parse_integer(text, 0, INT64_MAX, &after->number);
	return text.len > 0;
}

static size_t
find(const struct topics *topics, struct span name)
{
	size_t i = 0;

	while (i < topics->count && !span_equals(name, topics->of[i].name))
		i++;
	return i;
}

enum topics_result
topics_add(struct topics *topics, struct span named)
{
	struct topic_after after = { false, 0 };
	struct span name = span_cut(&named, '=');

	if ((named.at != NULL && !read_number(named, &after)) || !topic_is_name(name))
		return TOPICS_MALFORMED;
	if (find(topics, name) < topics->count)
		return TOPICS_DOUBLED;
	if (topics->count == TOPICS_MAX)
		return TOPICS_FULL;
	memcpy(topics->of[topics->count].name, name.at, name.len);
	topics->of[topics->count].name[name.len] = '\0';
	topics->of[topics->count++].after = after;
	return TOPICS_ADDED;
}

/* --- last event ids -------------------------------------------------------- */

static bool
read_positions(struct topics *topics, struct span rest)
{
	bool is_id = true;

	while (is_id && rest.len > 0) {
		struct span number = span_cut(&rest, ';'), name = span_cut(&number, '=');
		struct topic_after after;
		size_t i;

		is_id = number.at != NULL && topic_is_name(name) && read_number(number, &after);
		i = is_id ? find(topics, name) : topics->count;
		if (i < topics->count)
			topics->of[i].after = after;
	}
	return is_id;
}

void
topics_read_id(struct topics *topics, struct span id, struct topic_after *person)
{
	const struct topic_after unknown = { true, TOPICS_NO_NUMBER };
	struct span number = span_cut(&id, ';');
	bool is_visitor = number.len == 0 && id.at != NULL;

	*person = (struct topic_after){ false, 0 };
	if ((is_visitor || read_number(number, person)) && read_positions(topics, id))
		return;
	*person = unknown;
	for (size_t i = 0; i < topics->count; i++)
		topics->of[i].after = unknown;
}

bool
topics_next_word(struct span *words, struct span *word)
{
	if (words->len == 0)
		return false;
	*word = span_cut(words, ' ');
	return true;
}

char *
topics_put_name(char *out, const char *name)
{
	size_t length = strlen(name);

	*out++ = ';';
	memcpy(out, name, length);
	out[length] = '=';
	return out + length + 1;
}

/* --- as a text ------------------------------------------------------------- */

char *
topics_format(const struct topics *topics)
{
	char text[TOPICS_ID_BYTES], *at = text;

	if (topics->count == 0)
		return NULL;
	for (size_t i = 0; i < topics->count; i++) {
		size_t length = strlen(topics->of[i].name);

		if (i > 0)
			*at++ = ' ';
		memcpy(at, topics->of[i].name, length);
		at += length;
		if (!topics->of[i].after.is_given)
			continue;
		*at++ = '=';
		at = decimal_put(at, topics->of[i].after.number);
	}
	*at = '\0';
	return text_copy(text);
}
