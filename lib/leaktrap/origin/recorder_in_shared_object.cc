// A shared object with a recorder in it, against all advice.

#include <string>

#include "leaktrap/origin/descriptor_ledger.h"
#include "leaktrap/origin/recorder.h"

extern "C" {

__attribute__((visibility("default"))) const char* SharedWhyNotRecorded() {
  static std::string why;
  why = leaktrap::internal::WhyNotRecorded();
  return why.c_str();
}

__attribute__((visibility("default"))) bool SharedIsRecorded(int fd) {
  return leaktrap::internal::FindDescriptor(fd).made.sequence != 0;
}

}  // extern "C"
