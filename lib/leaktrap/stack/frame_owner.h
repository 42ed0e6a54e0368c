// Whose code a frame is.

#ifndef LEAKTRAP_STACK_FRAME_OWNER_H_
#define LEAKTRAP_STACK_FRAME_OWNER_H_

#include "leaktrap/stack/frame.h"

namespace leaktrap::internal {

enum class FrameOwner {
  kLeaktrap,
  kGoogleTest,
  // The C and C++ libraries, the loader, the compiler's and the sanitizers'
  // runtimes.
  kRuntime,
  // Other libraries that the system has installed.
  kSystem,
  // Code that the build fetched from elsewhere (Bazel's external/).
  kThirdParty,
  kUser,
};

// By the file if it is known, since an inlined function may have lost its
// namespace, else by the function's name and the module.
FrameOwner OwnerOf(const Frame& frame);

// Whether the frame is GoogleTest's running a test, a suite or an environment:
// what lies further out is the same in every test.
bool IsTestRunner(const Frame& frame);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_FRAME_OWNER_H_
