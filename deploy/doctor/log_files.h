/* The web server's logs: whether a token that was just shown to it stands in them. */
#ifndef PGBELL_DOCTOR_LOG_FILES_H
#define PGBELL_DOCTOR_LOG_FILES_H

#include <stddef.h>

struct log_files;

/* Remember where these files, or with none the usual ones, end now. */
struct log_files *log_files_open(const char *const paths[], size_t count);

/* Look for token in what has been written since, and report. */
void log_files_report(const struct log_files *files, const char *token);

void log_files_close(struct log_files *files);

#endif
