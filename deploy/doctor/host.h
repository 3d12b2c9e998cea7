/* Checks of this host: the programs' sockets, and the limits around them. */
#ifndef PGBELL_DOCTOR_HOST_H
#define PGBELL_DOCTOR_HOST_H

/* directory is where api.sock and stream.sock are. */
void host_check(const char *directory);

#endif
