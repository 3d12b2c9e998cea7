/*
 * A program asked for its health at its own socket, as a web server would (FastCGI
 * Specification 1.0): whether anybody answers there, whatever the web server does.
 */
#ifndef PGBELL_DOCTOR_PROGRAM_H
#define PGBELL_DOCTOR_PROGRAM_H

/*
 * GET /api/health at the unix socket at path.  Gives the status of the answer, 0 when
 * none came within timeout_ms, -1 when the answer is none of FastCGI's.
 */
int program_ask_health(const char *path, int timeout_ms);

#endif
