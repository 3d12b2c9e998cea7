#include "cgi/stream/wire/topics.h"

#include <stdlib.h>
#include <string.h>

#include "cgi/stream/parts/decimal.h"
#include "common/http.h"

/* Take bytes off a text up to the next delimiter, which goes as well; false: there is none. */
static bool
cut(struct span *rest, char delimiter, struct span *before)
{
	const char *at = rest->len == 0 ? NULL : memchr(rest->at, delimiter, rest->len);

	*before = *rest;
	if (at == NULL) {
		*rest = (struct span){ NULL, 0 };
		return false;
	}
	before->len = (size_t)(at - rest->at);
	*rest = (struct span){ at + 1, rest->len - before->len - 1 };
	return true;
}

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
	struct span name;

	if ((cut(&named, '=', &name) && !read_number(named, &after)) || !topic_is_name(name))
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
		struct topic_after after;
		struct span position, name;
		size_t i;

		cut(&rest, ';', &position);
		is_id = cut(&position, '=', &name) && topic_is_name(name) &&
			read_number(position, &after);
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
	struct span number;
	bool has_topics = cut(&id, ';', &number);
	bool is_visitor = number.len == 0 && has_topics;

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
	cut(words, ' ', word);
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
	char *copy;

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
	copy = strdup(text);
	if (copy == NULL)
		abort();
	return copy;
}
