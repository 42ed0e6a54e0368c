#include "leaktrap/stack/byte_reader.h"

#include <cstdint>
#include <initializer_list>
#include <iterator>

#include "gtest/gtest.h"
#include "leaktrap/stack/guarded_bytes_for_test.h"

namespace leaktrap::internal {
namespace {

class Bytes {
 public:
  Bytes(std::initializer_list<uint8_t> bytes)
      : bytes_(std::data(bytes), bytes.size()) {}

  ByteRange range() const { return bytes_.range(); }
  ByteReader reader() const { return ByteReader(range()); }

 private:
  GuardedBytes bytes_;
};

TEST(ByteReaderTest, ReadsNumbersInTheirOrder) {
  const Bytes bytes{0x01, 0x34, 0x12, 0xfe, 0xff, 0xff, 0xff};
  ByteReader reader = bytes.reader();
  EXPECT_EQ(reader.Byte(), 1);
  EXPECT_EQ(reader.Fixed<uint16_t>(), 0x1234);
  EXPECT_FALSE(reader.AtEnd());
  EXPECT_EQ(reader.Fixed<int32_t>(), -2);
  EXPECT_TRUE(reader.AtEnd());
  EXPECT_TRUE(reader.ok());
}

TEST(ByteReaderTest, ReadsLeb128) {
  const Bytes bytes{0xe5, 0x8e, 0x26, 0x7f, 0xc0, 0xbb, 0x78, 0x3f};
  ByteReader reader = bytes.reader();
  EXPECT_EQ(reader.Unsigned(), 624485);
  EXPECT_EQ(reader.Unsigned(), 127);
  EXPECT_EQ(reader.Signed(), -123456);
  EXPECT_EQ(reader.Signed(), 63);
  EXPECT_TRUE(reader.ok());
}

TEST(ByteReaderTest, DropsBitsBeyondThe64th) {
  const Bytes bytes{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                    0xff, 0xff, 0xff, 0x7f, 0x80, 0x80, 0x80, 0x80,
                    0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40};
  ByteReader reader = bytes.reader();
  EXPECT_EQ(reader.Unsigned(), UINT64_MAX);
  EXPECT_EQ(reader.Signed(), 0);
  EXPECT_TRUE(reader.ok());
}

TEST(ByteReaderTest, FailsAtTheEndAndStaysThere) {
  const Bytes bytes{1, 2, 3};
  ByteReader reader = bytes.reader();
  reader.Fixed<uint32_t>();
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.Byte(), 0);
  EXPECT_FALSE(reader.ok());
  EXPECT_TRUE(reader.AtEnd());
}

TEST(ByteReaderTest, FailsInANumberThatDoesNotEnd) {
  const Bytes bytes{0x80, 0x80};
  ByteReader reader = bytes.reader();
  reader.Unsigned();
  EXPECT_FALSE(reader.ok());
  reader = bytes.reader();
  reader.Signed();
  EXPECT_FALSE(reader.ok());
}

TEST(ByteReaderTest, BlocksAreWithinTheRange) {
  const Bytes bytes{2, 7, 8, 3, 9};
  ByteReader reader = bytes.reader();
  const ByteRange block = reader.Block();
  EXPECT_EQ(block.begin, bytes.range().begin + 1);
  EXPECT_EQ(block.end, bytes.range().begin + 3);
  EXPECT_TRUE(reader.ok());
  EXPECT_TRUE(reader.Block().empty());
  EXPECT_FALSE(reader.ok());
}

// A size near the end of all addresses must not come round to the front.
TEST(ByteReaderTest, SizesDoNotWrapAround) {
  const Bytes bytes{1, 2, 3, 4};
  for (const uint64_t size : {UINT64_MAX, UINT64_MAX - 1, uint64_t{5}}) {
    ByteReader reader = bytes.reader();
    reader.Byte();
    reader.Skip(size);
    EXPECT_FALSE(reader.ok()) << size;
  }
}

TEST(ByteReaderTest, StartsOnlyWithinTheRange) {
  const Bytes bytes{1};
  EXPECT_FALSE(ByteReader(bytes.range(), bytes.range().begin - 1).ok());
  EXPECT_FALSE(ByteReader(bytes.range(), bytes.range().end + 1).ok());
  EXPECT_TRUE(ByteReader(bytes.range(), bytes.range().end).ok());
  EXPECT_FALSE(ByteReader().ok());
}

TEST(ByteReaderTest, PointersCountFromWhereTheirEncodingSays) {
  const Bytes bytes{0xfc, 0xff, 0xff, 0xff, 0x10, 0x00};
  const uintptr_t here = bytes.range().begin;
  EXPECT_EQ(bytes.reader().Pointer(0x1b, 0), here - 4);
  EXPECT_EQ(bytes.reader().Pointer(0x3b, 1000), 996);
  EXPECT_EQ(bytes.reader().Pointer(0x03, 0), 0xfffffffc);
  EXPECT_EQ(bytes.reader().Pointer(0xff, 0), 0);
  for (const int refused : {0x9b, 0x50, 0x05, 0x0f}) {
    ByteReader reader = bytes.reader();
    reader.Pointer(static_cast<uint8_t>(refused), 0);
    EXPECT_FALSE(reader.ok()) << refused;
  }
}

}  // namespace
}  // namespace leaktrap::internal
