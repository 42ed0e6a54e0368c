// A leak, and too little memory to report it. Each run is a process of its own,
// in which one request after the leak fails: the FROMth, each STEPth from there
// on, up to TO; FOR_GOOD has all later ones fail, too. A line tells how each
// run ended.

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdio>
#include <cstdlib>

#include "children/parking.h"
#include "gtest/gtest.h"

// glibc's own, behind those of this program.
extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* block, size_t size);
}

namespace {

std::atomic<bool> has_leaked = false;
std::atomic<long> requests_to_failure = 0;
bool fails_for_good = false;

bool Fails() {
  if (!has_leaked) return false;
  const long left = --requests_to_failure;
  return left == 0 || (left < 0 && fails_for_good);
}

long NumberFrom(const char* variable) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? 0 : std::atol(text);
}

TEST(Leak, WithoutMemory) {
  leaktrap::children::LeakThread();
  ASSERT_GE(open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
  has_leaked = true;
}

int RunWithout(long request) {
  const pid_t child = fork();
  if (child == 0) {
    requests_to_failure = request;
    const int result = RUN_ALL_TESTS();
    has_leaked = false;
    if (requests_to_failure > 0) std::printf("NOT REACHED\n");
    std::exit(result);
  }
  int status = -1;
  waitpid(child, &status, 0);
  return status;
}

}  // namespace

extern "C" {

void* malloc(size_t size) { return Fails() ? nullptr : __libc_malloc(size); }

void* calloc(size_t count, size_t size) {
  return Fails() ? nullptr : __libc_calloc(count, size);
}

void* realloc(void* block, size_t size) {
  return Fails() ? nullptr : __libc_realloc(block, size);
}

}  // extern "C"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  fails_for_good = std::getenv("FOR_GOOD") != nullptr;
  const long end = NumberFrom("TO");
  const long step = NumberFrom("STEP");
  for (long request = NumberFrom("FROM"); request < end; request += step) {
    const int status = RunWithout(request);
    std::printf("request %ld: exit code %d, signal %d\n", request,
                WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    std::fflush(stdout);
  }
}
