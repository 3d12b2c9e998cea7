/*
 * The OpenAPI 3.1 document of the table of actions.
 */
#ifndef PGBELL_API_OPENAPI_H
#define PGBELL_API_OPENAPI_H

#include <stdbool.h>

/*
 * Make the document, as indented JSON text; has_example: with the actions of the
 * example application.  The caller frees it.  Out of memory ends the process.
 */
char *openapi_format(bool has_example);

#endif
