// Programs with two libcurls: of two sorts of TLS, say, one of them through
// some library.

#ifndef LEAKTRAP_ADAPTERS_CURL_OTHER_LIBCURL_H_
#define LEAKTRAP_ADAPTERS_CURL_OTHER_LIBCURL_H_

#include <string>

namespace leaktrap::curl::internal {

// The path of a shared libcurl that is loaded beside the program's own; empty
// if there is none. What stands in front of libcurl's functions is called for
// both, and hands all calls on to the program's own: the handles of the other
// would be mixed up.
std::string OtherLibcurl();

}  // namespace leaktrap::curl::internal

#endif  // LEAKTRAP_ADAPTERS_CURL_OTHER_LIBCURL_H_
