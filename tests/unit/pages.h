/*
 * Finished pages for tests: each event's data is its own number, so that
 * what a stream was given can be read off.
 */
#ifndef PGBELL_TESTS_PAGES_H
#define PGBELL_TESTS_PAGES_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cgi/stream/events/page.h"

/* A page of count events from first on, each with so many bytes of padding. */
static inline struct page
page_of(int64_t first, size_t count, int32_t unread_count, size_t padding)
{
	struct page page = { 0 };
	char *all = malloc(count * (padding + 32) + 1), *data = all;

	if (all == NULL)
		abort();
	for (size_t i = 0; i < count; i++) {
		int64_t seq = first + (int64_t)i;
		int length = snprintf(data, 32, "%" PRId64, seq);

		memset(data + length, '.', padding);
		if (!page_add_event(&page, seq - 1, seq, "e",
			(struct span){ data, (size_t)length + padding }, unread_count))
			abort();
		data += (size_t)length + padding;
	}
	(void)page_frame(&page, FRAME_RECORDS, true); /* of data that is gone hereafter */
	free(all);
	return page;
}

/*
 * The numbers of the logged events in a stream's content as text, "11 12 13";
 * asserts by ending the program that id and data agree.
 */
static inline const char *
pages_read(const char *content)
{
	static char numbers[65536];
	size_t used = 0;

	numbers[0] = '\0';
	while ((content = strstr(content, "event: e\n")) != NULL) {
		int64_t seq = atoll(content + strlen("event: e\ndata: "));
		const char *end = strstr(content, "\n\n");
		char line[48];

		snprintf(line, sizeof(line), "\nid: %" PRId64, seq);
		if (end == NULL || strncmp(end - strlen(line), line, strlen(line)) != 0 ||
		    used + 24 > sizeof(numbers))
			abort();
		used += (size_t)snprintf(numbers + used, sizeof(numbers) - used, "%s%" PRId64,
		    used == 0 ? "" : " ", seq);
		content++;
	}
	return numbers;
}

#endif
