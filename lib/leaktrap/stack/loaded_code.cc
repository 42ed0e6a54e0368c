#include "leaktrap/stack/loaded_code.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "leaktrap/stack/byte_reader.h"

namespace leaktrap::internal {

ByteReader LoadedModule::ReadAt(uintptr_t address) const {
  for (const ByteRange& range : readable) {
    if (range.Contains(address)) return ByteReader(range, address);
  }
  return ByteReader();
}

void LoadedCode::Add(LoadedModule module,
                     const std::vector<ByteRange>& executable) {
  for (const ByteRange& range : executable) {
    const auto after =
        std::upper_bound(code_.begin(), code_.end(), range.begin,
                         [](uintptr_t address, const Segment& segment) {
                           return address < segment.range.begin;
                         });
    code_.insert(after, {range, modules_.size()});
  }
  modules_.push_back(std::move(module));
}

const LoadedModule* LoadedCode::Find(uintptr_t address) const {
  const auto after =
      std::upper_bound(code_.begin(), code_.end(), address,
                       [](uintptr_t wanted, const Segment& segment) {
                         return wanted < segment.range.begin;
                       });
  if (after == code_.begin()) return nullptr;
  const Segment& segment = *std::prev(after);
  if (!segment.range.Contains(address)) return nullptr;
  return &modules_[segment.module];
}

ByteReader LoadedCode::ReadAt(uintptr_t address) const {
  for (const LoadedModule& module : modules_) {
    const ByteReader reader = module.ReadAt(address);
    if (reader.ok()) return reader;
  }
  return ByteReader();
}

}  // namespace leaktrap::internal
