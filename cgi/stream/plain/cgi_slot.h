/*
 * Slots: how many streams plain CGI programs may hold at once on this host.
 * Each is a process, and hosts that have nothing but CGI count those.
 */
#ifndef PGBELL_CGI_SLOT_H
#define PGBELL_CGI_SLOT_H

#include <stdbool.h>

/*
 * Take one of count slots, until this process ends.  path is the file that
 * all programs of one user on a host share, made where it is missing; NULL:
 * one in /tmp with the user's number in its name.  False where every slot
 * is taken, or, with a word in the log, where the file is not to be trusted.
 */
bool cgi_slot_take(const char *path, int count) __attribute__((warn_unused_result));

#endif
