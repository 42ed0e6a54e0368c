// :auto with a second libcurl: no test passes unseen.

#include "leaktrap/adapters/curl/other_libcurl.h"

#include <dlfcn.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/adapters/curl/handle_books.h"
#include "leaktrap/find_leaks.h"

namespace leaktrap::curl::internal {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

TEST(OtherLibcurlTest, ItCannotBeLookedWhileThereAreTwo) {
  HandleBooks::Get();
  const Snapshot before = Snapshot::Take();
  EXPECT_EQ(OtherLibcurl(), "");
  EXPECT_TRUE(FindLeaks(before).could_look());

  void* const other =
      dlopen("lib/leaktrap/adapters/curl/libcurl-other.so", RTLD_NOW);
  ASSERT_NE(other, nullptr) << dlerror();
  EXPECT_THAT(OtherLibcurl(), EndsWith("/libcurl-other.so"));
  const LeakReport report = FindLeaks(before);
  EXPECT_FALSE(report.could_look());
  EXPECT_THAT(report.error(), HasSubstr("two libcurls are loaded"));

  dlclose(other);
  EXPECT_EQ(OtherLibcurl(), "");
}

}  // namespace
}  // namespace leaktrap::curl::internal
