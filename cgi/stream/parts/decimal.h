/* Numbers in decimal digits, where printf() would take longer than all the rest. */
#ifndef PGBELL_DECIMAL_H
#define PGBELL_DECIMAL_H

#include <stdint.h>

#define DECIMAL_BYTES 19 /* of the largest number */

/* Write a number that is not below 0 at out, without a NUL; returns where it ends. */
char *decimal_put(char *out, int64_t number);

#endif
