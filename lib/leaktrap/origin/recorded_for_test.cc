#include "leaktrap/origin/recorded_for_test.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "leaktrap/origin/descriptor_ledger.h"
#include "leaktrap/stack/capture.h"
#include "leaktrap/system/unseen_calls.h"

namespace leaktrap::internal {
namespace {

uintptr_t after_the_call = 0;

// Where CallMake() goes on when what it called returns.
Undo FindOut() {
  uintptr_t stack[8] = {};
  CaptureStack(nullptr, stack, 8);
  after_the_call = stack[1];
  return nullptr;
}

bool IsInThisExecutable(uintptr_t address) {
  Dl_info here;
  Dl_info there;
  return dladdr(reinterpret_cast<void*>(&FindOut), &here) != 0 &&
         dladdr(reinterpret_cast<void*>(address), &there) != 0 &&
         here.dli_fbase == there.dli_fbase;
}

}  // namespace

__attribute__((noinline)) Undo CallMake(Make make) {
  Undo undo = make();
  asm volatile("" ::: "memory");  // not a tail call
  return undo;
}

bool IsFromMake(const std::vector<uintptr_t>& stack, int most_frames) {
  Make volatile find_out = FindOut;  // no copy of CallMake() for it alone
  CallMake(find_out);
  const auto own = std::find_if(stack.begin(), stack.end(), IsInThisExecutable);
  const auto end =
      own + std::min<ptrdiff_t>(stack.end() - own, most_frames + 1);
  const auto after = std::find(own, end, after_the_call);
  return after != end && after != own;
}

std::set<int> OpenNumbers() {
  std::set<int> numbers;
  for (int fd = 0; fd < 1024; ++fd) {
    if (UnseenFcntl(fd, F_GETFD) != -1) numbers.insert(fd);
  }
  return numbers;
}

std::string CallThatMade(int fd) {
  const DescriptorRecord record = FindDescriptor(fd);
  return record.made.sequence == 0 ? "" : record.made.call;
}

}  // namespace leaktrap::internal
