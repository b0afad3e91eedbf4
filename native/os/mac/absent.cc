// The sampling profiler needs timers of a thread: the program is told that there is none.

#include "../../env.h"
#include "../../profile.h"

namespace wn {

static napi_value no_profiler(napi_env env, napi_callback_info) {
  napi_throw_error(env, "ERR_WAMR_NO_PROFILER", "wamr-native: the sampling profiler needs Linux");
  return nullptr;
}

void register_profile(napi_env env, napi_value exports) {
  define<no_profiler>(env, exports, "profileStart");
  define<no_profiler>(env, exports, "profileStop");
  define<no_profiler>(env, exports, "profileNoteFile");
}

}  // namespace wn
