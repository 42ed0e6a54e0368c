#include "children/process_state.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/single_threaded.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cfenv>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <locale>
#include <new>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace leaktrap::children {
namespace {

std::string Hex(unsigned long number) {  // NOLINT(runtime/int)
  std::ostringstream text;
  text << std::hex << number;
  return text.str();
}

std::string Link(const std::string& path) {
  char target[4096];
  const ssize_t size = readlink(path.c_str(), target, sizeof(target));
  return size < 0 ? "none" : std::string(target, size);
}

std::vector<int> NumbersIn(const char* folder) {
  std::vector<int> numbers;
  DIR* const directory = opendir(folder);
  while (const dirent* entry = readdir(directory)) {
    if (entry->d_name[0] == '.') continue;
    const int number = std::atoi(entry->d_name);
    const bool is_own =
        std::string(folder) == "/proc/self/fd" && number == dirfd(directory);
    if (!is_own) numbers.push_back(number);
  }
  closedir(directory);
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

std::string NameOf(void* function) {
  if (function == reinterpret_cast<void*>(SIG_DFL)) return "default";
  if (function == reinterpret_cast<void*>(SIG_IGN)) return "ignored";
  Dl_info info;
  if (dladdr(function, &info) == 0) return "a handler of no module";
  const std::string module = info.dli_fname;
  return module.substr(module.rfind('/') + 1).find("observes") == 0
             ? "a handler of its own"
             : "a handler of " + module;
}

std::string Members(const sigset_t& set) {
  std::string text;
  for (int i = 1; i < NSIG; ++i) {
    if (sigismember(&set, i) == 1) text += " " + std::to_string(i);
  }
  return text;
}

void TellSignals(const std::string& place) {
  for (int i = 1; i < NSIG; ++i) {
    struct sigaction action = {};
    if (sigaction(i, nullptr, &action) != 0) continue;
    Tell("handlers", place,
         std::to_string(i) + " " +
             NameOf(reinterpret_cast<void*>(action.sa_sigaction)) + " flags " +
             Hex(action.sa_flags) + " mask" + Members(action.sa_mask));
  }
  sigset_t set;
  sigpending(&set);
  Tell("pending signals", place, Members(set));
  stack_t stack = {};
  sigaltstack(nullptr, &stack);
  Tell("handlers", place,
       "alternate stack flags " + Hex(stack.ss_flags) + " size " +
           std::to_string(stack.ss_size));
}

std::string StatusFile(int tid) {
  return "/proc/self/task/" + std::to_string(tid) + "/status";
}

bool BlocksAllSignals(int tid) {
  std::ifstream status(StatusFile(tid));
  for (std::string line; std::getline(status, line);) {
    if (line.find("SigBlk:\tfffffff") == 0) return true;
  }
  return false;
}

// Of the lines of a task's "status" what stays the same while it waits. In the
// order of the texts: the threads' numbers may have begun anew meanwhile.
void TellThreads(const std::string& place) {
  std::multiset<std::pair<std::string, std::string>> told;
  for (const int tid : NumbersIn("/proc/self/task")) {
    std::ifstream status(StatusFile(tid));
    for (std::string line; std::getline(status, line);) {
      const std::string key = line.substr(0, line.find(':'));
      if (key == "Name") told.emplace("threads", line);
      if (key == "SigBlk") told.emplace("signal masks", line);
      if (key == "SigPnd" || key == "ShdPnd") {
        told.emplace("pending signals", line);
      }
      if (key == "SigIgn" || key == "SigCgt") told.emplace("handlers", line);
      if (key == "TracerPid" || key == "Seccomp" || key == "NoNewPrivs" ||
          key == "Cpus_allowed" || key == "CapEff" || key == "Umask") {
        told.emplace("process", line);
      }
    }
    told.emplace("scheduling",
                 "policy " + std::to_string(sched_getscheduler(tid)) +
                     " nice " + std::to_string(getpriority(PRIO_PROCESS, tid)));
  }
  for (const auto& [sort, line] : told) Tell(sort, place, line);
}

// "socket:[123]" and the queue's name, which has the process id, without what
// differs in each run.
std::string Lasting(const std::string& target) {
  const size_t pid = target.find("/leaktrap" + std::to_string(getpid()));
  return target.substr(0, std::min(target.find(":["), pid));
}

void TellDescriptors(const std::string& place) {
  for (const int fd : NumbersIn("/proc/self/fd")) {
    std::ostringstream text;
    text << fd << " " << Lasting(Link("/proc/self/fd/" + std::to_string(fd)))
         << " flags " << fcntl(fd, F_GETFD) << " status " << std::oct
         << fcntl(fd, F_GETFL) << std::dec << " owner " << fcntl(fd, F_GETOWN)
         << " signal " << fcntl(fd, F_GETSIG) << " offset "
         << lseek(fd, 0, SEEK_CUR);
    Tell("descriptors", place, text.str());
  }
  // Two, which would show a hole that somebody keeps.
  const int first = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int second = open("/dev/null", O_RDONLY | O_CLOEXEC);
  close(first);
  close(second);
  Tell("next descriptor", place,
       std::to_string(first) + " and " + std::to_string(second));
}

// What malloc and thread stacks are made of is left aside: private mappings
// without a name that are not executable, and the heap. So is how often a file
// is mapped, which neighbours that grow together change, and which libraries
// the program was linked with.
void TellMaps(const std::string& place) {
  static std::set<std::string> linked;
  const bool is_first = linked.empty();
  std::set<std::string> mapped;
  std::ifstream maps("/proc/self/maps");
  const std::string program = Link("/proc/self/exe");
  for (std::string line; std::getline(maps, line);) {
    std::istringstream words(line);
    std::string range, permissions, offset, device, inode, name;
    words >> range >> permissions >> offset >> device >> inode;
    std::getline(words >> std::ws, name);
    const bool is_memory =
        (name.empty() || name == "[heap]" || name.find("[stack") == 0) &&
        permissions[2] != 'x' && permissions[3] == 'p';
    if (is_memory) continue;
    if (name == program) name = "the program";
    const std::string text =
        permissions + " " + (name.empty() ? "no name" : name);
    const bool is_library = name.find(".so") != std::string::npos;
    if (is_first && is_library) linked.insert(text);
    if (linked.count(text) == 0) mapped.insert(text);
  }
  for (const std::string& text : mapped) Tell("maps", place, text);
}

void TellTimers(const std::string& place) {
  for (const int which : {ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF}) {
    itimerval timer = {};
    getitimer(static_cast<__itimer_which>(which), &timer);
    Tell("timers", place,
         std::to_string(which) +
             (timer.it_value.tv_sec > 0 ? " runs" : " is off") + ", every " +
             std::to_string(timer.it_interval.tv_sec) + " s");
  }
}

void TellLimits(const std::string& place) {
  for (int i = 0; i < RLIMIT_NLIMITS; ++i) {
    rlimit limit = {};
    getrlimit(static_cast<__rlimit_resource>(i), &limit);
    Tell("limits", place,
         std::to_string(i) + ": " + Hex(limit.rlim_cur) + " of " +
             Hex(limit.rlim_max));
  }
}

void TellProcess(const std::string& place) {
  auto tell = [&place](const std::string& what, long value) {  // NOLINT
    Tell("process", place, what + " " + std::to_string(value));
  };
  tell("dumpable", prctl(PR_GET_DUMPABLE));
  int value = 0;
  prctl(PR_GET_CHILD_SUBREAPER, &value);
  tell("subreaper", value);
  prctl(PR_GET_PDEATHSIG, &value);
  tell("signal when the parent dies", value);
  tell("timer slack", prctl(PR_GET_TIMERSLACK));
  tell("securebits", prctl(PR_GET_SECUREBITS));
  tell("leads its group", getpgrp() == getpid());
  tell("personality", personality(0xffffffff));
  Tell("process", place,
       "std::terminate calls " +
           NameOf(reinterpret_cast<void*>(std::get_terminate())));
  tell("new handler", std::get_new_handler() != nullptr);
  siginfo_t ended = {};
  tell("children to wait for",
       waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT));
  tell("ended children", ended.si_pid != 0);
  Tell("working folder", place, Link("/proc/self/cwd"));
  const mode_t mask = umask(0);
  umask(mask);
  tell("umask", mask);
}

void TellLanguage(const std::string& place) {
  Tell("locale", place, setlocale(LC_ALL, nullptr));
  Tell("locale", place, std::locale().name());
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (text.find("OBSERVES_") == 0) continue;
    Tell("environment", place, text);
  }
}

}  // namespace

void Tell(const std::string& sort, const std::string& place,
          const std::string& text) {
  const int saved_errno = errno;
  const char* const path = std::getenv("OBSERVES_FILE");
  if (path != nullptr) {
    std::string line = text;
    std::replace(line.begin(), line.end(), '\n', ' ');
    std::ofstream(path, std::ios::app)
        << sort << '\t' << place << '\t' << line << '\n';
  }
  errno = saved_errno;
}

void AwaitThreads() {
  for (const int tid : NumbersIn("/proc/self/task")) {
    while (BlocksAllSignals(tid)) usleep(100);
  }
}

void TellState(const std::string& place) {
  Tell("errno", place, std::to_string(errno));
  Tell("floating point", place,
       "rounds " + std::to_string(std::fegetround()) + " raised " +
           Hex(std::fetestexcept(FE_ALL_EXCEPT)) + " traps " +
           Hex(fegetexcept()));
  const bool single_threaded = __libc_single_threaded;
  Tell("single threaded", place, std::to_string(single_threaded));
  Tell("random numbers", place,
       std::to_string(std::rand()) + " " + std::to_string(random()) + " " +
           std::to_string(lrand48()));
  TellSignals(place);
  TellThreads(place);
  TellDescriptors(place);
  TellMaps(place);
  TellTimers(place);
  TellLimits(place);
  TellProcess(place);
  TellLanguage(place);
}

}  // namespace leaktrap::children
