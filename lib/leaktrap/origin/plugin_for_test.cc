// A shared object that a test loads while it runs.

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

namespace {

void* Return(void* argument) { return argument; }

}  // namespace

extern "C" {

__attribute__((visibility("default"))) int PluginOpen() {
  const int fd = open("/dev/null", O_RDONLY);
  asm("");  // no tail call
  return fd;
}

__attribute__((visibility("default"))) int PluginClose(int fd) {
  return close(fd);
}

__attribute__((visibility("default"))) int PluginStartThread(
    pthread_t* handle) {
  const int error = pthread_create(handle, nullptr, Return, nullptr);
  asm("");
  return error;
}

}  // extern "C"
