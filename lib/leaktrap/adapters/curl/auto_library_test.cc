// Handles that others make: a shared object that a test loads.

#include <curl/curl.h>
#include <dlfcn.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/adapters/curl/transfers_for_test.h"
#include "leaktrap/adapters/curl/watch.h"

namespace leaktrap::curl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

using AutoLibraryTest = LeaksTest;

TEST_F(AutoLibraryTest, HandlesOfALoadedLibraryComeByToo) {
  void* const library = dlopen("lib/leaktrap/adapters/curl/library_for_test.so",
                               RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(library, nullptr) << dlerror();
  const auto fetch = reinterpret_cast<CURL* (*)(const char*)>(
      dlsym(library, "FetchInLibrary"));
  CURL* const easy = fetch(Server().Url("/a").c_str());
  ASSERT_NE(easy, nullptr);
  EXPECT_THAT(DescriptorsOf(easy), SizeIs(3));
  EXPECT_THAT(Left(), ElementsAre(HasSubstr("\"libcurl easy\"")));
  curl_easy_cleanup(easy);
  EXPECT_THAT(Left(), IsEmpty());
  dlclose(library);
}

}  // namespace
}  // namespace leaktrap::curl
