/*
 * json-c builds the tree, but takes much that is not JSON (comments, single
 * quotes, NaN, raw control characters, lone surrogates) and keeps the last
 * of two members of one name without a word.  So a scan by the grammar of
 * RFC 8259 goes first.  It builds nothing; it counts the members.  The tree
 * holds fewer exactly when a name was doubled, however it was escaped.
 */
#include "common/json.h"

#include <json-c/json.h>
#include <limits.h>

#include "common/http.h"
#include "common/text.h"

struct scan {
	const char *at;
	const char *end;
	int depth;
	size_t members;
};

static enum json_outcome scan_value(struct scan *scan);

static void
skip_space(struct scan *scan)
{
	while (scan->at < scan->end &&
	       (*scan->at == ' ' || *scan->at == '\t' || *scan->at == '\n' || *scan->at == '\r'))
		scan->at++;
}

static bool
take(struct scan *scan, char c)
{
	if (scan->at == scan->end || *scan->at != c)
		return false;
	scan->at++;
	return true;
}

static bool
take_digits(struct scan *scan)
{
	const char *start = scan->at;

	while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9')
		scan->at++;
	return scan->at > start;
}

static enum json_outcome
scan_word(struct scan *scan, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(scan->end - scan->at) < len || memcmp(scan->at, word, len) != 0)
		return JSON_OUTCOME_MALFORMED;
	scan->at += len;
	return JSON_OUTCOME_OK;
}

static enum json_outcome
scan_number(struct scan *scan)
{
	take(scan, '-');
	if (!take(scan, '0') && !take_digits(scan))
		return JSON_OUTCOME_MALFORMED;
	if (take(scan, '.') && !take_digits(scan))
		return JSON_OUTCOME_MALFORMED;
	if (take(scan, 'e') || take(scan, 'E')) {
		if (!take(scan, '+'))
			take(scan, '-');
		if (!take_digits(scan))
			return JSON_OUTCOME_MALFORMED;
	}
	return JSON_OUTCOME_OK;
}

/* Four hexadecimal digits, or -1. */
static long
take_code_unit(struct scan *scan)
{
	long unit = 0;

	if (scan->end - scan->at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = *scan->at++;
		int digit = c >= '0' && c <= '9'   ? c - '0'
			    : c >= 'a' && c <= 'f' ? c - 'a' + 10
			    : c >= 'A' && c <= 'F' ? c - 'A' + 10
						   : -1;

		if (digit < 0)
			return -1;
		unit = unit * 16 + digit;
	}
	return unit;
}

/* The part of an escape behind its backslash. */
static enum json_outcome
scan_escape(struct scan *scan)
{
	long unit;

	if (scan->at == scan->end)
		return JSON_OUTCOME_MALFORMED;
	if (!take(scan, 'u')) {
		char c = *scan->at++;

		return c != '\0' && strchr("\"\\/bfnrt", c) != NULL ? JSON_OUTCOME_OK
								    : JSON_OUTCOME_MALFORMED;
	}
	if ((unit = take_code_unit(scan)) < 0)
		return JSON_OUTCOME_MALFORMED;
	if (unit == 0 || (unit >= 0xdc00 && unit <= 0xdfff))
		return JSON_OUTCOME_BAD_TEXT;
	if (unit < 0xd800 || unit > 0xdbff)
		return JSON_OUTCOME_OK;
	if (!take(scan, '\\') || !take(scan, 'u'))
		return JSON_OUTCOME_BAD_TEXT;
	if ((unit = take_code_unit(scan)) < 0)
		return JSON_OUTCOME_MALFORMED;
	return unit >= 0xdc00 && unit <= 0xdfff ? JSON_OUTCOME_OK : JSON_OUTCOME_BAD_TEXT;
}

static enum json_outcome
scan_string(struct scan *scan)
{
	enum json_outcome outcome = JSON_OUTCOME_OK;

	if (!take(scan, '"'))
		return JSON_OUTCOME_MALFORMED;
	while (outcome == JSON_OUTCOME_OK) {
		if (scan->at == scan->end || (unsigned char)*scan->at < 0x20)
			return JSON_OUTCOME_MALFORMED;
		if (take(scan, '"'))
			break;
		if (take(scan, '\\'))
			outcome = scan_escape(scan);
		else
			scan->at++;
	}
	return outcome;
}

static enum json_outcome
scan_member(struct scan *scan)
{
	enum json_outcome outcome;

	skip_space(scan);
	outcome = scan_string(scan);
	if (outcome != JSON_OUTCOME_OK)
		return outcome;
	skip_space(scan);
	if (!take(scan, ':'))
		return JSON_OUTCOME_MALFORMED;
	scan->members++;
	return scan_value(scan);
}

/* An array's or an object's items, after its opening bracket. */
static enum json_outcome
scan_items(struct scan *scan, char close, enum json_outcome (*scan_item)(struct scan *))
{
	enum json_outcome outcome;

	if (scan->depth == JSON_DEPTH_MAX)
		return JSON_OUTCOME_TOO_DEEP;
	scan->depth++;
	skip_space(scan);
	if (!take(scan, close)) {
		do {
			outcome = scan_item(scan);
			if (outcome != JSON_OUTCOME_OK)
				return outcome;
			skip_space(scan);
		} while (take(scan, ','));
		if (!take(scan, close))
			return JSON_OUTCOME_MALFORMED;
	}
	scan->depth--;
	return JSON_OUTCOME_OK;
}

static enum json_outcome
scan_value(struct scan *scan)
{
	skip_space(scan);
	if (scan->at == scan->end)
		return JSON_OUTCOME_MALFORMED;
	switch (*scan->at) {
	case '{': scan->at++; return scan_items(scan, '}', scan_member);
	case '[': scan->at++; return scan_items(scan, ']', scan_value);
	case '"': return scan_string(scan);
	case 't': return scan_word(scan, "true");
	case 'f': return scan_word(scan, "false");
	case 'n': return scan_word(scan, "null");
	default: return scan_number(scan);
	}
}

static size_t
count_members(struct json_object *value)
{
	size_t count = 0;

	if (json_object_is_type(value, json_type_object)) {
		json_object_object_foreach(value, name, member)
		{
			(void)name;
			count += 1 + count_members(member);
		}
	} else if (json_object_is_type(value, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(value); i++)
			count += count_members(json_object_array_get_idx(value, i));
	}
	return count;
}

/* Build the tree of a text that the scan has passed. */
static enum json_outcome
build_tree(struct span text, struct json_object **value)
{
	/* json-c counts a scalar in the innermost bracket as one level more. */
	struct json_tokener *tokener = json_tokener_new_ex(JSON_DEPTH_MAX + 2);
	enum json_tokener_error error;

	if (tokener == NULL)
		abort(); /* out of memory */
	*value = json_tokener_parse_ex(tokener, text.at, (int)text.len);
	if (json_tokener_get_error(tokener) == json_tokener_continue)
		*value = json_tokener_parse_ex(tokener, "", 1); /* the end of a bare number */
	error = json_tokener_get_error(tokener);
	json_tokener_free(tokener);
	return error == json_tokener_success ? JSON_OUTCOME_OK : JSON_OUTCOME_MALFORMED;
}

enum json_outcome
json_read_text(struct span text, struct json_object **value)
{
	struct scan scan = { .at = text.at };
	enum json_outcome outcome;

	*value = NULL;
	if (text.len == 0 || text.len > INT_MAX)
		return JSON_OUTCOME_MALFORMED;
	scan.end = text.at + text.len;
	if (!http_is_utf8(text))
		return JSON_OUTCOME_BAD_TEXT;
	outcome = scan_value(&scan);
	if (outcome != JSON_OUTCOME_OK)
		return outcome;
	skip_space(&scan);
	if (scan.at != scan.end)
		return JSON_OUTCOME_MALFORMED;
	outcome = build_tree(text, value);
	if (outcome == JSON_OUTCOME_OK && count_members(*value) != scan.members)
		outcome = JSON_OUTCOME_DOUBLED;
	if (outcome != JSON_OUTCOME_OK) {
		json_object_put(*value);
		*value = NULL;
	}
	return outcome;
}

char *
json_format(struct json_object *value, int how)
{
	char *text = text_copy(json_object_to_json_string_ext(value, how));

	json_object_put(value);
	return text;
}

const char *
json_explain_outcome(enum json_outcome outcome)
{
	switch (outcome) {
	case JSON_OUTCOME_OK: return "The JSON is well-formed.";
	case JSON_OUTCOME_MALFORMED: return "The body is not well-formed JSON.";
	case JSON_OUTCOME_BAD_TEXT:
		return "The body has text in it that is not valid UTF-8, a lone surrogate, or the "
		       "character U+0000.";
	case JSON_OUTCOME_TOO_DEEP: return "The body's arrays and objects are nested too deeply.";
	case JSON_OUTCOME_DOUBLED: return "The body has an object with the same name in it twice.";
	}
	return "The body could not be read.";
}

bool
json_integer_of(struct json_object *value, int64_t minimum, int64_t maximum, int64_t *integer)
{
	int64_t found;

	if (!json_object_is_type(value, json_type_int))
		return false;
	found = json_object_get_int64(value);
	/* json-c clamps: above INT64_MAX it keeps a uint64, below INT64_MIN it keeps that. */
	if (found == INT64_MIN || (found == INT64_MAX && json_object_get_uint64(value) > INT64_MAX))
		return false;
	if (found < minimum || found > maximum)
		return false;
	*integer = found;
	return true;
}
