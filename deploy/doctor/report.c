/* One list for the JSON document, nothing but the worst verdict for the text. */
#include "deploy/doctor/report.h"

#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define MESSAGE_MAX 1024

static struct json_object *document; /* NULL: text */
static enum verdict worst;
static int counts[4];

static const char *const words[] = { "ok", "skipped", "warning", "failure" };
static const char *const marks[] = { "ok      ", "skipped ", "WARNING ", "FAILURE " };

void
report_begin(bool json)
{
	document = json ? json_object_new_array() : NULL;
	worst = VERDICT_OK;
}

static void
print(const char *check, enum verdict verdict, const struct advice *advice, const char *message)
{
	printf("%s %-20s %s\n", marks[verdict], check, message);
	if (advice != NULL)
		printf("         why:    %s\n         change: %s\n", advice->why, advice->change);
	fflush(stdout);
}

static void
keep(const char *check, enum verdict verdict, const struct advice *advice, const char *message)
{
	struct json_object *finding = json_object_new_object();

	json_object_object_add(finding, "check", json_object_new_string(check));
	json_object_object_add(finding, "verdict", json_object_new_string(words[verdict]));
	json_object_object_add(finding, "message", json_object_new_string(message));
	if (advice != NULL) {
		json_object_object_add(finding, "why", json_object_new_string(advice->why));
		json_object_object_add(finding, "change", json_object_new_string(advice->change));
	}
	json_object_array_add(document, finding);
}

void
report_add(
    const char *check, enum verdict verdict, const struct advice *advice, const char *format, ...)
{
	char message[MESSAGE_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	for (char *at = message; *at != '\0'; at++) /* libpq's messages have several lines */
		if (*at == '\n' || *at == '\t')
			*at = at[1] == '\0' ? '\0' : ' ';
	counts[verdict]++;
	if (verdict > worst)
		worst = verdict;
	if (document == NULL)
		print(check, verdict, advice, message);
	else
		keep(check, verdict, advice, message);
}

int
report_end(void)
{
	if (document == NULL) {
		printf("%d ok, %d skipped, %d warnings, %d failures\n", counts[VERDICT_OK],
		    counts[VERDICT_SKIPPED], counts[VERDICT_WARNING], counts[VERDICT_FAILURE]);
	} else {
		struct json_object *whole = json_object_new_object();

		json_object_object_add(whole, "verdict", json_object_new_string(words[worst]));
		json_object_object_add(whole, "findings", document);
		puts(json_object_to_json_string_ext(
		    whole, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
		json_object_put(whole);
	}
	return worst == VERDICT_FAILURE ? 2 : worst == VERDICT_WARNING ? 1 : 0;
}
