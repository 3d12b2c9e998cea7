/*
 * Fuzz JSON from outside.  What is taken must, written out by json-c and read
 * again, be taken once more and be the same: the scan and json-c agree.
 */
#include "common/json.h"

#include <json-c/json.h>
#include <stdint.h>
#include <stdlib.h>

#include "common/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_object *value, *again;
	const char *text;
	int64_t integer;

	if (json_read_text((struct span){ (const char *)data, size }, &value) != JSON_OUTCOME_OK) {
		if (value != NULL)
			abort();
		return 0;
	}
	if (json_integer_of(value, -5, 5, &integer) && (integer < -5 || integer > 5))
		abort();
	text = json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN);
	/* 1e999 is JSON, but what json-c writes for it is not. */
	if (strstr(text, "Infinity") == NULL) {
		if (!http_is_utf8(span_of(text)) ||
		    json_read_text(span_of(text), &again) != JSON_OUTCOME_OK ||
		    json_object_equal(value, again) == 0)
			abort();
		json_object_put(again);
	}
	json_object_put(value);
	return 0;
}
