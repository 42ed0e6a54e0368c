#include "leaktrap/probe/kernel_object_text.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "leaktrap/probe/descriptor_text.h"
#include "leaktrap/probe/printable_text.h"

namespace leaktrap::internal {
namespace {

constexpr char kAnonymous[] = "anon_inode:";
constexpr char kClose[] = "close it (close(2))";
constexpr char kBpf[] = "close it (close(2), or what libbpf names)";

struct Sort {
  const char* kernel_name;  // without square brackets
  const char* name;
  const char* plural;
  const char* release;
};

constexpr Sort kSorts[] = {
    {"eventfd", "eventfd", "eventfds", kClose},
    {"eventpoll", "epoll", "epoll descriptors", kClose},
    {"timerfd", "timerfd", "timerfds", kClose},
    {"signalfd", "signalfd", "signalfds", kClose},
    {"inotify", "inotify", "inotify descriptors", kClose},
    {"fanotify", "fanotify", "fanotify descriptors", kClose},
    {"pidfd", "pidfd", "pidfds", kClose},
    {"io_uring", "io_uring", "io_uring rings",
     "close it (close(2), io_uring_queue_exit(3) if liburing made it)"},
    {"userfaultfd", "userfaultfd", "userfaultfds", kClose},
    {"perf_event", "perf_event", "perf_event descriptors", kClose},
    {"bpf-map", "BPF map", "BPF maps", kBpf},
    {"bpf-prog", "BPF program", "BPF programs", kBpf},
    {"bpf_link", "BPF link", "BPF links", kBpf},
};

DescriptorText TextOfSort(const Sort& sort) {
  return {sort.name, sort.name, sort.plural, sort.release};
}

// "[eventfd]", "inotify": the kernel writes both forms.
DescriptorText TextOfAnonymousInode(const std::string& own_name) {
  const std::string bare(
      absl::StripSuffix(absl::StripPrefix(own_name, "["), "]"));
  for (const Sort& sort : kSorts) {
    if (bare == sort.kernel_name) return TextOfSort(sort);
  }
  DescriptorText text;
  text.name = Printable(bare);
  text.description = text.name;
  text.likeness = absl::StrCat(text.name, " descriptors");
  return text;
}

// "net:[4026531840]"
DescriptorText TextOfNamespace(const std::string& sort,
                               const std::string& link) {
  DescriptorText text;
  text.name = absl::StrCat(sort, " namespace");
  text.description = absl::StrCat(text.name, ", ", Printable(link));
  text.likeness = absl::StrCat(text.name, "s");
  return text;
}

}  // namespace

DescriptorText TextOfKernelObject(const std::string& link) {
  if (absl::StartsWith(link, kAnonymous)) {
    return TextOfAnonymousInode(
        std::string(absl::StripPrefix(link, kAnonymous)));
  }
  const std::string sort = link.substr(0, link.find(":["));
  // Linux 6.9 and some that follow write "pidfd:[5114]".
  if (sort == "pidfd") return TextOfAnonymousInode(sort);
  for (const char* space :
       {"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"}) {
    if (sort == space) return TextOfNamespace(sort, link);
  }
  DescriptorText text;
  text.name = Printable(link);
  text.description = text.name;
  text.likeness = absl::StrCat(Printable(sort), " descriptors");
  return text;
}

}  // namespace leaktrap::internal
