#include "leaktrap/stack/module_map.h"

#include <dlfcn.h>
#include <sys/auxv.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/stack/symbol_table.h"

namespace leaktrap::internal {
namespace {

using testing::EndsWith;

extern "C" __attribute__((noinline)) void AFunctionOfTheExecutable() {
  asm volatile("nop");
}

uintptr_t AddressOf(void (*function)()) {
  return reinterpret_cast<uintptr_t>(function);
}

TEST(ModuleMapTest, KnowsTheExecutable) {
  const auto place = ModuleMap().Find(AddressOf(&AFunctionOfTheExecutable));
  ASSERT_TRUE(place);
  EXPECT_EQ(place->path, std::filesystem::canonical("/proc/self/exe"));
  EXPECT_TRUE(place->is_executable);
}

TEST(ModuleMapTest, KnowsSharedObjects) {
  void* const mkfifo_address = dlsym(RTLD_DEFAULT, "mkfifo");
  const auto place =
      ModuleMap().Find(reinterpret_cast<uintptr_t>(mkfifo_address));
  ASSERT_TRUE(place);
  EXPECT_THAT(place->path, EndsWith("/libc.so.6"));
  EXPECT_FALSE(place->is_executable);
  EXPECT_THAT(FunctionSymbols(place->path, {place->offset}),
              testing::ElementsAre("mkfifo"));
}

TEST(ModuleMapTest, NothingLoadedIsNoModule) {
  const ModuleMap map;
  int on_the_stack;
  EXPECT_FALSE(map.Find(reinterpret_cast<uintptr_t>(&on_the_stack)));
  EXPECT_FALSE(map.Find(0));
  EXPECT_FALSE(map.Find(UINTPTR_MAX));
}

TEST(ModuleMapTest, KernelsCodeHasNoFile) {
  const uintptr_t vdso = getauxval(AT_SYSINFO_EHDR);
  if (vdso == 0) GTEST_SKIP() << "this kernel maps none";
  const auto place = ModuleMap().Find(vdso);
  ASSERT_TRUE(place);
  EXPECT_EQ(place->path, "");
}

TEST(SymbolTableTest, NamesFunctionsOfTheExecutable) {
  const auto place = ModuleMap().Find(AddressOf(&AFunctionOfTheExecutable));
  ASSERT_TRUE(place);
  EXPECT_THAT(
      FunctionSymbols(place->path, {1, place->offset, place->offset + 1}),
      testing::ElementsAre("", "AFunctionOfTheExecutable",
                           "AFunctionOfTheExecutable"));
}

}  // namespace
}  // namespace leaktrap::internal
