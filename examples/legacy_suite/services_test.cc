// The cache with its thread, the scanner with its processes, and the pool of
// connections to the mail server.

#include <memory>
#include <string>
#include <vector>

#include "examples/legacy_suite/fake_smtp_server.h"
#include "examples/legacy_suite/mended.h"
#include "examples/legacy_suite/message_cache.h"
#include "examples/legacy_suite/scanner.h"
#include "examples/legacy_suite/scratch_folder.h"
#include "examples/legacy_suite/smtp.h"
#include "gtest/gtest.h"

namespace mail {
namespace {

class MessageCacheTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    shared_ = new MessageCache(100);
    shared_->Add("old");
  }
  static void TearDownTestSuite() {
    if (Mended(12)) delete shared_;
    shared_ = nullptr;
  }

  static MessageCache* shared_;
};
MessageCache* MessageCacheTest::shared_ = nullptr;

TEST_F(MessageCacheTest, HasWhatWasAdded) { EXPECT_TRUE(shared_->Has("old")); }

TEST_F(MessageCacheTest, HasNothingElse) { EXPECT_FALSE(shared_->Has("new")); }

TEST_F(MessageCacheTest, BeginsEmpty) {
  EXPECT_FALSE(MessageCache(3).Has("old"));
}

TEST_F(MessageCacheTest, ForgetsTheOldest) {
  MessageCache cache(2);
  for (const char* message : {"a", "b", "c"}) cache.Add(message);
  cache.WaitUntilSwept();
  EXPECT_FALSE(cache.Has("a"));
  EXPECT_TRUE(cache.Has("c"));
}

class ScannerTest : public testing::Test {
 protected:
  Scanner::Verdict Scan(const std::string& text) {
    const Scanner scanner({"/bin/sh", "-c",
                           "if grep -q VIRUS \"$0\"; "
                           "then echo infected; else echo clean; fi"});
    return scanner.Scan(folder_.Add("message", text));
  }

 private:
  ScratchFolder folder_;
};

TEST_F(ScannerTest, PassesWhatIsClean) {
  EXPECT_EQ(Scan("hello"), Scanner::Verdict::kClean);
}

TEST_F(ScannerTest, FindsAVirus) {
  EXPECT_EQ(Scan("a VIRUS"), Scanner::Verdict::kInfected);
}

TEST_F(ScannerTest, KnowsNothingWithoutItsProgram) {
  EXPECT_EQ(Scanner({"/no/such/scanner"}).Scan("message"),
            Scanner::Verdict::kUnknown);
}

TEST(SmtpTest, SendsOverOneConnection) {
  const FakeSmtpServer server;
  SmtpPool pool(server.port());
  EXPECT_TRUE(Send(&pool, "ann", "hello"));
  EXPECT_TRUE(Send(&pool, "bob", "hello"));
  EXPECT_EQ(server.connections(), 1);
}

TEST(SmtpTest, IsTurnedAwayByABusyServer) {
  const FakeSmtpServer server("421 too many connections");
  SmtpPool pool(server.port());
  EXPECT_FALSE(Send(&pool, "ann", "hello"));
}

TEST(SmtpTest, TellsThatARecipientIsUnknown) {
  const FakeSmtpServer server;
  SmtpPool pool(server.port());
  EXPECT_FALSE(Send(&pool, "nobody", "hello"));
}

}  // namespace
}  // namespace mail
