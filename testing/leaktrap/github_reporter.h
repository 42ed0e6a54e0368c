// What fails, shown by GitHub at its line: where GITHUB_ACTIONS=true, as on
// GitHub's machines, each finding is printed as a workflow command, too.

#ifndef LEAKTRAP_GITHUB_REPORTER_H_
#define LEAKTRAP_GITHUB_REPORTER_H_

#include <map>
#include <string>
#include <vector>

#include "leaktrap/report/github_annotation.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {

// Of one run of all tests. Does nothing elsewhere. To be called where stdout is
// at the beginning of a line.
class GithubReporter {
 public:
  // Reads the environment, and where the program stands now.
  GithubReporter();

  // Each finding at its line, or at `file` and `line` (null if there is none)
  // where it has none. `command` is "error", or "warning" for what does not
  // fail.
  void TellLeaks(const char* command, const std::string& owner,
                 const std::vector<Resource>& leaks, const char* file,
                 int line);

  // A report in words.
  void Tell(const char* command, const char* file, int line,
            const std::string& report);

  // What was not told because GitHub shows no more, in a line; empty if all
  // was.
  std::string LeftOut() const;

 private:
  bool HasRoom(const char* command);
  void Print(GithubAnnotation annotation) const;

  bool is_on_ = false;
  std::string workspace_;
  std::string folder_;
  std::map<std::string, int> told_;  // by command
  int left_out_ = 0;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_GITHUB_REPORTER_H_
