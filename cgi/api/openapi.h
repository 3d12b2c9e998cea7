/*
 * The OpenAPI 3.1 document of the table of actions.
 */
#ifndef PGBELL_API_OPENAPI_H
#define PGBELL_API_OPENAPI_H

#include <stdbool.h>

/*
 * The document as indented JSON text, with or without the actions of the example
 * application.  The caller frees it.
 */
char *openapi_format(bool has_example);

#endif
