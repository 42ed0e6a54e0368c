#include "leaktrap/origin/recorder.h"

#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <string>

#include "leaktrap/origin/descriptor_ledger.h"
#include "leaktrap/origin/recording.h"
#include "leaktrap/system/unseen_calls.h"

namespace leaktrap::internal {
namespace {

std::atomic<const void*> recorder{nullptr};

// The file that the code at `address` was loaded from.
std::string FileOf(const void* address) {
  Dl_info info;
  const bool known = dladdr(address, &info) != 0 && info.dli_fname != nullptr;
  return known ? info.dli_fname : "an unknown file";
}

}  // namespace

void NoteRecorder(const void* function) { recorder.store(function); }

bool RecorderIsLinked() { return recorder.load() != nullptr; }

std::string WhyNotRecorded() {
  if (!RecorderIsLinked()) return "the recorder is not linked in";
  if (GetRecording() == Recording::kOff) return "it was switched off";
  const uint64_t before = LastSequence();
  const int fd = memfd_create("leaktrap-recorder-check", MFD_CLOEXEC);
  if (fd < 0) return "";  // whoever looks for descriptors says more of that
  const bool seen = FindDescriptor(fd).made.sequence != 0;
  close(fd);
  if (seen) return "";
  if (LastSequence() != before) {
    return "there is no memory for its tables, which take 64 MiB of address "
           "space and more (RLIMIT_AS, ulimit -v)";
  }
  return "the recorder stands in " + FileOf(recorder.load()) +
         ", and the program's calls pass it by; link it into the executable "
         "(linkstatic, alwayslink)";
}

}  // namespace leaktrap::internal
