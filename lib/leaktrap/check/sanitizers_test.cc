#include "leaktrap/check/sanitizers.h"

#include <cstdlib>

#include "gtest/gtest.h"

// What the compiler says of this file, which is built as the whole test is.
#if defined(__has_feature)
#define LEAKTRAP_TEST_HAS_FEATURE(feature) __has_feature(feature)
#else
#define LEAKTRAP_TEST_HAS_FEATURE(feature) 0
#endif
#if defined(__SANITIZE_THREAD__) || LEAKTRAP_TEST_HAS_FEATURE(thread_sanitizer)
#define LEAKTRAP_TEST_TSAN 1
#else
#define LEAKTRAP_TEST_TSAN 0
#endif
#if defined(__SANITIZE_ADDRESS__) || \
    LEAKTRAP_TEST_HAS_FEATURE(address_sanitizer)
#define LEAKTRAP_TEST_ASAN 1
#else
#define LEAKTRAP_TEST_ASAN 0
#endif
// Bazel's lsan config defines it.
#ifdef LEAKTRAP_TEST_LSAN
#undef LEAKTRAP_TEST_LSAN
#define LEAKTRAP_TEST_LSAN 1
#else
#define LEAKTRAP_TEST_LSAN LEAKTRAP_TEST_HAS_FEATURE(leak_sanitizer)
#endif

namespace leaktrap::internal {
namespace {

constexpr bool kTsan = LEAKTRAP_TEST_TSAN;
constexpr bool kSlow =
    LEAKTRAP_TEST_TSAN || LEAKTRAP_TEST_ASAN || LEAKTRAP_TEST_LSAN;

TEST(SanitizersTest, TsanIsSeenWhereItIs) { EXPECT_EQ(RunsUnderTsan(), kTsan); }

TEST(SanitizersTest, SlowUnderASanitizerOnly) {
  unsetenv("LD_PRELOAD");
  EXPECT_EQ(RunsSlowly(), kSlow);
}

TEST(SanitizersTest, SlowUnderValgrind) {
  // Valgrind leaves it in the environment; another preloaded library is none.
  setenv("LD_PRELOAD", "/usr/lib/libjemalloc.so", 1);
  EXPECT_EQ(RunsSlowly(), kSlow);
  setenv("LD_PRELOAD",
         "/usr/libexec/valgrind/vgpreload_core-amd64-linux.so:/usr/lib/x.so",
         1);
  EXPECT_TRUE(RunsSlowly());
  unsetenv("LD_PRELOAD");
}

}  // namespace
}  // namespace leaktrap::internal
