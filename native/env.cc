// Environments: set-up, clean-up, N-API plumbing.

#include "env.h"

#include <cstdlib>

namespace wn {

Object::Object(Env* e) : env(e) { e->objects++; }
Object::~Object() {
  Env* e = env;
  e->untold -= static_cast<int64_t>(weight);
  if (state != nullptr && !e->closing) napi_delete_reference(e->napi, state);
  if (--e->objects == 0 && e->closing) delete e;
}

void Object::weigh(u64 bytes) {
  if (!env->weighs) return;
  env->untold += static_cast<int64_t>(bytes) - static_cast<int64_t>(weight);
  weight = bytes;
}

Env* get_env(napi_env env) {
  void* data = nullptr;
  napi_get_instance_data(env, &data);
  return static_cast<Env*>(data);
}

Args::Args(napi_env n, napi_callback_info info) : napi(n), env(get_env(n)) {
  napi_get_cb_info(n, info, &count, v, nullptr, &data);
}

void Args::fail(const char* what) {
  if (ok) napi_throw_type_error(napi, nullptr, what);
  ok = false;
}

double Args::number(size_t i) {
  double d = 0;
  if (i >= count || napi_get_value_double(napi, v[i], &d) != napi_ok) fail("wamr-native addon: a number is expected");
  return d;
}

bool Args::boolean(size_t i) {
  bool b = false;
  if (i >= count || napi_get_value_bool(napi, v[i], &b) != napi_ok) fail("wamr-native addon: a boolean is expected");
  return b;
}

napi_value make_number(napi_env env, double d) {
  napi_value v = nullptr;
  napi_create_double(env, d, &v);
  return v;
}

napi_value make_bool(napi_env env, bool b) {
  napi_value v = nullptr;
  napi_get_boolean(env, b, &v);
  return v;
}

void throw_no_memory(napi_env env) {
  napi_throw_range_error(env, "ERR_WAMR_NO_MEMORY",
                         "wamr-native: no memory: raise ulimit -v or the container's memory, or dispose of modules and "
                         "instances");
}

void define_function(napi_env env, napi_value exports, const char* name, napi_callback cb) {
  napi_value fn = nullptr;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, cb, nullptr, &fn);
  napi_set_named_property(env, exports, name, fn);
}

napi_value Reader::get(const char* name) {
  napi_value v = nullptr;
  if (ok && napi_get_named_property(napi, object, name, &v) != napi_ok) {
    ok = false;
    bool pending = false;
    napi_is_exception_pending(napi, &pending);
    if (!pending) napi_throw_type_error(napi, nullptr, name);
  }
  return v;
}

double Reader::number(const char* name) {
  napi_value v = get(name);
  double d = 0;
  if (ok && napi_get_value_double(napi, v, &d) != napi_ok) {
    ok = false;
    napi_throw_type_error(napi, nullptr, name);
  }
  return d;
}

bool Reader::boolean(const char* name) {
  napi_value v = get(name);
  bool b = false;
  if (ok && napi_get_value_bool(napi, v, &b) != napi_ok) {
    ok = false;
    napi_throw_type_error(napi, nullptr, name);
  }
  return b;
}

bool Reader::array(const char* name, std::vector<u32>* out) {
  napi_value v = get(name);
  std::vector<double> numbers;
  if (!ok || !read_numbers(napi, v, &numbers)) return ok = false;
  out->clear();
  out->reserve(numbers.size());
  for (double d : numbers) out->push_back(static_cast<u32>(static_cast<int64_t>(d)));
  return true;
}

template <class T>
static void widen(const void* data, size_t n, std::vector<double>* out) {
  const T* p = static_cast<const T*>(data);
  out->assign(p, p + n);
}

bool read_numbers(napi_env env, napi_value array, std::vector<double>* out) {
  bool typed = false;
  bool plain = false;
  napi_is_typedarray(env, array, &typed);
  napi_is_array(env, array, &plain);
  if (typed) {
    napi_typedarray_type type;
    void* data = nullptr;
    size_t n = 0;
    napi_get_typedarray_info(env, array, &type, &n, &data, nullptr, nullptr);
    switch (type) {
      case napi_int32_array:
        widen<int32_t>(data, n, out);
        break;
      case napi_uint32_array:
        widen<uint32_t>(data, n, out);
        break;
      case napi_float64_array:
        widen<double>(data, n, out);
        break;
      case napi_uint8_array:
        widen<uint8_t>(data, n, out);
        break;
      case napi_uint16_array:
        widen<uint16_t>(data, n, out);
        break;
      default:
        napi_throw_type_error(env, nullptr, "wamr-native addon: an array of 32-bit or Float64 numbers is expected");
        return false;
    }
    return true;
  }
  u32 n = 0;
  if (!plain || napi_get_array_length(env, array, &n) != napi_ok) {
    napi_throw_type_error(env, nullptr, "wamr-native addon: an array of numbers is expected");
    return false;
  }
  out->resize(n);
  for (u32 i = 0; i < n; i++) {
    // A scope for each 1,024 elements would do; one for each keeps it simple and the arrays are short.
    napi_handle_scope scope;
    napi_open_handle_scope(env, &scope);
    napi_value e = nullptr;
    bool good = napi_get_element(env, array, i, &e) == napi_ok && napi_get_value_double(env, e, &(*out)[i]) == napi_ok;
    napi_close_handle_scope(env, scope);
    if (!good) {
      napi_throw_type_error(env, nullptr, "wamr-native addon: an array of numbers is expected");
      return false;
    }
  }
  return true;
}

}  // namespace wn
