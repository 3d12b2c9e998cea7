/*
 * The file that says which process a program is (PGBELL_PID_FILE).
 */
#ifndef PGBELL_PID_FILE_H
#define PGBELL_PID_FILE_H

/* Write this process's id to path; NULL: nothing.  On failure exit(1) with a sentence on standard
 * error. */
void pid_file_write(const char *program, const char *path);

#endif
