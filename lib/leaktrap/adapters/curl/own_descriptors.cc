#include "leaktrap/adapters/curl/own_descriptors.h"

#include <dlfcn.h>
#include <link.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <string_view>

#include "leaktrap/adapters/curl/handle_books.h"
#include "leaktrap/origin/descriptor_observer.h"

namespace leaktrap::curl::internal {
namespace {

thread_local uint64_t number_now = 0;
thread_local CallFor::From from_now = CallFor::From::kLibcurl;

// By what libcurl makes its pairs, depending on its age. What it opens beside,
// files of certificates and the like, it closes in the same call.
bool MakesPairs(std::string_view call) {
  return call == "socketpair" || call == "pipe" || call == "pipe2" ||
         call == "eventfd";
}

void Observe(int fd, const char* call, const void* caller) {
  const uint64_t number = number_now;
  if (number == 0 || !MakesPairs(call)) return;
  if (from_now == CallFor::From::kLibcurl && !IsLibcurls(caller)) return;
  const int saved_errno = errno;
  number_now = 0;
  HandleBooks::Get().AddOwn(number, fd);
  number_now = number;
  errno = saved_errno;
}

struct Module {
  uintptr_t inside = 0;  // an address in it
  uintptr_t begin = 0;
  uintptr_t end = 0;
};

int FindModule(dl_phdr_info* info, size_t, void* data) {
  auto* const module = static_cast<Module*>(data);
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0) continue;
    const uintptr_t begin = info->dlpi_addr + segment.p_vaddr;
    if (module->inside - begin < segment.p_memsz) {
      module->begin = begin;
      module->end = begin + segment.p_memsz;
      return 1;
    }
  }
  return 0;
}

Module Libcurl() {
  Module module;
  void* const function = dlsym(RTLD_NEXT, "curl_easy_init");
  if (function == nullptr) return module;
  module.inside = reinterpret_cast<uintptr_t>(function);
  dl_iterate_phdr(FindModule, &module);
  return module;
}

}  // namespace

CallFor::CallFor(uint64_t number, From from)
    : outer_number_(number_now), outer_from_(from_now) {
  leaktrap::internal::descriptor_observer.store(Observe,
                                                std::memory_order_release);
  number_now = number;
  from_now = from;
}

CallFor::~CallFor() {
  number_now = outer_number_;
  from_now = outer_from_;
}

bool IsLibcurls(const void* address) {
  static const Module libcurl = Libcurl();
  const auto at = reinterpret_cast<uintptr_t>(address);
  return at >= libcurl.begin && at < libcurl.end;
}

}  // namespace leaktrap::curl::internal
