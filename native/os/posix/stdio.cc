// What a synchronous WASI host needs of file descriptors and Node cannot do without its event loop.

#include "../../stdio.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "../../env.h"

namespace wn {

// waitFor(fd, writable, ms): whether the descriptor can be read (written) without blocking, waiting up to `ms`
// milliseconds for that (negative: for ever). -1: sleeps only.
static napi_value wait_for(napi_env env, napi_callback_info info) {
  Args a(env, info);
  double fd = a.number(0), ms = a.number(2);
  bool writable = a.boolean(1);
  if (!a.ok) return nullptr;
  struct pollfd p = {static_cast<int>(fd), static_cast<short>(writable ? POLLOUT : POLLIN), 0};
  int timeout = ms < 0 ? -1 : ms > 1e9 ? 1000000000 : static_cast<int>(ms);
  int n = poll(&p, fd < 0 ? 0 : 1, timeout);
  // An interrupted wait has waited less: callers look at the clock.
  return make_bool(env, n > 0);
}

static napi_value is_terminal(napi_env env, napi_callback_info info) {
  Args a(env, info);
  double fd = a.number(0);
  return a.ok ? make_bool(env, isatty(static_cast<int>(fd)) == 1) : nullptr;
}

void register_stdio(napi_env env, napi_value exports) {
  define<wait_for>(env, exports, "waitFor");
  define<is_terminal>(env, exports, "isTerminal");
}

}  // namespace wn
