/*
 * Every text element is quoted, so only the quote and the backslash need
 * care and the word NULL is never mistaken.
 */
#include "cgi/stream/parts/array.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/timestamp.h"

static void
reserve(struct array *array, size_t more)
{
	size_t needed = array->length + more;

	if (needed <= array->capacity)
		return;
	array->capacity = 2 * needed;
	array->text = realloc(array->text, array->capacity);
	if (array->text == NULL)
		abort();
}

static void
start_element(struct array *array, size_t most)
{
	reserve(array, most + 2);
	array->text[array->length] = array->length == 0 ? '{' : ',';
	array->length++;
}

void
array_add_text(struct array *array, const char *string)
{
	if (string == NULL) {
		array_add_null(array);
		return;
	}
	start_element(array, 2 * strlen(string) + 2);
	array->text[array->length++] = '"';
	for (; *string != '\0'; string++) {
		if (*string == '"' || *string == '\\')
			array->text[array->length++] = '\\';
		array->text[array->length++] = *string;
	}
	array->text[array->length++] = '"';
}

void
array_add_integer(struct array *array, int64_t number)
{
	start_element(array, 24);
	array->length += (size_t)snprintf(array->text + array->length, 24, "%" PRId64, number);
}

void
array_add_time(struct array *array, int64_t us)
{
	char stamp[TIMESTAMP_MAX];

	if (us == INT64_MAX) {
		array_add_null(array);
		return;
	}
	timestamp_format(us, TIMESTAMP_US, stamp);
	array_add_text(array, stamp);
}

void
array_add_null(struct array *array)
{
	start_element(array, 4);
	memcpy(array->text + array->length, "NULL", 4);
	array->length += 4;
}

const char *
array_format(struct array *array)
{
	if (array->length == 0)
		return "{}";
	reserve(array, 2);
	memcpy(array->text + array->length, "}", 2);
	return array->text;
}

void
array_reset(struct array *array)
{
	array->length = 0;
}

void
array_clear(struct array *array)
{
	free(array->text);
	*array = (struct array){ 0 };
}
