#include <link.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "leaktrap/stack/module_map.h"

namespace leaktrap::internal {
namespace {

// The executable has no name in the loader's list. A deleted one can still be
// opened by the second path, by our children too.
std::string ExecutablePath() {
  std::string path;
  for (size_t room = 256;; room *= 2) {
    path.resize(room);
    const ssize_t size = readlink("/proc/self/exe", path.data(), room);
    if (size < 0) return "";
    // A text that fills the room may have been cut.
    if (static_cast<size_t>(size) == room) continue;
    path.resize(size);
    break;
  }
  if (access(path.c_str(), R_OK) == 0) return path;
  return "/proc/" + std::to_string(getpid()) + "/exe";
}

}  // namespace

ModuleMap::ModuleMap() {
  // The loader's lock is held during the visits: they only copy.
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* data) {
        auto* map = static_cast<ModuleMap*>(data);
        const bool is_executable = map->modules_.empty();
        Module module{info->dlpi_name, info->dlpi_addr, is_executable};
        const uintptr_t vdso = getauxval(AT_SYSINFO_EHDR);
        for (int i = 0; i < info->dlpi_phnum; ++i) {
          const ElfW(Phdr)& header = info->dlpi_phdr[i];
          if (header.p_type != PT_LOAD) continue;
          const uintptr_t begin = info->dlpi_addr + header.p_vaddr;
          const uintptr_t end = begin + header.p_memsz;
          map->segments_.push_back({begin, end, map->modules_.size()});
          if (begin <= vdso && vdso < end) module.path.clear();
        }
        map->modules_.push_back(std::move(module));
        return 0;
      },
      this);
  if (!modules_.empty()) modules_.front().path = ExecutablePath();
}

std::optional<ModuleOffset> ModuleMap::Find(uintptr_t address) const {
  for (const Segment& segment : segments_) {
    if (address < segment.begin || segment.end <= address) continue;
    const Module& module = modules_[segment.module];
    return ModuleOffset{module.path, address - module.base,
                        module.is_executable};
  }
  return std::nullopt;
}

}  // namespace leaktrap::internal
