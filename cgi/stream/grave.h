/*
 * Memory whose owner is gone, freed between two turns of the event loop, so
 * that no caller further up finds it freed under its feet.
 */
#ifndef PGBELL_GRAVE_H
#define PGBELL_GRAVE_H

/* Give memory from malloc() away; it stays readable until the next sweep. */
void grave_bury(void *memory);

/* Free what was buried.  Only the main loop calls this. */
void grave_sweep(void);

#endif
