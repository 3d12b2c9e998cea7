/* The last digit comes first. */
#include "cgi/stream/parts/decimal.h"

#include <stddef.h>

char *
decimal_put(char *out, int64_t number)
{
	char digits[DECIMAL_BYTES];
	size_t count = 0;

	do
		digits[count++] = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	while (count > 0)
		*out++ = digits[--count];
	return out;
}
