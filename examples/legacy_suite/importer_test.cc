// The importer as a whole.

#include "examples/legacy_suite/importer.h"

#include <string>

#include "examples/legacy_suite/config.h"
#include "examples/legacy_suite/fake_smtp_server.h"
#include "examples/legacy_suite/log.h"
#include "examples/legacy_suite/mended.h"
#include "examples/legacy_suite/message_cache.h"
#include "examples/legacy_suite/scanner.h"
#include "examples/legacy_suite/scratch_folder.h"
#include "examples/legacy_suite/smtp.h"
#include "examples/legacy_suite/spool.h"
#include "gtest/gtest.h"

namespace mail {
namespace {

class ImporterTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { log_ = new Log("/dev/null", 1000); }
  static void TearDownTestSuite() {
    if (Mended(11)) delete log_;
    log_ = nullptr;
  }

  // How many messages to `recipient` are forwarded.
  int Run(const std::string& recipient) {
    const FakeSmtpServer server;
    const Config config = {folder_.path(), recipient};
    const Spool spool(config.spool);
    const Scanner scanner({"/bin/sh", "-c",
                           "if grep -q VIRUS \"$0\"; "
                           "then echo infected; else echo clean; fi"});
    MessageCache cache(100);
    SmtpPool smtp(server.port());
    return Importer{&config, &spool, &scanner, &cache, &smtp, log_}.Run();
  }

  static Log* log_;
  ScratchFolder folder_;
};
Log* ImporterTest::log_ = nullptr;

TEST_F(ImporterTest, HasNothingToDo) { EXPECT_EQ(Run("ann"), 0); }

TEST_F(ImporterTest, ForwardsEachMessageOnce) {
  folder_.Add("a", "first");
  folder_.Add("b", "second");
  folder_.Add("c", "first");
  EXPECT_EQ(Run("ann"), 2);
}

TEST_F(ImporterTest, ForwardsNothingToNobody) {
  folder_.Add("a", "first");
  EXPECT_EQ(Run("nobody"), 0);
}

TEST_F(ImporterTest, ForwardsNothingIfThereIsAVirus) {
  folder_.Add("a", "a VIRUS");
  EXPECT_EQ(Run("ann"), 0);
}

}  // namespace
}  // namespace mail
