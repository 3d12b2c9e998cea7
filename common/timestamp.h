/*
 * Times in text, as RFC 3339 has them, in UTC: "2026-11-23T03:18:05.768Z".
 * Pure.
 */
#ifndef PGBELL_TIMESTAMP_H
#define PGBELL_TIMESTAMP_H

#include <stdint.h>

#define TIMESTAMP_MAX 48 /* bytes, NUL included */

enum timestamp_unit { TIMESTAMP_MS = 3, TIMESTAMP_US = 6 };

/* Write a time in microseconds since 1970 (UTC), with three or six digits of a second. */
void timestamp_format(int64_t us, enum timestamp_unit digits, char out[TIMESTAMP_MAX]);

/* The time now, in microseconds since 1970 (UTC). */
int64_t timestamp_now(void);

#endif
