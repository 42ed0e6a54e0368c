// A finding as GitHub's annotation of a line of source: a workflow command.

#ifndef LEAKTRAP_REPORT_GITHUB_ANNOTATION_H_
#define LEAKTRAP_REPORT_GITHUB_ANNOTATION_H_

#include <string>
#include <string_view>

namespace leaktrap::internal {

struct GithubAnnotation {
  const char* command = "";  // "error", "warning" or "notice"
  std::string file;          // as GitHub knows it; empty if there is none
  int line = 0;              // from 1; of no meaning without a file
  std::string title;
  std::string message;  // may have several lines
};

// The command, on one line without a newline. Whatever the texts hold, it is
// one command with these values.
std::string GithubCommand(const GithubAnnotation& annotation);

// `file` relative to `workspace`, the folder of the repository, if it lies in
// it; else relative to `folder`, the current one, if it lies in that; else as
// it is. A relative one is left alone too: Bazel's are relative to the
// workspace. Both folders may be empty.
std::string PathInRepository(std::string_view file, std::string_view workspace,
                             std::string_view folder);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_REPORT_GITHUB_ANNOTATION_H_
