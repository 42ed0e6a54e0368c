// GoogleTest's events, handed on to the trap.

#ifndef LEAKTRAP_LISTENER_H_
#define LEAKTRAP_LISTENER_H_

namespace leaktrap::internal {

// Appends the listener to GoogleTest's, the first time it is called.
//
// It is called by a static initialiser, so that it comes before the users' own
// listeners: GoogleTest calls them in reverse order when a test ends, and what
// they release then is released before the trap looks.
void AppendListenerOnce();

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_LISTENER_H_
