// Hashes artefacts on several threads.

#include "hash.h"

#include <errno.h>
#include <string.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <new>
#include <vector>

#include "env.h"
#include "machine.h"
#include "os/files.h"
#include "os/system.h"
#include "sha256.h"

namespace wn {

static constexpr u64 kHeader = WN_HEADER_BYTES, kLeaf = WN_HASH_LEAF;
// Read at once; two of them stay in the second-level cache.
static constexpr u64 kPiece = 128 << 10;

// One artefact being hashed. Threads take pairs of leaves until there are none left.
struct HashJob {
  Source source;
  // Where its bytes go; none: they are hashed where they are, in memory.
  std::vector<Place> places;
  u64 size = 0;
  std::vector<u8> digests;
  std::atomic<u64> next{0};
  std::atomic<int> error{0};
  u64 left = 0;  // leaves not yet done; under `mutex`
  std::mutex mutex;
  std::condition_variable done;

  u64 leaves() const { return (size + kLeaf - 1) / kLeaf; }

  // The next `n` bytes from `at`, each asked for once: in place, or in `room` when they go to several places. Null
  // after an error.
  const u8* fetch(u64 at, u64 n, u8* room) {
    if (places.empty()) return reinterpret_cast<const u8*>(source.bytes) + at;
    u64 begin = 0;
    size_t k = 0;
    while (k + 1 < places.size() && at >= begin + places[k].size) begin += places[k++].size;
    bool whole = at + n <= begin + places[k].size;
    for (u64 have = 0; have < n; begin += places[k++].size) {
      u64 in = at + have - begin;
      u64 part = n - have < places[k].size - in ? n - have : places[k].size - in;
      if (part == 0) continue;  // a place for nothing may be nowhere
      char* to = places[k].to + in;
      int status = source.copy(at + have, part, to);
      if (status != 0) {
        error = status;
        return nullptr;
      }
      if (whole) return reinterpret_cast<const u8*>(to);
      memcpy(room + have, to, part);
      have += part;
    }
    return room;
  }
};

namespace {

struct Stream {
  u64 begin, at, end;
  Sha256State state = kSha256Start;
  Stream(const HashJob& j, u64 leaf)
      : begin(leaf == 0 ? kHeader : leaf * kLeaf),
        at(begin),
        end((leaf + 1) * kLeaf < j.size ? (leaf + 1) * kLeaf : j.size) {}
  u64 whole() const { return (end - at < kPiece ? end - at : kPiece) & ~u64{63}; }
};

}  // namespace

static bool finish_leaf(HashJob& j, Stream& s, u64 leaf, u8* room) {
  while (u64 n = s.whole()) {
    const u8* p = j.fetch(s.at, n, room);
    if (p == nullptr) return false;
    sha256_blocks(s.state, p, n / 64);
    s.at += n;
  }
  const u8* tail = j.fetch(s.at, s.end - s.at, room);
  if (tail == nullptr) return false;
  sha256_finish(s.state, tail, s.end - s.begin, j.digests.data() + 32 * leaf);
  return true;
}

static bool hash_pair(HashJob& j, u64 leaf, u8* room) {
  Stream a(j, leaf), b(j, leaf + 1);
  for (;;) {
    u64 n = a.whole() < b.whole() ? a.whole() : b.whole();
    if (n == 0) break;
    const u8* p = j.fetch(a.at, n, room);
    const u8* q = j.fetch(b.at, n, room + kPiece);
    if (p == nullptr || q == nullptr) return false;
    sha256_blocks_2(a.state, p, b.state, q, n / 64);
    a.at += n;
    b.at += n;
  }
  return finish_leaf(j, a, leaf, room) && finish_leaf(j, b, leaf + 1, room);
}

// Works on a job until nothing of it is left to take. Others than its `owner` leave that to it where there is no
// memory.
static void work(HashJob& j, bool owner) {
  std::unique_ptr<u8[]> room(new (std::nothrow) u8[2 * kPiece]);
  if (room == nullptr) {
    if (!owner) return;
    j.error = ENOMEM;
  }
  const u64 leaves = j.leaves();
  for (;;) {
    u64 leaf = j.next.fetch_add(2);
    if (leaf >= leaves) return;
    bool pair = leaf + 1 < leaves;
    if (j.error == 0) {
      if (pair) {
        hash_pair(j, leaf, room.get());
      } else {
        Stream s(j, leaf);
        finish_leaf(j, s, leaf, room.get());
      }
    }
    std::lock_guard<std::mutex> lock(j.mutex);
    j.left -= pair ? 2 : 1;
    if (j.left == 0) j.done.notify_all();
  }
}

// One more thread for a job; false when the system has none to give.
static bool start_thread(const std::shared_ptr<HashJob>& j) {
  auto* job = new (std::nothrow) std::shared_ptr<HashJob>(j);
  if (job == nullptr) return false;
  auto run = [](void* argument) {
    std::unique_ptr<std::shared_ptr<HashJob>> taken(static_cast<std::shared_ptr<HashJob>*>(argument));
    work(**taken, false);
  };
  bool started = os::start_thread(run, job);
  if (!started) delete job;
  return started;
}

// Lets other threads work on a job. They keep it, and outlive whoever started them: nothing waits for them at exit.
static void start_threads(const std::shared_ptr<HashJob>& j, u32 most) {
  u64 useful = j->leaves() / 4;
  if (useful == 0) return;
  u32 cores = os::processors();
  u32 n = cores < most ? cores : most;
  for (u32 i = 0; i < n && i < useful && start_thread(j); i++) {
  }
}

int HashedCopy::begin(const Source& source, const std::vector<Place>& places, u32 threads) {
  if (source.size < kHeader) return -EINVAL;
  std::shared_ptr<HashJob> j = std::make_shared<HashJob>();
  j->source = source;
  j->places = places;
  j->size = source.size;
  j->left = j->leaves();
  j->digests.resize(32 * j->left);
  start_threads(j, threads);
  job.swap(j);
  return 0;
}

int HashedCopy::finish(u8 digest[32]) {
  // Threads that come late take nothing.
  std::shared_ptr<HashJob> j;
  j.swap(job);
  work(*j, true);
  {
    std::unique_lock<std::mutex> lock(j->mutex);
    j->done.wait(lock, [&] { return j->left == 0; });
  }
  u8 room[kHeader];
  const u8* h = j->error != 0 ? nullptr : j->fetch(0, kHeader, room);
  if (h == nullptr) return -j->error;
  std::vector<u8> top(h, h + WN_HEADER_HASH);
  top.insert(top.end(), h + WN_HEADER_HASH_END, h + kHeader);
  top.insert(top.end(), j->digests.begin(), j->digests.end());
  Sha256State s = kSha256Start;
  sha256_blocks(s, top.data(), top.size() / 64);
  sha256_finish(s, top.data() + (top.size() & ~size_t{63}), top.size(), digest);
  return 0;
}

void HashedCopy::give_up() {
  if (job == nullptr) return;
  job->error = ECANCELED;
  u8 digest[32];
  finish(digest);
}

static int hash_all(const Source& source, u8 digest[32]) {
  HashedCopy copy;
  int status = copy.begin(source, {}, kHelpingThreads);
  return status != 0 ? status : copy.finish(digest);
}

int Source::copy(u64 from, u64 n, char* to) const {
  if (bytes == nullptr) return os::read_at(fd, to, n, from);
  memcpy(to, bytes + from, n);
  return 0;
}

bool hash_bytes(const u8* bytes, u64 size, u8 digest[32]) {
  Source source;
  source.bytes = reinterpret_cast<const char*>(bytes);
  source.size = size;
  return hash_all(source, digest) == 0;
}

// ---- JavaScript ----

static napi_value hash(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Napi::Value given(env, a.v[0]);
  if (!is_bytes(given)) {
    a.fail("hash: a Uint8Array is expected");
    return nullptr;
  }
  Napi::Uint8Array bytes = given.As<Napi::Uint8Array>();
  Source source;
  source.bytes = reinterpret_cast<const char*>(bytes.Data());
  source.size = bytes.ElementLength();
  u8 digest[32];
  int error = hash_all(source, digest);
  if (error != 0) return make_number(env, error);
  void* out = nullptr;
  napi_value buffer = nullptr;
  if (napi_create_arraybuffer(env, sizeof digest, &out, &buffer) != napi_ok) return nullptr;
  memcpy(out, digest, sizeof digest);
  return buffer;
}

static void sha256(const std::vector<u8>& bytes, u8 digest[32]) {
  Sha256State s = kSha256Start;
  sha256_blocks(s, bytes.data(), bytes.size() / 64);
  sha256_finish(s, bytes.data() + (bytes.size() & ~size_t{63}), bytes.size(), digest);
}

namespace {

// Made once a process, never told.
struct Secret {
  u8 bytes[32];
  bool made;
  Secret() : made(os::random(bytes, sizeof bytes)) {}
};

}  // namespace

// SHA-256 of the secret and the SHA-256 of the message: the fixed length keeps it from being extended.
static napi_value sign(napi_env env, napi_callback_info info) {
  static const Secret secret;
  Args a(env, info);
  Napi::Value message(env, a.v[0]);
  if (!is_bytes(message) || !secret.made) {
    a.fail(secret.made ? "sign: a Uint8Array is expected" : "sign: this system gives no random numbers");
    return nullptr;
  }
  Napi::Uint8Array given = message.As<Napi::Uint8Array>();
  std::vector<u8> top(secret.bytes, secret.bytes + sizeof secret.bytes);
  top.resize(top.size() + 32);
  sha256({given.Data(), given.Data() + given.ElementLength()}, top.data() + sizeof secret.bytes);
  void* out = nullptr;
  napi_value buffer = nullptr;
  if (napi_create_arraybuffer(env, 32, &out, &buffer) != napi_ok) return nullptr;
  sha256(top, static_cast<u8*>(out));
  return buffer;
}

void register_hash(napi_env env, napi_value exports) {
  define<sign>(env, exports, "sign");
  define<hash>(env, exports, "hash");
}

}  // namespace wn
