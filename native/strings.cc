// Copies of the strings that wasm reads, and their cells (strings.h). The builtins themselves: strings.cc of the
// machine's folder.

#include "strings.h"

#include <algorithm>
#include <new>

namespace wn {

// Assembly compares 16 bytes at a time.
static constexpr u32 kBlock = 8;

static u64 padded(u64 units) { return align_up(units, kBlock); }

// JavaScript puts address and number of its cells there, both at once.
static u32* words(const Env* e) { return reinterpret_cast<u32*>(e->arguments); }

bool Strings::has_cell(u32 index) const { return index < words(env)[WN_CONTROL_STRING_CELL_COUNT]; }

char* Strings::cell(u32 index) const {
  return reinterpret_cast<char**>(env->arguments)[WN_CONTROL_STRING_CELLS / 2] + (u64{index} << WN_STRING_CELL_SHIFT);
}

struct alignas(16) Character {
  char16_t units[kBlock];
};

static const Character* single_characters() {
  static const Character* characters = [] {
    auto* all = new Character[WN_STRING_SINGLE_CHARACTERS]();
    for (u32 c = 0; c < WN_STRING_SINGLE_CHARACTERS; c++) all[c].units[0] = static_cast<char16_t>(c);
    return all;
  }();
  return characters;
}

void Strings::begin_cells(char* to, u32 count, u32 first) {
  copies.resize(count);
  for (u32 k = 0; k <= WN_STRING_SINGLE_CHARACTERS; k++) {
    char* at = to + (u64{first + k} << WN_STRING_CELL_SHIFT);
    bool empty = k == WN_STRING_SINGLE_CHARACTERS;
    field<u32>(at, WN_STRING_CELL_UNITS) = empty ? 0 : 1;
    field<u32>(at, WN_STRING_CELL_KIND) = (empty ? 0 : 1) + WN_STRING_KIND_STRING;
    field<const char16_t*>(at, WN_STRING_CELL_CONTENTS) = empty ? nullptr : single_characters()[k].units;
  }
}

bool Strings::copy(u32 index, napi_value text, size_t units) {
  forget(index);
  if (all_units + padded(units) > WN_STRING_MAX_ALL_UNITS) forget_all();
  // N-API ends what it writes with a zero.
  std::unique_ptr<char16_t[]> to(new (std::nothrow) char16_t[padded(units + 1)]);
  if (to == nullptr) return false;
  size_t n = 0;
  if (napi_get_value_string_utf16(env->napi, text, to.get(), units + 1, &n) != napi_ok || n != units) return false;
  std::fill(to.get() + n, to.get() + padded(n + 1), u'\0');
  char* at = cell(index);
  field<u32>(at, WN_STRING_CELL_UNITS) = static_cast<u32>(n);
  field<u32>(at, WN_STRING_CELL_KIND) = static_cast<u32>(n) + WN_STRING_KIND_STRING;
  field<const char16_t*>(at, WN_STRING_CELL_CONTENTS) = to.get();
  copies[index] = {std::move(to), static_cast<u32>(n)};
  all_units += padded(n);
  env->untold += static_cast<int64_t>(2 * padded(n));
  return true;
}

void Strings::forget(u32 index) {
  Copy& c = copies[index];
  if (c.units == nullptr) return;
  // The cell may be about another value by now, of which there is no copy.
  char* at = cell(index);
  if (field<u32>(at, WN_STRING_CELL_UNITS) != 0) field<u64>(at, WN_STRING_CELL_CONTENTS) = 0;
  field<u32>(at, WN_STRING_CELL_UNITS) = 0;
  all_units -= padded(c.length);
  env->untold -= static_cast<int64_t>(2 * padded(c.length));
  c = {};
}

void Strings::forget_all() {
  for (u32 k = 0; k < copies.size() && all_units > 0; k++) forget(k);
}

void Strings::sweep(const u8* marks, size_t n) {
  for (u32 k = 0; k < n && k < copies.size() && all_units > 0; k++) {
    if (marks[k] == 0) forget(k);
  }
}

static napi_value string_cells(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Env* e = a.env;
  u32 count = a.u32_at(0), first = a.u32_at(1);
  if (!a.ok) return nullptr;
  if (first == 0 || u64{first} + WN_STRING_SINGLE_CHARACTERS >= count) {
    a.fail("stringCells: no room for the single characters");
    return nullptr;
  }
  if (e->strings == nullptr && !attempt([e] { e->strings = new Strings(e); })) return nullptr;
  // Before anything can fail: JavaScript does without cells then.
  e->strings->forget_all();
  void* data = nullptr;
  napi_value buffer = nullptr;
  if (napi_create_arraybuffer(env, u64{count} << WN_STRING_CELL_SHIFT, &data, &buffer) != napi_ok) return nullptr;
  if (!attempt([&] { e->strings->begin_cells(static_cast<char*>(data), count, first); })) return nullptr;
  reinterpret_cast<void**>(e->arguments)[WN_CONTROL_NEW_STRING_CELLS / 2] = data;
  return buffer;
}

static napi_value string_contents(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Strings* s = a.env->strings;
  u32 index = a.u32_at(0);
  size_t units = 0;
  if (!a.ok) return nullptr;
  if (s == nullptr || !s->has_cell(index) || napi_get_value_string_utf16(env, a.v[1], nullptr, 0, &units) != napi_ok ||
      units == 0 || units > WN_STRING_MAX_UNITS)
    a.fail("stringContents: no such cell, or no string of such a length");
  else
    s->copy(index, a.v[1], units);
  return nullptr;
}

void register_strings(napi_env env, napi_value exports) {
  define<string_cells>(env, exports, "stringCells");
  define<string_contents>(env, exports, "stringContents");
}

}  // namespace wn
