#include "examples/http_client/body_stream.h"

#include <string>
#include <thread>

#include "gtest/gtest.h"

namespace http_client {
namespace {

TEST(BodyStreamTest, APieceStaysInPlaceUntilAllOfItIsTaken) {
  constexpr int kPieces = 2000;
  BodyStream stream;
  std::string expected;
  for (int i = 0; i < kPieces; ++i) expected += std::string(7, 'a' + i % 26);

  std::thread writer([&stream] {
    std::string piece(7, '?');
    for (int i = 0; i < kPieces; ++i) {
      // Spoils the piece before, if that is still being read.
      piece.assign(7, 'a' + i % 26);
      EXPECT_TRUE(stream.Write(piece));
    }
    stream.Finish(absl::OkStatus());
  });
  std::string body;
  for (;;) {
    char buffer[3];
    const absl::StatusOr<size_t> count = stream.Read(buffer, sizeof(buffer));
    ASSERT_TRUE(count.ok());
    if (*count == 0) break;
    body.append(buffer, *count);
  }
  writer.join();
  EXPECT_EQ(body, expected);
}

TEST(BodyStreamTest, AwaitTellsAPieceFromTheEnd) {
  BodyStream stream;
  std::thread writer([&stream] {
    EXPECT_TRUE(stream.Write("x"));
    stream.Finish(absl::OkStatus());
  });
  EXPECT_TRUE(stream.Await());
  char byte;
  EXPECT_EQ(*stream.Read(&byte, 1), 1u);
  EXPECT_FALSE(stream.Await());
  writer.join();
}

TEST(BodyStreamTest, CloseTurnsTheWriterAway) {
  BodyStream stream;
  std::thread writer([&stream] {
    EXPECT_FALSE(stream.Write("never read"));
    EXPECT_FALSE(stream.Write("not wanted either"));
    stream.Finish(absl::CancelledError(""));
  });
  EXPECT_TRUE(stream.Await());
  EXPECT_FALSE(stream.Close());
  writer.join();
  EXPECT_TRUE(stream.Close());
}

TEST(BodyStreamTest, AnErrorComesAfterWhatWasWritten) {
  BodyStream stream;
  std::thread writer([&stream] {
    EXPECT_TRUE(stream.Write("half"));
    stream.Finish(absl::UnavailableError("gone"));
  });
  char buffer[16];
  EXPECT_EQ(*stream.Read(buffer, sizeof(buffer)), 4u);
  EXPECT_EQ(stream.Read(buffer, sizeof(buffer)).status(),
            absl::UnavailableError("gone"));
  EXPECT_EQ(stream.status(), absl::UnavailableError("gone"));
  writer.join();
}

}  // namespace
}  // namespace http_client
