#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "leaktrap/probe/children_list.h"
#include "leaktrap/probe/look_error.h"
#include "leaktrap/probe/proc_file.h"
#include "leaktrap/probe/task_file.h"
#include "leaktrap/probe/task_stat.h"
#include "leaktrap/probe/thread_probe.h"
#include "leaktrap/resource/kind.h"

namespace leaktrap::internal {
namespace {

constexpr char kProcesses[] = "/proc";
constexpr char kSelf[] = "/proc/self";
constexpr char kOwnList[] = "/proc/thread-self/children";

ChildrenList Unreadable(std::string_view verb, std::string_view path) {
  ChildrenList children;
  children.error = LookError(verb, path, errno, Kind::kProcess);
  return children;
}

// Of "4712 4713 ". False with errno set for a text of another form.
bool AppendNumbers(std::string_view text, std::vector<uint64_t>* numbers) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    uint64_t number;
    const auto [stop, error] = std::from_chars(at, end, number);
    if (error != std::errc() || stop == end || *stop != ' ') {
      errno = EBADMSG;
      return false;
    }
    numbers->push_back(number);
    at = stop + 1;
  }
  return true;
}

// Adds the list at `path`. False with errno set if it cannot be read.
bool AddList(const std::string& path, ChildrenList* children) {
  std::string text;
  return ReadProcFile(path.c_str(), &text) &&
         AppendNumbers(text, &children->pids);
}

ChildrenList ReadLists() {
  ChildrenList children;
  const size_t threads = ThreadCount();
  if (threads == 1) {
    if (!AddList(kOwnList, &children)) return Unreadable("read", kOwnList);
    children.whole = true;
    return children;
  }
  std::vector<uint64_t> tids;
  if (!ListProcNumbers(kThreadDirectory, &tids)) {
    return Unreadable("list", kThreadDirectory);
  }
  children.disturbed = threads != 0 && threads != tids.size();
  for (const uint64_t tid : tids) {
    const std::string path =
        absl::StrCat(kThreadDirectory, "/", tid, "/children");
    if (AddList(path, &children)) continue;
    if (!HasVanished(errno)) return Unreadable("read", path);
    children.disturbed = true;
  }
  return children;
}

ChildrenList ScanProcesses() {
  const uint64_t own_pid = OwnProcPid();
  if (own_pid == 0) return Unreadable("read", kSelf);
  std::vector<uint64_t> pids;
  if (!ListProcNumbers(kProcesses, &pids)) {
    return Unreadable("list", kProcesses);
  }
  ChildrenList children;
  children.whole = true;
  for (const uint64_t pid : pids) {
    const std::string path = absl::StrCat(kProcesses, "/", pid, "/stat");
    TaskStat stat;
    if (ReadTaskStat(path, &stat)) {
      if (stat.parent == own_pid) children.pids.push_back(pid);
    } else if (!HasVanished(errno) && errno != EACCES && errno != EPERM) {
      return Unreadable("read", path);
    }
  }
  return children;
}

}  // namespace

bool HasChildrenLists() {
  return access(kOwnList, F_OK) == 0 || errno != ENOENT;
}

ChildrenList ReadChildren(ChildrenBy by) {
  ChildrenList children =
      by == ChildrenBy::kLists ? ReadLists() : ScanProcesses();
  // A thread that ended between two readings may have passed its children on:
  // they are in both.
  std::vector<uint64_t>& pids = children.pids;
  std::sort(pids.begin(), pids.end());
  pids.erase(std::unique(pids.begin(), pids.end()), pids.end());
  return children;
}

uint64_t OwnProcPid() {
  std::string link;
  if (!ReadProcLink(kSelf, &link)) return 0;
  uint64_t pid = 0;
  const char* const end = link.data() + link.size();
  const auto [stop, error] = std::from_chars(link.data(), end, pid);
  if (error == std::errc() && stop == end && pid > 0) return pid;
  errno = EBADMSG;
  return 0;
}

}  // namespace leaktrap::internal
