#include "leaktrap/adapters/curl/other_libcurl.h"

#include <dlfcn.h>
#include <link.h>

#include <string>
#include <string_view>

namespace leaktrap::curl::internal {
namespace {

struct Search {
  const void* own;  // where the program's libcurl is loaded
  std::string other;
};

// Of the names that libcurl is known by: libcurl.so.4, libcurl-gnutls.so.4.
bool IsLibcurl(std::string_view path) {
  const std::string_view file = path.substr(path.rfind('/') + 1);
  return file.substr(0, 7) == "libcurl" &&
         file.find(".so") != std::string_view::npos;
}

int Look(dl_phdr_info* info, size_t, void* data) {
  auto* const search = static_cast<Search*>(data);
  const auto* const base = reinterpret_cast<const void*>(info->dlpi_addr);
  if (base == search->own || info->dlpi_name == nullptr ||
      !IsLibcurl(info->dlpi_name)) {
    return 0;
  }
  search->other = info->dlpi_name;
  return 1;
}

}  // namespace

std::string OtherLibcurl() {
  Search search = {};
  Dl_info own = {};
  void* const function = dlsym(RTLD_NEXT, "curl_easy_init");
  if (function == nullptr || dladdr(function, &own) == 0) return "";
  search.own = own.dli_fbase;
  dl_iterate_phdr(Look, &search);
  return search.other;
}

}  // namespace leaktrap::curl::internal
