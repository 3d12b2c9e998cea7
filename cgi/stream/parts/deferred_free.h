/*
 * Memory whose owner is gone, freed between two turns of the event loop, so
 * that no caller further up finds it freed under its feet.
 */
#ifndef PGBELL_DEFERRED_FREE_H
#define PGBELL_DEFERRED_FREE_H

/* Give memory from malloc() away; it stays readable until deferred_free_now(). */
void deferred_free(void *memory);

/* Free all that was given away.  Only the main loop calls this. */
void deferred_free_now(void);

#endif
