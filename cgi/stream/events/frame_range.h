/*
 * A range of a frame: the bytes from..to, which in a frame of records are whole
 * ones.  Frames of other forms have no records, and any range of them will do.
 */
#ifndef PGBELL_FRAME_RANGE_H
#define PGBELL_FRAME_RANGE_H

#include "cgi/stream/events/frame.h"

/* The content of a range that is one record, where it stands. */
struct span frame_range_content(const struct frame *frame, size_t from, size_t to);

/*
 * Append the content of a range to another frame, but for its last bytes, less
 * of them.  Here alone to may lie in the middle of a record.
 */
void frame_range_add_to(
    struct frame_builder *builder, const struct frame *frame, size_t from, size_t to, size_t less);

/* A private copy of a range, addressed to another request; one reference. */
struct frame *frame_range_copy_for(
    const struct frame *frame, size_t from, size_t to, uint16_t request_id);

/*
 * A private copy of the first length bytes, in which the record that begins
 * at record ends there; one reference.
 */
struct frame *frame_range_copy_start(const struct frame *frame, size_t record, size_t length);

/*
 * Where to end a write that begins at from, so that it is whole records: as many
 * as most bytes hold, at least one, not beyond to.  Without records: at to.
 */
size_t frame_range_find_cut(const struct frame *frame, size_t from, size_t to, size_t most);

#endif
