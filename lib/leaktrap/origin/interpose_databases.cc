// Data bases of the system that keep a file open between calls: /etc/hosts,
// /etc/passwd. Neither the call nor the C library says which descriptor it is.

#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <pwd.h>
#include <shadow.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "leaktrap/origin/descriptor_ledger.h"
#include "leaktrap/origin/interpose.h"
#include "leaktrap/origin/next_function.h"
#include "leaktrap/origin/recording.h"
#include "leaktrap/system/unseen_calls.h"

LEAKTRAP_NEXT(sethostent)
LEAKTRAP_NEXT(endhostent)
LEAKTRAP_NEXT(setnetent)
LEAKTRAP_NEXT(endnetent)
LEAKTRAP_NEXT(setprotoent)
LEAKTRAP_NEXT(endprotoent)
LEAKTRAP_NEXT(setservent)
LEAKTRAP_NEXT(endservent)
LEAKTRAP_NEXT(setpwent)
LEAKTRAP_NEXT(endpwent)
LEAKTRAP_NEXT(setgrent)
LEAKTRAP_NEXT(endgrent)
LEAKTRAP_NEXT(setspent)
LEAKTRAP_NEXT(endspent)

// In a program that is linked with -static and reads them, the C library's
// functions come together with those that read, and take precedence. With
// clang's sanitizers theirs would, which are weak too and come first; but no
// program is linked with those and -static.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer) || __has_feature(leak_sanitizer)
#define LEAKTRAP_INTERPOSED_WEAKLY LEAKTRAP_INTERPOSED
#endif
#endif
#ifndef LEAKTRAP_INTERPOSED_WEAKLY
#define LEAKTRAP_INTERPOSED_WEAKLY LEAKTRAP_INTERPOSED __attribute__((weak))
#endif

namespace leaktrap::internal {

// The number that the next descriptor will have; -1 if none is left.
static int NextNumber() {
  const int fd = UnseenOpen("/", O_PATH | O_CLOEXEC);
  if (fd >= 0) UnseenClose(fd);
  return fd;
}

// The descriptor that a data base has kept open; -1 if it is not known.
using Kept = std::atomic<int>;

// Takes the lowest free number before the call, if it is open after it, for
// what the call has opened. Another thread that opens something meanwhile is
// recorded by itself.
template <typename Open>
static void OpenDatabase(Kept& kept, const CallSite& site, Open open) {
  const uint64_t sequence = BeginCreation();
  const int saved_errno = errno;
  const int fd = sequence == 0 ? -1 : NextNumber();
  errno = saved_errno;
  open();
  if (fd < 0) return;
  const int new_errno = errno;
  if (UnseenFcntl(fd, F_GETFD) != -1 && FindDescriptor(fd).made.sequence == 0) {
    RecordDescriptor(sequence, fd, site);
    kept.store(fd);
  }
  errno = new_errno;
}

// `call` is the one that opened it.
template <typename Close>
static void CloseDatabase(Kept& kept, const char* call, const void* caller,
                          Close close) {
  const int fd = kept.exchange(-1);
  const char* const made_by = FindDescriptor(fd).made.call;
  const bool is_it = made_by != nullptr && std::strcmp(made_by, call) == 0;
  Closing closing(is_it ? fd : -1, caller);
  close();
  closing.End(0);
}

static Kept host{-1};

LEAKTRAP_INTERPOSED_WEAKLY void sethostent(int stay_open) {
  OpenDatabase(host, LEAKTRAP_CALL_SITE("sethostent"),
               [&] { next_sethostent.Get()(stay_open); });
}

LEAKTRAP_INTERPOSED_WEAKLY void endhostent() {
  CloseDatabase(host, "sethostent", __builtin_return_address(0),
                [] { next_endhostent.Get()(); });
}

static Kept net{-1};

LEAKTRAP_INTERPOSED_WEAKLY void setnetent(int stay_open) {
  OpenDatabase(net, LEAKTRAP_CALL_SITE("setnetent"),
               [&] { next_setnetent.Get()(stay_open); });
}

LEAKTRAP_INTERPOSED_WEAKLY void endnetent() {
  CloseDatabase(net, "setnetent", __builtin_return_address(0),
                [] { next_endnetent.Get()(); });
}

static Kept proto{-1};

LEAKTRAP_INTERPOSED_WEAKLY void setprotoent(int stay_open) {
  OpenDatabase(proto, LEAKTRAP_CALL_SITE("setprotoent"),
               [&] { next_setprotoent.Get()(stay_open); });
}

LEAKTRAP_INTERPOSED_WEAKLY void endprotoent() {
  CloseDatabase(proto, "setprotoent", __builtin_return_address(0),
                [] { next_endprotoent.Get()(); });
}

static Kept serv{-1};

LEAKTRAP_INTERPOSED_WEAKLY void setservent(int stay_open) {
  OpenDatabase(serv, LEAKTRAP_CALL_SITE("setservent"),
               [&] { next_setservent.Get()(stay_open); });
}

LEAKTRAP_INTERPOSED_WEAKLY void endservent() {
  CloseDatabase(serv, "setservent", __builtin_return_address(0),
                [] { next_endservent.Get()(); });
}

static Kept pw{-1};

LEAKTRAP_INTERPOSED_WEAKLY void setpwent() {
  OpenDatabase(pw, LEAKTRAP_CALL_SITE("setpwent"),
               [&] { next_setpwent.Get()(); });
}

LEAKTRAP_INTERPOSED_WEAKLY void endpwent() {
  CloseDatabase(pw, "setpwent", __builtin_return_address(0),
                [] { next_endpwent.Get()(); });
}

static Kept gr{-1};

LEAKTRAP_INTERPOSED_WEAKLY void setgrent() {
  OpenDatabase(gr, LEAKTRAP_CALL_SITE("setgrent"),
               [&] { next_setgrent.Get()(); });
}

LEAKTRAP_INTERPOSED_WEAKLY void endgrent() {
  CloseDatabase(gr, "setgrent", __builtin_return_address(0),
                [] { next_endgrent.Get()(); });
}

static Kept sp{-1};

LEAKTRAP_INTERPOSED_WEAKLY void setspent() {
  OpenDatabase(sp, LEAKTRAP_CALL_SITE("setspent"),
               [&] { next_setspent.Get()(); });
}

LEAKTRAP_INTERPOSED_WEAKLY void endspent() {
  CloseDatabase(sp, "setspent", __builtin_return_address(0),
                [] { next_endspent.Get()(); });
}

}  // namespace leaktrap::internal
