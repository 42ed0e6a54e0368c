#include "leaktrap/stack/stack_text.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "leaktrap/stack/frame_owner.h"
#include "leaktrap/stack/function_name.h"

namespace leaktrap::internal {
namespace {

// A name of templates within templates tells nothing more after this.
constexpr size_t kLongestName = 160;

// What only passes a call on, or no user can know the name of.
bool IsLibrarysInside(const Frame& frame) {
  if (OwnerOf(frame) != FrameOwner::kRuntime) return false;
  const std::string name = BareName(frame.function);
  // Inlined ones may have lost their "std::".
  return name.empty() || name[0] == '_' ||
         name.find("::_") != std::string::npos ||
         LastName(name) == "operator()";
}

std::vector<Frame> Flat(const std::vector<std::vector<Frame>>& symbolized) {
  std::vector<Frame> flat;
  for (const std::vector<Frame>& frames : symbolized) {
    flat.insert(flat.end(), frames.begin(), frames.end());
  }
  return flat;
}

std::string Name(const Frame& frame) {
  std::string name = absl::StrReplaceAll(
      WithoutParameters(BareName(frame.function)),
      {{"std::__cxx11::basic_string<char, std::char_traits<char>, "
        "std::allocator<char> >",
        "std::string"},
       {"std::__cxx11::", "std::"}});
  if (name.size() <= kLongestName) return name;
  // Not within a character of several bytes.
  size_t end = kLongestName;
  while (end > 0 && (name[end] & 0xc0) == 0x80) --end;
  return name.substr(0, end) + "...";
}

std::string ModuleName(const Frame& frame) {
  return frame.module.substr(frame.module.rfind('/') + 1);
}

// Whether a frame tells no more than that it lies in the module of `first`, and
// `first` does neither: they are told in one line.
auto IsNameless(const Frame& first) {
  return [&first](const Frame& frame) {
    return frame.function.empty() && frame.file.empty() &&
           !frame.module.empty() && frame.module == first.module &&
           first.function.empty() && first.file.empty();
  };
}

std::string Place(const Frame& frame) {
  if (!frame.file.empty()) return absl::StrCat(frame.file, ":", frame.line);
  if (frame.module.empty()) {
    return absl::StrCat("0x", absl::Hex(frame.address));
  }
  return absl::StrCat(ModuleName(frame), "+0x", absl::Hex(frame.module_offset));
}

std::string Line(const Frame& frame) {
  const std::string name = Name(frame);
  const std::string place = Place(frame);
  if (name.empty()) return place;
  return frame.file.empty() ? absl::StrCat(name, " (", place, ")")
                            : absl::StrCat(name, " ", place);
}

}  // namespace

std::vector<Frame> ReadableFrames(
    const std::vector<std::vector<Frame>>& symbolized) {
  std::vector<Frame> all = Flat(symbolized);
  const auto is_runtime = [](const Frame& frame) {
    return OwnerOf(frame) == FrameOwner::kRuntime;
  };
  const auto runner = std::find_if(all.begin(), all.end(), IsTestRunner);
  std::vector<Frame> frames(all.begin(), runner);
  if (std::all_of(frames.begin(), frames.end(), is_runtime) &&
      runner != all.end()) {
    return {};
  }
  frames.erase(std::remove_if(frames.begin(), frames.end(),
                              [](const Frame& frame) {
                                return OwnerOf(frame) == FrameOwner::kLeaktrap;
                              }),
               frames.end());
  frames.erase(frames.begin(),
               std::find_if_not(frames.begin(), frames.end(), is_runtime));
  while (!frames.empty() && is_runtime(frames.back())) frames.pop_back();
  frames.erase(std::remove_if(frames.begin(), frames.end(), IsLibrarysInside),
               frames.end());
  return frames.empty() ? std::move(all) : frames;
}

std::vector<std::string> StackLines(const std::vector<Frame>& frames,
                                    size_t limit) {
  std::vector<std::string> lines;
  for (auto frame = frames.begin(); frame != frames.end();) {
    if (lines.size() == limit) {
      lines.push_back(absl::StrCat("... and ", frames.end() - frame, " more"));
      break;
    }
    const auto end = std::find_if_not(frame, frames.end(), IsNameless(*frame));
    if (end - frame > 1) {
      lines.push_back(absl::StrCat(ModuleName(*frame), ", ", end - frame,
                                   " functions without a name"));
      frame = end;
    } else {
      lines.push_back(Line(*frame++));
    }
  }
  return lines;
}

std::string LibraryCall(const std::vector<std::vector<Frame>>& symbolized) {
  std::string call;
  for (const Frame& frame : Flat(symbolized)) {
    if (OwnerOf(frame) != FrameOwner::kRuntime) return call;
    // An inlined one may have lost its class, and is in the users' own binary.
    if (frame.inlined || IsLibrarysInside(frame)) continue;
    const std::string name = BareName(frame.function);
    call = name.substr(0, name.find('<'));
  }
  return "";
}

std::optional<Frame> UserFrame(const std::vector<Frame>& frames) {
  for (const FrameOwner owner : {FrameOwner::kUser, FrameOwner::kThirdParty}) {
    for (const Frame& frame : frames) {
      if (frame.line > 0 && OwnerOf(frame) == owner) return frame;
    }
  }
  return std::nullopt;
}

}  // namespace leaktrap::internal
