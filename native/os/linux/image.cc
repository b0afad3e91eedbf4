// One file in memory (memfd) holds all images of the process, whose pages are mapped copy-on-write: untouched pages
// cost nothing, and one descriptor serves all modules. Nobody else knows the file, so nobody truncates it.

#include "../../image.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <mutex>
#include <new>
#include <vector>

namespace wn {

static std::mutex mutex;
static int file = -1;
static u64 file_end = 0;
struct Hole {
  u64 offset, size;
};
static std::vector<Hole>& holes() {
  static auto* list = new std::vector<Hole>();
  return *list;
}

// Under the mutex.
static bool open_file() {
  if (file >= 0) return true;
  file = memfd_create("wamr-native", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (file >= 0) fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK);
  return file >= 0;
}

static u64 take_place(u64 size) {
  for (Hole& h : holes()) {
    if (h.size < size) continue;
    u64 at = h.offset;
    h.offset += size;
    h.size -= size;
    return at;
  }
  u64 at = file_end;
  file_end += size;
  return at;
}

static void give_back(u64 offset, u64 size) {
  fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset), static_cast<off_t>(size));
  attempt([&] { holes().push_back({offset, size}); });  // else the place is lost
}

Image* store_image(const char* bytes, u64 size) {
  std::lock_guard<std::mutex> lock(mutex);
  if (!open_file()) return nullptr;
  u64 at = take_place(size);
  for (u64 done = 0; done < size;) {
    ssize_t n = pwrite(file, bytes + done, size - done, static_cast<off_t>(at + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      give_back(at, size);
      return nullptr;
    }
    done += static_cast<u64>(n);
  }
  Image* image = new (std::nothrow) Image{at, size};
  if (image == nullptr) give_back(at, size);
  return image;
}

void release_image(Image* image) {
  if (--image->refs > 0) return;
  {
    std::lock_guard<std::mutex> lock(mutex);
    give_back(image->offset, image->size);
  }
  delete image;
}

bool map_image(const Image* image, u64 from, u64 size, char* at) {
  return mmap(at, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, file,
              static_cast<off_t>(image->offset + from)) != MAP_FAILED;
}

}  // namespace wn
