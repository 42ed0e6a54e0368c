// One descriptor kept in reserve, for the test that uses up all others.
//
// When a test has leaked every descriptor, nothing in /proc can be opened any
// more, and GoogleTest aborts because it cannot open its XML. The reserve is a
// close-on-exec memfd at a high number, out of the tests' way; its slot is
// given up for the time of a look, and before GoogleTest writes.
//
// A test may lower the limit beneath the reserve, use up what is left, and put
// nothing back. Then the soft limit is lifted while the reserve is given up:
// the one thing of the program's that is touched, and only where it could not
// be looked otherwise.

#ifndef LEAKTRAP_PROBE_DESCRIPTOR_RESERVE_H_
#define LEAKTRAP_PROBE_DESCRIPTOR_RESERVE_H_

#include <optional>

#include "leaktrap/resource/identity.h"

namespace leaktrap::internal {

// Process-wide. All functions are for the testing thread alone.

// Takes the reserve if it is not held, and puts back a limit that was lifted to
// give it up. False with errno set if no descriptor is left; the caller may go
// on without.
bool TakeDescriptorReserve();

// Closes the reserve if it is held and still ours. If a test has closed it, and
// the number may now be the user's, it is left alone and no longer held.
// It is kept where the soft limit has been lowered beneath its number: closing
// it would make no slot free, and it could not be taken again. Returns whether
// a slot was made free.
bool GiveUpDescriptorReserve();

// What the reserve would be listed as, if it is held.
std::optional<Identity> DescriptorReserveIdentity();

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PROBE_DESCRIPTOR_RESERVE_H_
