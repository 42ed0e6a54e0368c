#include "leaktrap/stack/frame_description.h"

#include <cstdint>
#include <optional>

#include "leaktrap/stack/byte_reader.h"
#include "leaktrap/stack/loaded_code.h"
#include "leaktrap/stack/unwind_table.h"

namespace leaktrap::internal {
namespace {

// The augmentation says what more an entry holds, one letter each.
bool ReadAugmentation(ByteReader* text, ByteReader* entry,
                      FrameDescription* description, bool* has_data) {
  char letter = static_cast<char>(text->Byte());
  *has_data = letter == 'z';
  if (!*has_data) return letter == '\0' && text->ok();
  ByteReader data(entry->Block());
  while ((letter = static_cast<char>(text->Byte())) != '\0') {
    switch (letter) {
      case 'R':
        description->pointer_encoding = data.Byte();
        break;
      case 'L':
        data.Byte();
        break;
      case 'P': {
        // The personality routine is a pointer to a pointer, mostly; where it
        // leads is nothing to us.
        const uint8_t encoding = data.Byte();
        data.Pointer(encoding & 0x7f, 0);
        break;
      }
      case 'S':
        description->is_signal_frame = true;
        break;
      default:
        return false;
    }
  }
  return text->ok() && data.ok();
}

// The bytes of the entry at `reader`, after their count. The reserved counts
// mark the end and entries of 4 GiB.
ByteReader EntryBytes(ByteReader reader) {
  const uint32_t size = reader.Fixed<uint32_t>();
  if (!reader.ok() || size == 0 || size >= 0xfffffff0u) return ByteReader();
  return ByteReader(reader.Range(size));
}

bool ReadCommonEntry(ByteReader entry, FrameDescription* description,
                     bool* has_data) {
  const uint32_t id = entry.Fixed<uint32_t>();
  const uint8_t version = entry.Byte();
  if (!entry.ok() || id != 0 || (version != 1 && version != 3)) return false;
  ByteReader augmentation = entry;
  while (entry.ok() && entry.Byte() != 0) {
  }
  description->code_alignment = entry.Unsigned();
  description->data_alignment = entry.Signed();
  description->return_address = version == 1 ? entry.Byte() : entry.Unsigned();
  if (!ReadAugmentation(&augmentation, &entry, description, has_data)) {
    return false;
  }
  description->common_program = entry.Rest();
  return entry.ok();
}

}  // namespace

std::optional<FrameDescription> ReadFrameDescription(const LoadedModule& module,
                                                     uintptr_t entry_address) {
  ByteReader entry = EntryBytes(module.ReadAt(entry_address));
  const uintptr_t here = entry.position();
  const uint32_t distance = entry.Fixed<uint32_t>();
  // 0 marks a common entry.
  if (!entry.ok() || distance == 0 || distance > here) return std::nullopt;
  FrameDescription description;
  bool has_data = false;
  if (!ReadCommonEntry(EntryBytes(module.ReadAt(here - distance)), &description,
                       &has_data)) {
    return std::nullopt;
  }
  const uint8_t encoding = description.pointer_encoding;
  description.function.begin = entry.Pointer(encoding, 0);
  // A size: in the same format, but counted from nothing.
  description.function.end =
      description.function.begin + entry.Pointer(encoding & 0x0f, 0);
  if (has_data) entry.Block();
  description.program = entry.Rest();
  if (!entry.ok()) return std::nullopt;
  return description;
}

std::optional<FrameDescription> FindFrameDescription(const LoadedModule& module,
                                                     uintptr_t address) {
  const std::optional<uintptr_t> entry = LookUpEntry(module, address);
  if (!entry) return std::nullopt;
  const auto description = ReadFrameDescription(module, *entry);
  // The table knows where functions begin, but not where they end.
  if (!description || !description->function.Contains(address)) {
    return std::nullopt;
  }
  return description;
}

}  // namespace leaktrap::internal
