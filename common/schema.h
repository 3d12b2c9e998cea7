/*
 * Whether the program and the schema in its database are of the same release.  An
 * SQL function whose arguments or meaning change gets another signature.  So a
 * program of another release calls a function that is missing, returns other
 * columns, or may not be called.
 */
#ifndef PGBELL_SCHEMA_H
#define PGBELL_SCHEMA_H

#include <stdbool.h>
#include <string.h>

/* A sentence that says what to do, for the log and for /api/health. */
#define SCHEMA_UNFIT                                                                             \
	"the schema pgbell is missing or of another release than this program, " PGBELL_VERSION  \
	": run sql/install.sql of the newest release as the owner of the database, and restart " \
	"programs that are older"

/* Whether an error of a call means so.  Its SQLSTATE: PostgreSQL documentation, appendix A. */
static inline bool
schema_is_unfit(const char *sqlstate)
{
	return strcmp(sqlstate, "3F000") == 0 || /* invalid_schema_name */
	       strcmp(sqlstate, "42703") == 0 || /* undefined_column */
	       strcmp(sqlstate, "42883") == 0 || /* undefined_function */
	       strcmp(sqlstate, "42501") == 0;   /* insufficient_privilege */
}

/* The SQLSTATE of a warning: authenticate() raised for a token.  See identify.sql. */
#define SCHEMA_TOKEN_REFUSED "PB001"

#endif
