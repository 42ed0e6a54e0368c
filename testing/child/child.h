// Runs a test binary for real and reads what it did.
//
//   ChildOptions options;
//   options.args = {"--gtest_filter=Leaks.*"};
//   const ChildResult child =
//       RunChild("testing/leaktrap/children/verdict_child", options);
//   EXPECT_THAT(child, ExitedWith(1));
//   EXPECT_THAT(child, TestFailed("Leaks.Thread",
//                                 ElementsAre(HasSubstr("1 thread"))));
//
// The matchers are in child_matchers.h.

#ifndef LEAKTRAP_TESTING_CHILD_CHILD_H_
#define LEAKTRAP_TESTING_CHILD_CHILD_H_

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "child/child_result.h"

namespace leaktrap::child {

struct ChildOptions {
  std::vector<std::string> args;

  // The child gets the caller's environment without what steers the caller's
  // own GoogleTest and Leaktrap: GTEST_*, TESTBRIDGE_*, XML_OUTPUT_FILE,
  // NO_COLOR, GITHUB_*, LEAKTRAP_* but LEAKTRAP_RECORD
  // (with_and_without_recorder.bzl), and TEST_* but TEST_TMPDIR, TEST_SRCDIR
  // and TEST_WORKSPACE. After that `unset` is taken out and `env` put in.
  std::map<std::string, std::string> env;
  std::vector<std::string> unset;

  // A program and its arguments that is run in the child's stead and is handed
  // the child's path and arguments: {"/usr/bin/setpriv", "--no-new-privs"}.
  std::vector<std::string> wrapper;

  // After so long the child and its process group are killed.
  std::chrono::milliseconds timeout = std::chrono::seconds(120);

  // The caller's when empty.
  std::string working_dir;

  // Whether to ask for XML by --gtest_output, ahead of `args`.
  bool xml = true;
};

// Runs the binary at `runfiles_path`, the path that $(rootpath) of its label
// gives ("testing/child/sample_child"), and waits for its end. It is
// to be in the `data` of the calling test.
//
// The child leads a process group of its own; what is left of it when the child
// ends is killed. It inherits no descriptor but 0 (/dev/null), 1 and 2.
//
// Throws std::runtime_error, which fails the calling test, when the child could
// not be run or watched, or wrote XML that cannot be read. How the child ended
// is told by the result and throws nothing. Thread-safe.
ChildResult RunChild(const std::string& runfiles_path,
                     const ChildOptions& options = {});

}  // namespace leaktrap::child

#endif  // LEAKTRAP_TESTING_CHILD_CHILD_H_
