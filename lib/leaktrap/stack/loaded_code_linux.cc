#include <link.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "leaktrap/stack/byte_reader.h"
#include "leaktrap/stack/loaded_code.h"

namespace leaktrap::internal {
namespace {

int AddModule(dl_phdr_info* info, size_t, void* code) {
  LoadedModule module;
  std::vector<ByteRange> executable;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& header = info->dlpi_phdr[i];
    const uintptr_t begin = info->dlpi_addr + header.p_vaddr;
    const ByteRange range{begin, begin + header.p_memsz};
    if (header.p_type == PT_GNU_EH_FRAME) module.unwind_table = range;
    if (header.p_type != PT_LOAD) continue;
    if ((header.p_flags & PF_R) != 0) module.readable.push_back(range);
    if ((header.p_flags & PF_X) != 0) executable.push_back(range);
  }
  static_cast<LoadedCode*>(code)->Add(std::move(module), executable);
  return 0;
}

// What was loaded when the loader had loaded and unloaded so much.
struct Known {
  unsigned long long adds = ~0ULL;  // NOLINT(runtime/int): the loader's own
  unsigned long long subs = 0;      // NOLINT(runtime/int)
  LoadedCode code;
};

// Each thread has its own, since no lock of ours goes with the loader's.
const LoadedCode& CodeLoadedNow(const dl_phdr_info& info) {
  static thread_local Known known;
  if (info.dlpi_adds != known.adds || info.dlpi_subs != known.subs) {
    known.code = LoadedCode();
    dl_iterate_phdr(AddModule, &known.code);
    known.adds = info.dlpi_adds;
    known.subs = info.dlpi_subs;
  }
  return known.code;
}

}  // namespace

void WithLoadedCode(absl::FunctionRef<void(const LoadedCode&)> use) {
  // The loader's lock is held during a visit, and the same thread may take it
  // again: everything happens in the visit to the first module.
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* data) {
        const auto& use =
            *static_cast<absl::FunctionRef<void(const LoadedCode&)>*>(data);
        use(CodeLoadedNow(*info));
        return 1;
      },
      &use);
}

}  // namespace leaktrap::internal
