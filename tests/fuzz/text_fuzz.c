/*
 * Fuzz text on its way out.  Whatever a user's id, a notification or a
 * message of the database holds, it stays one value of a line of the log, one
 * element of an array for the database, and the data of one event.
 */
#include <json-c/json.h>
#include <stdlib.h>

#include "cgi/stream/events/sse.h"
#include "cgi/stream/parts/array.h"
#include "common/http.h"
#include "common/json.h"
#include "common/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
expect(bool holds)
{
	if (!holds)
		abort();
}

/* A word that no reader could take for two, or a JSON string of one line. */
static void
check_log(const char *text)
{
	struct log_value value = log_value(text);
	size_t length = strlen(value.text);
	struct json_object *read;

	expect(length > 0 && length < sizeof(value.text));
	for (size_t i = 0; i < length; i++)
		expect((unsigned char)value.text[i] >= 0x20 && value.text[i] != 0x7f);
	if (value.text[0] != '"') {
		expect(strcmp(value.text, text) == 0 && strpbrk(text, " =\"\\") == NULL);
		return;
	}
	if (strlen(text) > LOG_VALUE_MAX / 8 || !http_is_utf8(span_of(text)))
		return; /* it may be cut, or is no text */
	expect(json_read_text(span_of(value.text), &read) == JSON_OUTCOME_OK);
	length = (size_t)json_object_get_string_len(read);
	expect(memcmp(json_object_get_string(read), text, length) == 0);
	expect(text[length + strspn(text + length, "\r\n")] == '\0');
	json_object_put(read);
}

/* Reads an element as PostgreSQL does; returns what follows it. */
static const char *
check_element(const char *at, const char *text)
{
	expect(*at++ == '"');
	for (; *at != '"'; at++, text++) {
		if (*at == '\\')
			at++;
		expect(*at != '\0' && *at == *text);
	}
	expect(*text == '\0');
	return at + 1;
}

static void
check_array(const char *text)
{
	struct array array = { 0 };
	const char *at;

	array_add_text(&array, text);
	array_add_integer(&array, -7);
	array_add_text(&array, text);
	at = array_format(&array);
	expect(*at++ == '{');
	at = check_element(at, text);
	expect(strncmp(at, ",-7,", 4) == 0);
	at = check_element(at + 4, text);
	expect(strcmp(at, "}") == 0);
	array_clear(&array);
}

/* Every line is one of the event's own fields, the id the last, and only the last line is empty. */
static void
check_event(struct span data)
{
	static const char head[] = "event: test\n", tail[] = "\nid: 7\n\n";
	size_t length = sse_format_event(NULL, 0, 7, "test", data);
	size_t end = length - strlen(tail);
	char *out = malloc(length + 1), *line, *rest;

	expect(out != NULL && sse_format_event(out, length, 7, "test", data) == length);
	out[length] = '\0';
	expect(strlen(out) == length && strncmp(out, head, strlen(head)) == 0);
	expect(strchr(out, '\r') == NULL && strcmp(out + end, tail) == 0);
	out[end] = '\0';
	rest = out + strlen(head);
	while ((line = strsep(&rest, "\n")) != NULL)
		expect(strncmp(line, "data: ", 6) == 0);
	free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (text == NULL)
		abort();
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	check_log(text);
	check_array(text);
	check_event(span_of(text));
	free(text);
	return 0;
}
