// Artefacts of small modules by their hash, for all threads of the process. A module that is cloned names one of these
// instead of carrying it (src-ts/runtime/cloning.ts): programs make the same small modules again and again, and V8
// takes longer to copy an artefact than to make a module. Nobody knows when the last clone arrives, so nothing is ever
// dropped; there is a bound.

#include "kept.h"

#include <mutex>
#include <string>
#include <unordered_map>

#include "env.h"

namespace wn {

static constexpr size_t kMostKept = size_t{2} << 20;
static std::mutex mutex;
static size_t total = 0;

static std::unordered_map<std::string, std::string>& artefacts() {
  static auto* all = new std::unordered_map<std::string, std::string>();
  return *all;
}

static std::string text_arg(const Args& a, size_t i) {
  size_t n = 0;
  napi_get_value_string_utf8(a.napi, a.v[i], nullptr, 0, &n);
  std::string text(n + 1, '\0');
  napi_get_value_string_utf8(a.napi, a.v[i], &text[0], n + 1, &n);
  text.resize(n);
  return text;
}

static napi_value keep_artefact(napi_env env, napi_callback_info info) {
  Args a(env, info);
  std::string hash = text_arg(a, 0);
  void* data = nullptr;
  size_t n = 0;
  if (!is_bytes(Napi::Value(env, a.v[1])) ||
      napi_get_typedarray_info(env, a.v[1], nullptr, &n, &data, nullptr, nullptr) != napi_ok) {
    a.fail("keepArtefact: bytes are expected");
    return nullptr;
  }
  std::lock_guard<std::mutex> lock(mutex);
  bool has = artefacts().find(hash) != artefacts().end();
  if (!has && n <= kMostKept - total) {
    artefacts().emplace(hash, std::string(static_cast<const char*>(data), n));
    total += n;
    has = true;
  }
  return make_bool(env, has);
}

static napi_value kept_artefact(napi_env env, napi_callback_info info) {
  Args a(env, info);
  std::string hash = text_arg(a, 0);
  std::lock_guard<std::mutex> lock(mutex);
  auto found = artefacts().find(hash);
  napi_value buffer = nullptr;
  void* data = nullptr;
  if (found == artefacts().end() || napi_create_arraybuffer(env, found->second.size(), &data, &buffer) != napi_ok)
    return nullptr;
  memcpy(data, found->second.data(), found->second.size());
  return buffer;
}

void register_kept(napi_env env, napi_value exports) {
  define<keep_artefact>(env, exports, "keepArtefact");
  define<kept_artefact>(env, exports, "keptArtefact");
}

}  // namespace wn
