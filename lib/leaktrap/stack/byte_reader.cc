#include "leaktrap/stack/byte_reader.h"

#include <cstdint>

namespace leaktrap::internal {
namespace {

// Names as in the Linux Standard Base, which defines them.
enum PointerFormat : uint8_t {
  kAbsolute = 0x00,
  kUleb128 = 0x01,
  kUnsigned2 = 0x02,
  kUnsigned4 = 0x03,
  kUnsigned8 = 0x04,
  kSleb128 = 0x09,
  kSigned2 = 0x0a,
  kSigned4 = 0x0b,
  kSigned8 = 0x0c,
};
enum PointerBase : uint8_t { kFromZero = 0x00, kFromHere = 0x10, kData = 0x30 };
constexpr uint8_t kOmitted = 0xff;

// What is read may have been an object that another thread wrote before the
// loader mapped code there, of which ThreadSanitizer does not learn; and what
// looks like code may be the gap between two objects, where AddressSanitizer
// wants nobody to read.
__attribute__((no_sanitize("address", "thread"))) uint8_t Load(
    uintptr_t address) {
  return *reinterpret_cast<const volatile uint8_t*>(address);
}

}  // namespace

uint8_t ByteReader::Byte() {
  if (AtEnd()) {
    ok_ = false;
    return 0;
  }
  return Load(position_++);
}

uint64_t ByteReader::Unsigned() {
  uint64_t number = 0;
  for (int shift = 0;; shift += 7) {
    const uint8_t byte = Byte();
    if (shift < 64) number |= uint64_t{byte & 0x7fu} << shift;
    if ((byte & 0x80) == 0) return number;
  }
}

int64_t ByteReader::Signed() {
  uint64_t number = 0;
  for (int shift = 0;;) {
    const uint8_t byte = Byte();
    if (shift < 64) number |= uint64_t{byte & 0x7fu} << shift;
    shift += 7;
    if ((byte & 0x80) != 0) continue;
    if (shift < 64 && (byte & 0x40) != 0) number |= ~uint64_t{0} << shift;
    return static_cast<int64_t>(number);
  }
}

void ByteReader::Skip(uint64_t size) { Range(size); }

ByteRange ByteReader::Range(uint64_t size) {
  // Not `position_ + size > end`, which wraps around.
  if (!ok_ || size > range_.end - position_) {
    ok_ = false;
    return {};
  }
  const ByteRange range{position_, position_ + size};
  position_ = range.end;
  return range;
}

uintptr_t ByteReader::Pointer(uint8_t encoding, uintptr_t data) {
  if (encoding == kOmitted) return 0;
  const uintptr_t here = position_;
  uintptr_t value = 0;
  switch (encoding & 0x0f) {
    case kAbsolute:
      value = Fixed<uintptr_t>();
      break;
    case kUleb128:
      value = Unsigned();
      break;
    case kUnsigned2:
      value = Fixed<uint16_t>();
      break;
    case kUnsigned4:
      value = Fixed<uint32_t>();
      break;
    case kUnsigned8:
      value = Fixed<uint64_t>();
      break;
    case kSleb128:
      value = Signed();
      break;
    case kSigned2:
      value = Fixed<int16_t>();
      break;
    case kSigned4:
      value = Fixed<int32_t>();
      break;
    case kSigned8:
      value = Fixed<int64_t>();
      break;
    default:
      Fail();
  }
  switch (encoding & 0xf0) {
    case kFromZero:
      return value;
    case kFromHere:
      return value + here;
    case kData:
      return value + data;
    default:
      Fail();
      return 0;
  }
}

}  // namespace leaktrap::internal
