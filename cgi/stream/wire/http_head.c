/*
 * The head is kept as it came until its empty line is there, and then checked
 * once, line by line; looking for a field walks the lines again, for there are
 * few, and each is looked for once.
 */
#include "cgi/stream/wire/http_head.h"

#include <stdlib.h>

#define HEAD_CAPACITY_MIN 1024

/* --- bytes ------------------------------------------------------------------ */

static void
append(struct http_head *head, struct span bytes)
{
	if (head->length + bytes.len > head->capacity) {
		size_t capacity = 2 * (head->length + bytes.len);

		if (capacity < HEAD_CAPACITY_MIN)
			capacity = HEAD_CAPACITY_MIN;
		head->bytes = realloc(head->bytes, capacity);
		if (head->bytes == NULL)
			abort();
		head->capacity = capacity;
	}
	if (bytes.len > 0)
		memcpy(head->bytes + head->length, bytes.at, bytes.len);
	head->length += bytes.len;
}

/* Where the head ends that has grown behind from; 0 where it does not yet. */
static size_t
find_end(const struct http_head *head, size_t from)
{
	size_t start = from > 3 ? from - 3 : 0;
	const char *end = head->length == 0
			      ? NULL
			      : memmem(head->bytes + start, head->length - start, "\r\n\r\n", 4);

	return end == NULL ? 0 : (size_t)(end - head->bytes) + 4;
}

/* --- lines ------------------------------------------------------------------ */

/* Take the next line off the rest, without its end; false behind the last. */
static bool
next_line(struct span *rest, struct span *line)
{
	const char *end = rest->len == 0 ? NULL : memmem(rest->at, rest->len, "\r\n", 2);

	if (end == NULL)
		return false;
	*line = (struct span){ rest->at, (size_t)(end - rest->at) };
	rest->len -= line->len + 2;
	rest->at = end + 2;
	return true;
}

/* A character of a token (RFC 9110 section 5.6.2). */
static bool
is_token_character(char character)
{
	if (character >= '0' && character <= '9')
		return true;
	if ((character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z'))
		return true;
	return character != '\0' && strchr("!#$%&'*+-.^_`|~", character) != NULL;
}

static bool
is_token(struct span in)
{
	for (size_t i = 0; i < in.len; i++)
		if (!is_token_character(in.at[i]))
			return false;
	return in.len > 0;
}

/* Nothing that ends a line or a string, and nothing that a terminal obeys. */
static bool
has_no_controls(struct span in)
{
	for (size_t i = 0; i < in.len; i++)
		if (((unsigned char)in.at[i] < 0x20 && in.at[i] != '\t') || in.at[i] == 0x7f)
			return false;
	return true;
}

static bool
is_target(struct span in)
{
	for (size_t i = 0; i < in.len; i++)
		if ((unsigned char)in.at[i] <= 0x20 || (unsigned char)in.at[i] >= 0x7f)
			return false;
	return in.len > 0;
}

/* name ":" value; no space before the colon, and no line that goes on from the one before. */
static bool
split_field(struct span line, struct span *name, struct span *value)
{
	const char *colon = line.len == 0 ? NULL : memchr(line.at, ':', line.len);

	if (colon == NULL)
		return false;
	*name = (struct span){ line.at, (size_t)(colon - line.at) };
	*value = span_trim((struct span){ colon + 1, line.len - name->len - 1 });
	return is_token(*name) && has_no_controls(*value);
}

/* method SP target SP HTTP/1.minor */
static bool
parse_request_line(struct http_head *head, struct span line)
{
	static const char version[] = "HTTP/1.";
	const size_t version_length = sizeof(version) - 1;
	const char *first = line.len == 0 ? NULL : memchr(line.at, ' ', line.len);
	const char *last = line.len == 0 ? NULL : memrchr(line.at, ' ', line.len);
	struct span tail;

	if (first == NULL || first == last)
		return false;
	head->method = (struct span){ line.at, (size_t)(first - line.at) };
	head->target = (struct span){ first + 1, (size_t)(last - first) - 1 };
	tail = (struct span){ last + 1, line.len - (size_t)(last + 1 - line.at) };
	if (tail.len != version_length + 1 || memcmp(tail.at, version, version_length) != 0 ||
	    tail.at[version_length] < '0' || tail.at[version_length] > '9')
		return false;
	head->minor = (unsigned)(tail.at[version_length] - '0');
	return is_token(head->method) && is_target(head->target);
}

/* The whole head without its empty line. */
static bool
parse(struct http_head *head, size_t end)
{
	struct span rest = { head->bytes, end - 2 }, line, name, value;

	if (!next_line(&rest, &line) || !parse_request_line(head, line))
		return false;
	head->fields = rest;
	while (next_line(&rest, &line))
		if (!split_field(line, &name, &value))
			return false;
	return true;
}

enum http_head_outcome
http_head_feed(struct http_head *head, struct span *input)
{
	size_t before = head->length, room = head->most - before, end;
	struct span taken = { input->at, input->len < room ? input->len : room };

	append(head, taken);
	end = find_end(head, before);
	if (end == 0) {
		input->at += taken.len;
		input->len -= taken.len;
		return head->length == head->most ? HTTP_HEAD_TOO_LONG : HTTP_HEAD_WANTS_MORE;
	}
	head->length = end;
	input->at += end - before;
	input->len -= end - before;
	return parse(head, end) ? HTTP_HEAD_READY : HTTP_HEAD_MALFORMED;
}

/* --- fields ----------------------------------------------------------------- */

bool
http_head_next(struct span *rest, const char *name, struct span *value)
{
	struct span line, found, its_value;

	while (next_line(rest, &line)) {
		if (split_field(line, &found, &its_value) &&
		    span_equals_ignoring_case(found, name)) {
			*value = its_value;
			return true;
		}
	}
	return false;
}

bool
http_head_find(const struct http_head *head, const char *name, struct span *value)
{
	struct span rest = head->fields, second;

	*value = span_of("");
	return !http_head_next(&rest, name, value) || !http_head_next(&rest, name, &second);
}

static bool
list_has(struct span list, const char *word)
{
	while (list.len > 0)
		if (span_equals_ignoring_case(span_trim(span_cut(&list, ',')), word))
			return true;
	return false;
}

bool
http_head_lists(const struct http_head *head, const char *name, const char *word)
{
	struct span rest = head->fields, value;

	while (http_head_next(&rest, name, &value))
		if (list_has(value, word))
			return true;
	return false;
}

void
http_head_clear(struct http_head *head)
{
	free(head->bytes);
	*head = (struct http_head){ .most = head->most };
}
