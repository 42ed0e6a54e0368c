// Settings, the log and the spool: what the importer has on disk.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "examples/legacy_suite/config.h"
#include "examples/legacy_suite/log.h"
#include "examples/legacy_suite/scratch_folder.h"
#include "examples/legacy_suite/spool.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mail {
namespace {

using testing::SizeIs;
using testing::UnorderedElementsAre;

class ConfigTest : public testing::Test {
 protected:
  std::optional<Config> Load(const std::string& text) {
    return Config::Load(folder_.Add("importer.conf", text));
  }

 private:
  ScratchFolder folder_;
};

TEST_F(ConfigTest, IsRead) {
  const auto config = Load("# mail\nspool /var/mail\n\nworkers 3\n");
  ASSERT_TRUE(config.has_value());
  EXPECT_EQ(config->spool, "/var/mail");
  EXPECT_EQ(config->workers, 3);
}

TEST_F(ConfigTest, HasToBeThere) {
  EXPECT_FALSE(Config::Load("/no/such/file").has_value());
}

TEST_F(ConfigTest, RefusesAnUnknownKey) {
  EXPECT_FALSE(Load("spool /var/mail\ncolour blue\n").has_value());
}

TEST_F(ConfigTest, RefusesAKeyWithoutAValue) {
  EXPECT_FALSE(Load("workers\n").has_value());
}

class LogTest : public testing::Test {
 protected:
  ScratchFolder folder_;
};

TEST_F(LogTest, HasWhatIsWritten) {
  const std::string path = folder_.path() + "/log";
  Log(path, 1000).Write("begun");
  EXPECT_EQ(std::filesystem::file_size(path), 6u);
}

TEST_F(LogTest, BeginsAnewWhenItIsFull) {
  const std::string path = folder_.path() + "/log";
  Log log(path, 10);
  log.Write("12345678");
  log.Write("1234");
  EXPECT_EQ(std::filesystem::file_size(path + ".1"), 9u);
  EXPECT_EQ(std::filesystem::file_size(path), 5u);
}

class SpoolTest : public testing::Test {
 protected:
  SpoolTest() {
    folder_.Add("a", "first");
    folder_.Add("b", "");
  }

  ScratchFolder folder_;
  const Spool spool_{folder_.path()};
};

TEST_F(SpoolTest, ListsWhatWaits) {
  EXPECT_THAT(spool_.List(100), UnorderedElementsAre("a", "b"));
}

TEST_F(SpoolTest, ListsNoMoreThanAreWanted) {
  EXPECT_THAT(spool_.List(1), SizeIs(1));
}

TEST_F(SpoolTest, ReadsMessages) {
  EXPECT_EQ(spool_.Read("a"), "first");
  EXPECT_EQ(spool_.Read("b"), "");
}

TEST_F(SpoolTest, IsLockedByOneAtATime) {
  auto lock = SpoolLock::TryTake(spool_);
  EXPECT_NE(lock, nullptr);
  EXPECT_EQ(SpoolLock::TryTake(spool_), nullptr);
  lock.reset();
  EXPECT_NE(SpoolLock::TryTake(spool_), nullptr);
}

}  // namespace
}  // namespace mail
