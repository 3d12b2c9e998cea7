/*
 * The file that says which process a program is (PGBELL_PID_FILE).
 */
#ifndef PGBELL_PID_FILE_H
#define PGBELL_PID_FILE_H

/* Write this process's number to it, NULL is none; where that cannot be, end with a sentence. */
void pid_file_write(const char *program, const char *path);

#endif
