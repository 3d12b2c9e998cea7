/*
 * Who asks: the tokens that a request has shown, as the database is told them.
 */
#ifndef PGBELL_API_IDENTITY_H
#define PGBELL_API_IDENTITY_H

#include <stdbool.h>

#include "cgi/api/executor.h"
#include "common/config.h"
#include "common/credentials.h"

/*
 * The tokens, one or several with a space between, in the form that is sent to the
 * database (PGBELL_TOKENS): out, or NULL where nothing is left to be sent.
 */
const char *identity_format(
    const char *tokens, const struct config *config, char out[CREDENTIALS_LIST_MAX]);

/* Whether the database says that what identity_format() gave is nobody's. */
bool identity_is_refused(struct executor *executor, const char *identity);

/*
 * Which of the tokens the database takes: the first one that is somebody's.  One alone
 * is taken for that without asking.  False, and nothing is written, where there is none.
 */
bool identity_choose(struct executor *executor, const struct config *config, const char *tokens,
    char token[CREDENTIALS_TOKEN_MAX + 1]) __attribute__((warn_unused_result));

#endif
