#include <dlfcn.h>
#include <pthread.h>
#include <unistd.h>

#include <string>

#include "gtest/gtest.h"
#include "leaktrap/origin/descriptor_ledger.h"
#include "leaktrap/origin/recording.h"
#include "leaktrap/origin/thread_ledger.h"

namespace leaktrap::internal {
namespace {

class Plugin {
 public:
  Plugin(const std::string& name, int flags)
      : handle_(dlopen(("lib/leaktrap/origin/" + name).c_str(), flags)) {
    if (handle_ == nullptr) ADD_FAILURE() << dlerror();
  }
  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;
  ~Plugin() {
    if (handle_ != nullptr) dlclose(handle_);
  }

  bool loaded() const { return handle_ != nullptr; }

  int Open() { return Function<int()>("PluginOpen")(); }
  int Close(int fd) { return Function<int(int)>("PluginClose")(fd); }
  int StartThread(pthread_t* handle) {
    return Function<int(pthread_t*)>("PluginStartThread")(handle);
  }

 private:
  template <typename Type>
  Type* Function(const char* name) {
    return reinterpret_cast<Type*>(dlsym(handle_, name));
  }

  void* handle_;
};

// The function that the newest call of a stack stands in.
std::string FirstFunction(const CreationRecord& made) {
  const Origin origin = ToOrigin(made);
  if (origin.stack.empty()) return "no stack";
  Dl_info info = {};
  dladdr(reinterpret_cast<const void*>(origin.stack[0] - 1), &info);
  return info.dli_sname == nullptr ? "no name" : info.dli_sname;
}

TEST(Plugin, IsRecordedWithItsStack) {
  Plugin plugin("plugin_for_test.so", RTLD_NOW | RTLD_LOCAL);
  ASSERT_TRUE(plugin.loaded());
  const int fd = plugin.Open();
  ASSERT_GE(fd, 0);
  EXPECT_STREQ(FindDescriptor(fd).made.call, "open");
  EXPECT_EQ(FirstFunction(FindDescriptor(fd).made), "PluginOpen");
  EXPECT_EQ(plugin.Close(fd), 0);
  EXPECT_EQ(FindDescriptor(fd).made.sequence, 0u);

  pthread_t handle;
  ASSERT_EQ(plugin.StartThread(&handle), 0);
  while (FinishedThreads().empty()) usleep(100);
  EXPECT_EQ(FirstFunction(FinishedThreads()[0].made), "PluginStartThread");
  EXPECT_EQ(pthread_join(handle, nullptr), 0);
}

// Such a one asks the C library first and the executable last.
TEST(Plugin, IsNotRecordedWithDeepBinding) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the sanitizers end a program that binds deeply";
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  GTEST_SKIP() << "the sanitizers end a program that binds deeply";
#endif
#endif
  Plugin plugin("deeply_bound_plugin_for_test.so",
                RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
  ASSERT_TRUE(plugin.loaded());
  const int fd = plugin.Open();
  ASSERT_GE(fd, 0);
  EXPECT_EQ(FindDescriptor(fd).made.sequence, 0u);
  EXPECT_EQ(plugin.Close(fd), 0);

  pthread_t handle;
  ASSERT_EQ(plugin.StartThread(&handle), 0);
  EXPECT_EQ(pthread_join(handle, nullptr), 0);
  EXPECT_TRUE(RunningThreads().empty());
  EXPECT_TRUE(FinishedThreads().empty());
}

}  // namespace
}  // namespace leaktrap::internal
