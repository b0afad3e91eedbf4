// Reads the cache folder for a start: V8's code for the bundles of the package, and artefacts of modules. JavaScript,
// itself hardly compiled by then, takes milliseconds for that. What is read will run, so nothing is read that another
// user may have written: src-ts/cache/folder.ts has the rules, and deals with whatever is not as it should be.

#include "../../cache-read.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "../../env.h"
#include "../../hash.h"
#include "../../sha256.h"

namespace wn {

static constexpr size_t kDigest = 32;
static constexpr size_t kBlock = 64;
// As in cache.ts: a use is noted again after this time, in seconds.
static constexpr time_t kNoteUse = 60;

// SHA-256 of the SHA-256 of both halves, which take little more than one (sha256.h).
static void digest_of(const u8* bytes, size_t size, u8 digest[kDigest]) {
  size_t half = size / 2 & ~(kBlock - 1);
  Sha256State a = kSha256Start, b = kSha256Start;
  size_t first = half / kBlock, second = (size - half) / kBlock;
  sha256_blocks_2(a, bytes, b, bytes + half, first);
  sha256_blocks(b, bytes + 2 * half, second - first);
  u8 both[2 * kDigest];
  sha256_finish(a, bytes + half, half, both);
  sha256_finish(b, bytes + half + second * kBlock, size - half, both + kDigest);
  Sha256State top = kSha256Start;
  sha256_blocks(top, both, 1);
  sha256_finish(top, both + sizeof both, sizeof both, digest);
}

static bool is_ours(const struct stat& s) {
  return (s.st_mode & (S_IWGRP | S_IWOTH)) == 0 && (s.st_uid == 0 || s.st_uid == getuid());
}

// The folder's descriptor; -1 without one, -2 where it may not be used.
static int open_folder(const std::string& path) {
  int dir = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir < 0) return errno == ENOENT ? -1 : -2;
  struct stat s{};
  if (fstat(dir, &s) == 0 && is_ours(s)) return dir;
  close(dir);
  return -2;
}

// The same for a file in it.
static int open_entry(int dir, const char* name, int access, struct stat* s) {
  int fd = openat(dir, name, access | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0 && access == O_RDWR && (errno == EACCES || errno == EROFS || errno == EPERM))
    return open_entry(dir, name, O_RDONLY, s);
  if (fd < 0) return errno == ENOENT ? -1 : -2;
  if (fstat(fd, s) == 0 && S_ISREG(s->st_mode) && is_ours(*s)) return fd;
  close(fd);
  return -2;
}

static void note_use(int fd, const struct stat& s) {
  time_t now = time(nullptr);
  if (now - s.st_atim.tv_sec <= kNoteUse) return;
  struct timespec times[2] = {{now, 0}, s.st_mtim};
  futimens(fd, times);  // fails on a read-only disk, or for a file of root's
}

static bool read_at(int fd, size_t from, void* to, size_t size) {
  for (size_t done = 0; done < size;) {
    ssize_t n = pread(fd, static_cast<char*>(to) + done, size - done, static_cast<off_t>(from + done));
    if (n <= 0) return false;
    done += static_cast<size_t>(n);
  }
  return true;
}

static bool read_text(napi_env env, napi_value v, std::string* out) {
  size_t size = 0;
  if (napi_get_value_string_utf8(env, v, nullptr, 0, &size) != napi_ok) return false;
  out->resize(size);
  return napi_get_value_string_utf8(env, v, &(*out)[0], size + 1, &size) == napi_ok;
}

static std::string hex(const u8* bytes, size_t size) {
  std::string text;
  for (size_t i = 0; i < size; i++) {
    text += "0123456789abcdef"[bytes[i] >> 4];
    text += "0123456789abcdef"[bytes[i] & 15];
  }
  return text;
}

// The code in the folder's file, behind its digest; null without one that may be used, or when it is damaged.
static napi_value stored_code(napi_env env, const std::string& folder, const std::string& name) {
  int dir = open_folder(folder);
  if (dir < 0) return nullptr;
  struct stat s{};
  int fd = open_entry(dir, name.c_str(), O_RDONLY, &s);
  close(dir);
  if (fd < 0) return nullptr;
  note_use(fd, s);
  size_t size = static_cast<size_t>(s.st_size);
  u8 expected[kDigest], found[kDigest];
  void* bytes = nullptr;
  napi_value buffer = nullptr;
  bool good = size > kDigest && read_at(fd, 0, expected, kDigest) &&
              napi_create_arraybuffer(env, size - kDigest, &bytes, &buffer) == napi_ok &&
              read_at(fd, kDigest, bytes, size - kDigest);
  close(fd);
  if (!good) return nullptr;
  digest_of(static_cast<const u8*>(bytes), size - kDigest, found);
  return memcmp(found, expected, kDigest) == 0 ? buffer : nullptr;
}

// readBundle(file, before, after, folder, about): [its text (ASCII) between two others, the key of its code, its code
// if there is some]; undefined when it cannot be read. `about`: what the code depends on beside the file.
static napi_value read_bundle(napi_env env, napi_callback_info info) {
  Args a(env, info);
  std::string file, before, after, folder, about;
  if (!read_text(env, a.v[0], &file) || !read_text(env, a.v[1], &before) || !read_text(env, a.v[2], &after) ||
      !read_text(env, a.v[3], &folder) || !read_text(env, a.v[4], &about)) {
    a.fail("readBundle: five strings are expected");
    return nullptr;
  }
  int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat s{};
  bool good = fd >= 0 && fstat(fd, &s) == 0;
  std::string text = before;
  if (good) {
    text.resize(before.size() + static_cast<size_t>(s.st_size));
    good = read_at(fd, 0, &text[before.size()], static_cast<size_t>(s.st_size));
  }
  if (fd >= 0) close(fd);
  if (!good) return nullptr;
  text += after;
  std::string id = about + '\0' + file + '\0' + std::to_string(s.st_size) + '.' + std::to_string(s.st_mtim.tv_sec) +
                   '.' + std::to_string(s.st_mtim.tv_nsec);
  u8 key[kDigest];
  digest_of(reinterpret_cast<const u8*>(id.data()), id.size(), key);
  std::string name = hex(key, sizeof key);
  napi_value source = nullptr, key_text = nullptr, out = nullptr;
  napi_create_string_latin1(env, text.data(), text.size(), &source);
  napi_create_string_latin1(env, name.data(), name.size(), &key_text);
  napi_create_array_with_length(env, 2, &out);
  napi_set_element(env, out, 0, source);
  napi_set_element(env, out, 1, key_text);
  napi_value code = folder.empty() ? nullptr : stored_code(env, folder, name + ".aot");
  if (code != nullptr) napi_set_element(env, out, 2, code);
  return out;
}

// codeDigest(code): what `readBundle` expects in front of it.
static napi_value code_digest(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Napi::Value given(env, a.v[0]);
  if (!is_bytes(given)) {
    a.fail("codeDigest: a Uint8Array is expected");
    return nullptr;
  }
  Napi::Uint8Array bytes = given.As<Napi::Uint8Array>();
  void* out = nullptr;
  napi_value buffer = nullptr;
  if (napi_create_arraybuffer(env, kDigest, &out, &buffer) != napi_ok) return nullptr;
  digest_of(bytes.Data(), bytes.ElementLength(), static_cast<u8*>(out));
  return buffer;
}

// The file that small entries share, as src-ts/cache/pack.ts writes it: a header, rows by key, the entries.
namespace {

constexpr char kPack[] = "small.pack";
constexpr char kPackMagic[] = "wamrpck1";
struct PackHeader {
  char magic[8];
  u32 count, unused;
};
struct PackRow {
  u8 key[kDigest];
  u64 offset;
  u32 bytes, used;
  u8 unused[16];
};
static_assert(sizeof(PackHeader) == 16 && sizeof(PackRow) == 64, "cache/pack.ts");
constexpr u32 kMostPacked = 4096;
constexpr u32 kNotePackedUse = 600;

enum class Found { kNothing, kEntry, kOdd };

}  // namespace

static Found find_packed(napi_env env, int dir, const u8 key[kDigest], napi_value* out) {
  struct stat s{};
  int fd = open_entry(dir, kPack, O_RDWR, &s);
  if (fd < 0) return fd == -1 ? Found::kNothing : Found::kOdd;
  PackHeader header{};
  std::vector<PackRow> rows;
  bool good = read_at(fd, 0, &header, sizeof header) && memcmp(header.magic, kPackMagic, sizeof header.magic) == 0 &&
              header.count <= kMostPacked;
  if (good) {
    rows.resize(header.count);
    good = read_at(fd, sizeof header, rows.data(), header.count * sizeof(PackRow));
  }
  Found found = good ? Found::kNothing : Found::kOdd;
  u64 size = static_cast<u64>(s.st_size);
  for (u32 i = 0; good && i < header.count; i++) {
    const PackRow& row = rows[i];
    if (memcmp(row.key, key, kDigest) != 0 || !fits(row.offset, row.bytes, size)) continue;
    void* bytes = nullptr;
    found = napi_create_arraybuffer(env, row.bytes, &bytes, out) == napi_ok && read_at(fd, row.offset, bytes, row.bytes)
                ? Found::kEntry
                : Found::kOdd;
    u32 now = static_cast<u32>(time(nullptr));
    off_t place = static_cast<off_t>(sizeof header + i * sizeof row + offsetof(PackRow, used));
    // Not where it was opened for reading only.
    if (now - row.used > kNotePackedUse && pwrite(fd, &now, sizeof now, place) < 0) errno = 0;
    break;
  }
  close(fd);
  return found;
}

// As `cacheKey` of src-ts/cache/cache.ts.
static bool make_key(const std::string& what, const u8* wasm, size_t size, u8 key[kDigest]) {
  constexpr size_t kHead = 4096;
  std::vector<u8> parts(WN_HEADER_BYTES);
  parts.insert(parts.end(), what.begin(), what.end());
  parts.insert(parts.end(), wasm, wasm + (size < kHead ? size : kHead));
  if (size > kHead) {
    u8 whole[kDigest];
    if (!hash_bytes(wasm, size, whole)) return false;
    parts.insert(parts.end(), whole, whole + sizeof whole);
  }
  return hash_bytes(parts.data(), parts.size(), key);
}

// findModule(folder, what, wasm): [key] of what the folder does not have, [key, descriptor] of an entry with a file of
// its own, [key, contents] of one that shares a file, [key, null] where something is odd that JavaScript looks into.
static napi_value find_module(napi_env env, napi_callback_info info) {
  Args a(env, info);
  std::string folder, what;
  Napi::Value given(env, a.v[2]);
  if (!read_text(env, a.v[0], &folder) || !read_text(env, a.v[1], &what) || !is_bytes(given)) {
    a.fail("findModule: two strings and a Uint8Array are expected");
    return nullptr;
  }
  Napi::Uint8Array wasm = given.As<Napi::Uint8Array>();
  u8 key[kDigest];
  if (!make_key(what, wasm.Data(), wasm.ElementLength(), key)) {
    napi_throw_error(env, nullptr, "wamr-native: no memory for a hash");
    return nullptr;
  }
  std::string name = hex(key, sizeof key);
  napi_value out = nullptr, text = nullptr, entry = nullptr;
  napi_create_array_with_length(env, 1, &out);
  napi_create_string_latin1(env, name.data(), name.size(), &text);
  napi_set_element(env, out, 0, text);
  int dir = open_folder(folder);
  Found found = dir >= -1 ? Found::kNothing : Found::kOdd;
  if (dir >= 0) {
    struct stat s{};
    int fd = open_entry(dir, (name + ".aot").c_str(), O_RDONLY, &s);
    if (fd >= 0) {
      note_use(fd, s);
      entry = make_number(env, fd);
    } else {
      found = fd == -2 ? Found::kOdd : find_packed(env, dir, key, &entry);
    }
    close(dir);
  }
  if (found == Found::kOdd) napi_get_null(env, &entry);
  if (entry != nullptr) napi_set_element(env, out, 1, entry);
  return out;
}

void register_cache_read(napi_env env, napi_value exports) {
  define<find_module>(env, exports, "findModule");
  define<read_bundle>(env, exports, "readBundle");
  define<code_digest>(env, exports, "codeDigest");
}

}  // namespace wn
