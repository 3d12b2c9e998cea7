/*
 * What the doctor has found: told as it is found, as text, or at the end, as
 * JSON.
 */
#ifndef PGBELL_REPORT_H
#define PGBELL_REPORT_H

#include <stdbool.h>

enum verdict { VERDICT_OK, VERDICT_SKIPPED, VERDICT_WARNING, VERDICT_FAILURE };

/* Of a warning or a failure: why it matters, and the line that mends it. */
struct advice {
	const char *why;
	const char *change;
};

/* Begin; json: tell everything at the end, as one document. */
void report_begin(bool json);

/*
 * Add the outcome of a check, whose name is "part.noun".  advice is NULL for OK
 * and SKIPPED, whose message says what was seen or why nobody looked.
 */
void report_add(const char *check, enum verdict verdict, const struct advice *advice,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* End; returns the exit status: 0 when all is well, 1 for warnings, 2 for failures. */
int report_end(void);

#endif
