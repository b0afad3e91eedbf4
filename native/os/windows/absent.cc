// What there is no version of for Windows: the runtime does without (images, quick look-ups in the cache), or the
// program is told (the sampling profiler).

#include "../../cache-read.h"
#include "../../env.h"
#include "../../image.h"
#include "../../profile.h"

namespace wn {

static napi_value nothing(napi_env, napi_callback_info) { return nullptr; }

static napi_value no_profiler(napi_env env, napi_callback_info) {
  napi_throw_error(env, "ERR_WAMR_NO_PROFILER", "wamr-native: the sampling profiler needs Linux");
  return nullptr;
}

// JavaScript looks itself.
void register_cache_read(napi_env env, napi_value exports) {
  define<nothing>(env, exports, "findModule");
  define<nothing>(env, exports, "readBundle");
}

void register_profile(napi_env env, napi_value exports) {
  define<no_profiler>(env, exports, "profileStart");
  define<no_profiler>(env, exports, "profileStop");
  define<no_profiler>(env, exports, "profileNoteFile");
}

Image* store_image(const char*, u64) { return nullptr; }
void release_image(Image*) {}
bool map_image(const Image*, u64, u64, char*) { return false; }

}  // namespace wn
