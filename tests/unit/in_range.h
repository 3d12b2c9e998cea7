/*
 * assert_int_in_range() of cmocka 2, for cmocka 1 too, which has assert_in_range() only,
 * which cmocka 2 calls deprecated.  (Its assert_uint_in_range() casts to a signed type, and
 * so does not compile with our warnings.)  To be included behind cmocka.h.
 */
#ifndef PGBELL_TESTS_IN_RANGE_H
#define PGBELL_TESTS_IN_RANGE_H

#ifndef assert_int_in_range
#define assert_int_in_range(value, minimum, maximum) assert_in_range(value, minimum, maximum)
#endif

#endif
