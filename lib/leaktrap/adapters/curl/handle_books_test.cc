#include "leaktrap/adapters/curl/handle_books.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/pool/checkout.h"
#include "leaktrap/pool/connection_pool.h"

namespace leaktrap::curl::internal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class HandleBooksTest : public testing::Test {
 protected:
  uint64_t Make(Held kind, const void* address) {
    const uint64_t number = books_.Announce(kind, Checkout());
    books_.Begin(number, address);
    return number;
  }

  // Closed by the test, or at its end.
  int NewSocket() {
    sockets_.push_back(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    return sockets_.back();
  }

  ~HandleBooksTest() override {
    for (const int fd : sockets_) close(fd);
  }

  HandleBooks books_;
  const int memory_[4] = {};  // its addresses stand for those of handles
  const void* const a_ = &memory_[0];
  const void* const b_ = &memory_[1];
  const void* const m_ = &memory_[2];
  const void* const s_ = &memory_[3];

 private:
  std::vector<int> sockets_;
};

TEST_F(HandleBooksTest, AHandleIsHeldFromItsBeginningToItsEnd) {
  const uint64_t easy = books_.Announce(Held::kEasy, Checkout());
  EXPECT_THAT(books_.Connections(Held::kEasy), IsEmpty());
  books_.Begin(easy, a_);
  EXPECT_EQ(books_.Find(a_), easy);
  ASSERT_THAT(books_.Connections(Held::kEasy), SizeIs(1));
  EXPECT_TRUE(books_.Connections(Held::kEasy)[0].leased());
  EXPECT_THAT(books_.Connections(Held::kMulti), IsEmpty());
  books_.End(easy);
  EXPECT_EQ(books_.Find(a_), 0u);
  EXPECT_THAT(books_.Connections(Held::kEasy), IsEmpty());
}

TEST_F(HandleBooksTest, WhatCouldNotBeMadeIsNotHeld) {
  Make(Held::kMulti, nullptr);
  EXPECT_THAT(books_.Connections(Held::kMulti), IsEmpty());
  EXPECT_EQ(books_.Counts(Held::kMulti).opened, 0);
}

TEST_F(HandleBooksTest, CountsAndPeaks) {
  const uint64_t a = Make(Held::kEasy, a_);
  const uint64_t b = Make(Held::kEasy, b_);
  books_.End(a);
  books_.End(a);
  EXPECT_EQ(books_.Counts(Held::kEasy).leased, 1);
  EXPECT_EQ(books_.Counts(Held::kEasy).opened, 2);
  EXPECT_EQ(books_.TakePeak(Held::kEasy), 2);
  EXPECT_EQ(books_.TakePeak(Held::kEasy), 1);
  books_.End(b);
  EXPECT_EQ(books_.Counts(Held::kEasy).leased, 0);
}

// libcurl frees a share before it says whether it did.
TEST_F(HandleBooksTest, AnAddressMayBeGivenToAnotherBeforeItsEndIsNoted) {
  const uint64_t first = Make(Held::kShare, s_);
  const uint64_t second = Make(Held::kShare, s_);
  books_.End(first);
  EXPECT_EQ(books_.Find(s_), second);
}

// A number that was closed behind libcurl's back is somebody else's.
TEST_F(HandleBooksTest, ANumberThatIsAnotherDescriptorNowIsNotItsOwn) {
  const uint64_t easy = Make(Held::kEasy, a_);
  const int own = NewSocket();
  const int open = NewSocket();
  books_.AddOwn(easy, own);
  books_.Open(easy, open, "here");
  EXPECT_THAT(books_.DescriptorsOf(easy), ElementsAre(own, open));
  for (const int fd : {own, open}) {
    ASSERT_EQ(dup3(NewSocket(), fd, O_CLOEXEC), fd);
  }
  EXPECT_THAT(books_.DescriptorsOf(easy), IsEmpty());
}

TEST_F(HandleBooksTest, ASocketIsOfWhoeverKeepsIt) {
  const uint64_t easy = Make(Held::kEasy, a_);
  const uint64_t multi = Make(Held::kMulti, m_);
  const uint64_t share = Make(Held::kShare, s_);
  const int alone = NewSocket();
  books_.Open(easy, alone, "here");

  books_.AddTransfer(easy, multi, Checkout());
  const int in_multi = NewSocket();
  books_.Open(easy, in_multi, "here");
  EXPECT_THAT(books_.DescriptorsOf(multi), ElementsAre(in_multi));
  EXPECT_THAT(books_.DescriptorsOf(easy), ElementsAre(alone, in_multi));
  EXPECT_THAT(books_.Connections(Held::kTransfer).at(0).descriptors,
              ElementsAre(in_multi));
  books_.RemoveTransfer(easy);
  EXPECT_THAT(books_.DescriptorsOf(easy), ElementsAre(alone));

  books_.UseShare(easy, share);
  books_.AddTransfer(easy, multi, Checkout());
  const int without_connections = NewSocket();
  books_.Open(easy, without_connections, "here");
  EXPECT_THAT(books_.DescriptorsOf(share), IsEmpty());
  books_.SetKeepsConnections(share, true);
  const int in_share = NewSocket();
  books_.Open(easy, in_share, "here");
  EXPECT_THAT(books_.DescriptorsOf(share), ElementsAre(in_share));
  EXPECT_THAT(books_.DescriptorsOf(multi),
              ElementsAre(in_multi, without_connections));

  books_.End(easy);
  EXPECT_THAT(books_.DescriptorsOf(multi),
              ElementsAre(in_multi, without_connections));
  EXPECT_TRUE(books_.HasOpenSockets(easy));
  for (const int fd : {alone, in_multi, without_connections, in_share}) {
    books_.Close(fd);
  }
  EXPECT_FALSE(books_.HasOpenSockets(easy));
  EXPECT_THAT(books_.DescriptorsOf(multi), IsEmpty());
}

TEST_F(HandleBooksTest, ATransferEndsWithWhateverComesFirst) {
  const uint64_t easy = Make(Held::kEasy, a_);
  const uint64_t other = Make(Held::kEasy, b_);
  uint64_t multi = Make(Held::kMulti, m_);
  const auto held = [this] { return books_.Counts(Held::kTransfer).leased; };

  books_.AddTransfer(easy, multi, Checkout());
  books_.AddTransfer(other, multi, Checkout());
  EXPECT_EQ(held(), 2);
  EXPECT_FALSE(books_.IsUnderWay(easy));
  books_.Perform(multi, /*any_runs=*/true);
  EXPECT_TRUE(books_.IsUnderWay(easy));
  books_.FinishTransfer(easy);
  books_.FinishTransfer(easy);
  EXPECT_FALSE(books_.IsUnderWay(easy));
  EXPECT_EQ(held(), 1);
  EXPECT_THAT(books_.Connections(Held::kTransfer), SizeIs(1));
  books_.Perform(multi, /*any_runs=*/false);
  EXPECT_EQ(held(), 0);
  books_.RemoveTransfer(easy);
  books_.RemoveTransfer(other);
  EXPECT_EQ(held(), 0);

  books_.AddTransfer(easy, multi, Checkout());
  books_.End(multi);
  EXPECT_EQ(held(), 0);
  multi = Make(Held::kMulti, m_);
  books_.AddTransfer(easy, multi, Checkout());
  books_.End(easy);
  EXPECT_EQ(held(), 0);
  EXPECT_THAT(books_.Connections(Held::kTransfer), IsEmpty());
}

TEST_F(HandleBooksTest, WhatIsNotKnownIsLeftAlone) {
  const uint64_t multi = Make(Held::kMulti, m_);
  books_.AddTransfer(0, multi, Checkout());
  books_.End(0);
  books_.AddOwn(0, NewSocket());
  books_.Perform(0, true);
  books_.Close(-1);
  EXPECT_EQ(books_.Find(a_), 0u);
  EXPECT_EQ(books_.Counts(Held::kTransfer).leased, 0);
}

}  // namespace
}  // namespace leaktrap::curl::internal
