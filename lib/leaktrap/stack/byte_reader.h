// Reading numbers as compilers write them for unwinding.

#ifndef LEAKTRAP_STACK_BYTE_READER_H_
#define LEAKTRAP_STACK_BYTE_READER_H_

#include <cstdint>
#include <cstring>

namespace leaktrap::internal {

// Memory of this process.
struct ByteRange {
  uintptr_t begin = 0;
  uintptr_t end = 0;

  bool empty() const { return begin >= end; }
  bool Contains(uintptr_t address) const {
    return begin <= address && address < end;
  }
};

// Reads a range from a position on, and nothing outside it: what would leave
// the range reads as 0, and so does everything after it. The memory may be
// broken or hostile, but it must be there.
class ByteReader {
 public:
  ByteReader() : ok_(false) {}
  ByteReader(ByteRange range, uintptr_t position)
      : range_(range),
        position_(position),
        ok_(range.begin <= position && position <= range.end) {}
  explicit ByteReader(ByteRange range) : ByteReader(range, range.begin) {}

  // Whether all that was read was there and understood.
  bool ok() const { return ok_; }
  bool AtEnd() const { return !ok_ || position_ == range_.end; }
  uintptr_t position() const { return position_; }
  void Fail() { ok_ = false; }

  uint8_t Byte();

  // A number of fixed size, in the machine's byte order.
  template <typename Number>
  Number Fixed() {
    unsigned char bytes[sizeof(Number)];
    for (unsigned char& byte : bytes) byte = Byte();
    Number number;
    memcpy(&number, bytes, sizeof(number));
    return number;
  }

  // LEB128; bits beyond the 64th are dropped.
  uint64_t Unsigned();
  int64_t Signed();

  void Skip(uint64_t size);

  // The next `size` bytes.
  ByteRange Range(uint64_t size);
  // All that is left.
  ByteRange Rest() { return Range(range_.end - position_); }
  // A block after its size.
  ByteRange Block() { return Range(Unsigned()); }

  // A pointer in one of DWARF's encodings (DW_EH_PE_*); data-relative ones
  // count from `data`. What such a pointer points to is never read: the
  // indirect kind fails.
  uintptr_t Pointer(uint8_t encoding, uintptr_t data);

 private:
  ByteRange range_;
  uintptr_t position_ = 0;
  bool ok_;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_BYTE_READER_H_
