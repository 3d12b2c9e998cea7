/*
 * The environment of a program as a vector of NAME=value, NULL-terminated (environ(7)).
 */
#ifndef PGBELL_ENVIRONMENT_H
#define PGBELL_ENVIRONMENT_H

/* The value of a variable, which is borrowed; "" where it is not set. */
const char *environment_find(char *const environment[], const char *name);

#endif
