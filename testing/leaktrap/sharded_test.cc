// One test to a shard, in strict mode: the rule that the first needs is not
// missed in the shards of the others.

#include <fcntl.h>
#include <unistd.h>

#include "gtest/gtest.h"

namespace leaktrap {
namespace {

int OpenNull() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

TEST(ShardedTest, LeaksWhatIsTolerated) { EXPECT_GE(OpenNull(), 0); }
TEST(ShardedTest, Releases) { EXPECT_EQ(close(OpenNull()), 0); }
TEST(ShardedTest, ReleasesToo) { EXPECT_EQ(close(OpenNull()), 0); }

}  // namespace
}  // namespace leaktrap
