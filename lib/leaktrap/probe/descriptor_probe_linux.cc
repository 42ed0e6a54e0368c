#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "leaktrap/probe/descriptor_identity.h"
#include "leaktrap/probe/descriptor_numbers.h"
#include "leaktrap/probe/descriptor_probe.h"
#include "leaktrap/probe/descriptor_reserve.h"
#include "leaktrap/probe/descriptor_text.h"
#include "leaktrap/probe/kernel_object_text.h"
#include "leaktrap/probe/look_error.h"
#include "leaktrap/probe/own_task_folder.h"
#include "leaktrap/probe/probe.h"
#include "leaktrap/probe/proc_file.h"
#include "leaktrap/probe/quick_probe.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/resource.h"
#include "leaktrap/system/unseen_calls.h"

namespace leaktrap::internal {
namespace {

// Empty if it is none, or the link cannot be read.
std::string AnonymousInodeLink(int fd) {
  std::string link;
  ReadProcLink(absl::StrCat(kDescriptorDirectory, "/", fd).c_str(), &link);
  return absl::StartsWith(link, "anon_inode:") ? link : "";
}

Resource ResourceOf(const Identity& identity, DescriptorText text) {
  Resource resource;
  resource.identity = identity;
  resource.name = std::move(text.name);
  resource.description = absl::StrCat(identity.number, ": ", text.description);
  resource.likeness = std::move(text.likeness);
  resource.release = std::move(text.release);
  return resource;
}

class DescriptorProbe final : public QuickProbe {
 public:
  explicit DescriptorProbe(const KernelTells& tells) : tells_(tells) {}

  std::string name() const override { return "descriptor"; }
  Kind kind() const override { return Kind::kDescriptor; }
  bool OnlyThisProcessChangesIt() const override { return true; }

  Listing List() override {
    Listing listing;
    std::vector<uint64_t> numbers;
    if (!OpenDescriptorNumbers(&numbers)) {
      listing.error =
          LookError("list", kDescriptorDirectory, errno, Kind::kDescriptor);
      return listing;
    }
    // Asked for after the numbers: listing them may have moved the reserve.
    const std::optional<Identity> reserve = DescriptorReserveIdentity();
    listing.identities.reserve(numbers.size());
    for (const uint64_t number : numbers) {
      const auto identity = DescriptorIdentity(static_cast<int>(number));
      if (identity && identity != reserve) {
        listing.identities.push_back(*identity);
      }
    }
    return listing;
  }

  bool StillShows(absl::Span<const Identity> last, Records records) override {
    // A count that threads in accept(2) have raised matches no listing.
    const size_t count =
        tells_.descriptor_count ? OpenDescriptorCount(own_folder_.c_str()) : 0;
    const size_t reserve = DescriptorReserveIdentity().has_value() ? 1 : 0;
    if (count == 0 || count != last.size() + reserve) return false;
    return records == Records::kUnchanged ||
           std::all_of(last.begin(), last.end(), [](const Identity& identity) {
             return DescriptorIdentity(static_cast<int>(identity.number)) ==
                    identity.WithoutSequence();
           });
  }

  std::optional<Resource> Describe(const Identity& identity) override {
    const int fd = static_cast<int>(identity.number);
    struct stat status;
    if (UnseenStat(fd, &status) != 0) {
      status = {};
      status.st_nlink = 1;  // not known to be deleted
    } else if ((status.st_mode & S_IFMT) == 0) {
      const std::string link = AnonymousInodeLink(fd);
      // All that is said of it stands in what tells it from others.
      if (!link.empty()) {
        if (DescriptorIdentity(fd, status, link) != identity) {
          return std::nullopt;
        }
        return ResourceOf(identity, TextOfKernelObject(link));
      }
    } else if (DescriptorIdentity(fd, status) != identity) {
      return std::nullopt;
    }
    DescriptorText text = TextOfDescriptor(fd, status);
    // Another thread may have closed it while it was looked at.
    if (DescriptorIdentity(fd) != identity) return std::nullopt;
    return ResourceOf(identity, std::move(text));
  }

 private:
  const KernelTells tells_;
  const std::string own_folder_ = OwnTaskFolder() + "/fd";
};

}  // namespace

std::unique_ptr<Probe> NewDescriptorProbe() {
  return NewDescriptorProbe(KernelTells());
}

std::unique_ptr<Probe> NewDescriptorProbe(const KernelTells& tells) {
  return std::make_unique<DescriptorProbe>(tells);
}

}  // namespace leaktrap::internal
