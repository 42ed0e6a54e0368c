#include "leaktrap/stack/unwind_table.h"

#include <cstdint>
#include <optional>

#include "leaktrap/stack/byte_reader.h"
#include "leaktrap/stack/loaded_code.h"

namespace leaktrap::internal {
namespace {

// Rows of two four-byte numbers, counted from the table's beginning.
constexpr uint8_t kSearchable = 0x3b;
constexpr uint64_t kRowSize = 8;

}  // namespace

std::optional<uintptr_t> LookUpEntry(const LoadedModule& module,
                                     uintptr_t address) {
  const ByteRange& table = module.unwind_table;
  // What is read must be mapped, whatever the header says of its own size.
  ByteReader reader = module.ReadAt(table.begin);
  if (table.empty() || !reader.ok()) return std::nullopt;
  const uint8_t version = reader.Byte();
  const uint8_t section_encoding = reader.Byte();
  const uint8_t count_encoding = reader.Byte();
  const uint8_t row_encoding = reader.Byte();
  reader.Pointer(section_encoding, table.begin);
  const uint64_t count = reader.Pointer(count_encoding, table.begin);
  if (!reader.ok() || version != 1 || row_encoding != kSearchable ||
      count > table.end - table.begin) {
    return std::nullopt;
  }
  const ByteRange rows = reader.Range(count * kRowSize);
  // The rows from `low` on begin after the address.
  uint64_t low = 0;
  auto column = [&](uint64_t row, int number) {
    ByteReader cell(rows, rows.begin + row * kRowSize + number * 4);
    return table.begin + cell.Fixed<int32_t>();
  };
  if (!reader.ok()) return std::nullopt;
  for (uint64_t high = count; low < high;) {
    const uint64_t middle = low + (high - low) / 2;
    if (column(middle, 0) <= address) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == 0) return std::nullopt;
  return column(low - 1, 1);
}

}  // namespace leaktrap::internal
