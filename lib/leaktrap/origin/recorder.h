// Whether the recorder is part of this program, and does its work.
//
// The recorder is a set of definitions, in the test's executable, of the calls
// that create and release (interpose_*.cc), in front of the C library's. It is
// linked in by //testing:main, //testing:auto and by
// //lib/leaktrap/origin:recorder itself. A program without it is checked as
// well; its leaks have no maker.
//
// In the executable, however that is built; of a program that is linked with
// -static too. A recorder in a shared object works where that is linked, and
// does nothing but say so where it is loaded by dlopen(3) or cannot be reached.
// Under a sanitizer it must not stand in a shared object: the sanitizer's
// functions would call ours, and ours the sanitizer's, without an end. A plugin
// is recorded, but for one that is loaded with RTLD_DEEPBIND, whose calls do
// not come by.

#ifndef LEAKTRAP_ORIGIN_RECORDER_H_
#define LEAKTRAP_ORIGIN_RECORDER_H_

#include <string>

namespace leaktrap::internal {

bool RecorderIsLinked();

// Why calls are not recorded although the recorder is linked in: one line;
// empty if they are. Makes a descriptor and closes it again, to see.
std::string WhyNotRecorded();

// By the recorder, once: `function` stands in the same file as its definitions.
void NoteRecorder(const void* function);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_ORIGIN_RECORDER_H_
