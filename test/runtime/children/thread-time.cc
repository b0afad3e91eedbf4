// Processor time of the calling thread in milliseconds, for Node before 24, as an addon.

#include <node_api.h>
#include <time.h>

static napi_value now(napi_env env, napi_callback_info) {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  napi_value v = nullptr;
  napi_create_double(env, static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_nsec) / 1e6, &v);
  return v;
}

NAPI_MODULE_INIT() {
  napi_value f = nullptr;
  napi_create_function(env, "now", NAPI_AUTO_LENGTH, now, nullptr, &f);
  napi_set_named_property(env, exports, "now", f);
  return exports;
}
