// What a synchronous WASI host needs of file descriptors and Node cannot do without its event loop.

#include "../../stdio.h"

#include "../../env.h"
#include "handles.h"

namespace wn {

// Whether a pipe has bytes, or its other end is closed.
static bool pipe_readable(HANDLE pipe) {
  DWORD available = 0;
  return PeekNamedPipe(pipe, nullptr, 0, nullptr, &available, nullptr) == 0 || available > 0;
}

// Looks every millisecond: pipes cannot be waited for.
static bool wait_for_pipe(HANDLE pipe, DWORD ms) {
  for (DWORD waited = 0; !pipe_readable(pipe); waited++) {
    if (ms != INFINITE && waited >= ms) return false;
    Sleep(1);
  }
  return true;
}

static HANDLE handle_of(double fd) { return fd < 0 ? INVALID_HANDLE_VALUE : uv_get_osfhandle(static_cast<int>(fd)); }

// waitFor(fd, writable, ms): whether the descriptor can be read (written) without blocking, waiting up to `ms`
// milliseconds for that (negative: for ever). -1: sleeps only. Writing counts as possible always.
static napi_value wait_for(napi_env env, napi_callback_info info) {
  Args a(env, info);
  double fd = a.number(0), ms = a.number(2);
  bool writable = a.boolean(1);
  if (!a.ok) return nullptr;
  DWORD timeout = ms < 0 ? INFINITE : ms > 1e9 ? 1000000000 : static_cast<DWORD>(ms);
  HANDLE handle = handle_of(fd);
  if (handle == INVALID_HANDLE_VALUE) {
    Sleep(timeout);
    return make_bool(env, false);
  }
  bool ready = true;
  DWORD type = writable ? FILE_TYPE_DISK : GetFileType(handle);
  if (type == FILE_TYPE_PIPE) ready = wait_for_pipe(handle, timeout);
  if (type == FILE_TYPE_CHAR) ready = WaitForSingleObject(handle, timeout) != WAIT_TIMEOUT;
  return make_bool(env, ready);
}

static napi_value is_terminal(napi_env env, napi_callback_info info) {
  Args a(env, info);
  double fd = a.number(0);
  if (!a.ok) return nullptr;
  DWORD mode;
  HANDLE handle = handle_of(fd);
  return make_bool(env, handle != INVALID_HANDLE_VALUE && GetConsoleMode(handle, &mode) != 0);
}

void register_stdio(napi_env env, napi_value exports) {
  define<wait_for>(env, exports, "waitFor");
  define<is_terminal>(env, exports, "isTerminal");
}

}  // namespace wn
