#include "leaktrap/stack/loaded_code.h"

#include <dlfcn.h>

#include <cstdint>
#include <thread>

#include "gtest/gtest.h"

namespace leaktrap::internal {
namespace {

bool IsLoaded(uintptr_t address) {
  bool is_loaded = false;
  WithLoadedCode([&](const LoadedCode& code) {
    is_loaded = code.Find(address) != nullptr;
  });
  return is_loaded;
}

TEST(LoadedCodeTest, KnowsOurOwn) {
  EXPECT_TRUE(IsLoaded(reinterpret_cast<uintptr_t>(&IsLoaded)));
  const int on_stack = 0;
  EXPECT_FALSE(IsLoaded(reinterpret_cast<uintptr_t>(&on_stack)));
}

// What is remembered from the last time must not be taken for what is there.
TEST(LoadedCodeTest, KnowsWhatIsLoadedAndUnloadedMeanwhile) {
  for (int round = 0; round < 3; ++round) {
    void* const library = dlopen("libthread_db.so.1", RTLD_LAZY | RTLD_LOCAL);
    ASSERT_NE(library, nullptr) << dlerror();
    const auto function =
        reinterpret_cast<uintptr_t>(dlsym(library, "td_init"));
    ASSERT_NE(function, 0u);
    EXPECT_TRUE(IsLoaded(function));
    std::thread([&] { EXPECT_TRUE(IsLoaded(function)); }).join();
    dlclose(library);
    EXPECT_FALSE(IsLoaded(function));
  }
}

}  // namespace
}  // namespace leaktrap::internal
