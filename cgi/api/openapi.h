/*
 * The OpenAPI 3.1 document of the table of actions.
 */
#ifndef PGBELL_API_OPENAPI_H
#define PGBELL_API_OPENAPI_H

/* The document as indented JSON text.  The caller frees it. */
char *openapi_format(void);

#endif
