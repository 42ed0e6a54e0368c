// What the recorder does before main.

#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "leaktrap/origin/checkout_record.h"
#include "leaktrap/origin/descriptor_ledger.h"
#include "leaktrap/origin/next_function.h"
#include "leaktrap/origin/recorder.h"
#include "leaktrap/origin/recording.h"
#include "leaktrap/origin/thread_ledger.h"
#include "leaktrap/pool/checkout.h"
#include "leaktrap/system/unseen_calls.h"

namespace leaktrap::internal {
namespace {

// Where the kernel does not tell how many descriptors there are (before 6.2).
constexpr int kFewestAsked = 1024;
constexpr int kMostAsked = 1 << 16;

void RecordInheritedDescriptors() {
  struct stat status;
  const bool known = stat("/proc/self/fd", &status) == 0 && status.st_size > 0;
  int left = known ? static_cast<int>(status.st_size) : kFewestAsked;
  const int end = known ? kMostAsked : kFewestAsked;
  for (int fd = 0; fd < end && left > 0; ++fd) {
    if (UnseenFcntl(fd, F_GETFD) == -1) continue;
    RecordInherited(fd);
    --left;
  }
}

void AfterFork() {
  AdoptProcess();
  ForgetOtherThreads();
}

// Other words are the flags' business; by then some calls have been made.
bool IsSwitchedOff() {
  const char* const value = getenv("LEAKTRAP_RECORD");
  return value != nullptr && std::strcmp(value, "off") == 0;
}

[[maybe_unused]] const bool kStarted = [] {
  NoteRecorder(reinterpret_cast<const void*>(&AfterFork));
  if (IsSwitchedOff()) {
    SetRecording(Recording::kOff);
    return true;
  }
  SetCheckoutRecorder(MakeCheckout);
  ShowRecordsToLeakSanitizer();
  pthread_atfork(nullptr, nullptr, AfterFork);
  RecordInheritedDescriptors();
  return true;
}();

}  // namespace

void DieForWantOf(const char* name) {
  const char* const texts[] = {
      "Leaktrap: the recorder finds no ", name,
      "() of the C library's behind its own; link //testing:leaktrap without "
      "the recorder.\n"};
  for (const char* text : texts) {
    if (UnseenWrite(STDERR_FILENO, text, std::strlen(text)) < 0) break;
  }
  abort();
}

}  // namespace leaktrap::internal
