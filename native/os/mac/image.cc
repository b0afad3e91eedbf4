// Images are memory of ours, which memories get as copies that the system makes page by page as they are written.

#include "../../image.h"

#include <mach/mach.h>
#include <mach/vm_map.h>
#include <string.h>

#include <new>

#include "../memory.h"

namespace wn {

Image* store_image(const char* bytes, u64 size) {
  char* at = os::allocate(size);
  if (at == nullptr) return nullptr;
  memcpy(at, bytes, size);
  Image* image = new (std::nothrow) Image{reinterpret_cast<u64>(at), size};
  if (image == nullptr) os::release(at, size);
  return image;
}

void release_image(Image* image) {
  if (--image->refs > 0) return;
  os::release(reinterpret_cast<char*>(image->offset), image->size);
  delete image;
}

bool map_image(const Image* image, u64 from, u64 size, char* at) {
  vm_address_t place = reinterpret_cast<vm_address_t>(at);
  vm_prot_t now = VM_PROT_NONE, most = VM_PROT_NONE;
  constexpr boolean_t kCopy = 1;
  return vm_remap(mach_task_self(), &place, size, 0, VM_FLAGS_FIXED | VM_FLAGS_OVERWRITE, mach_task_self(),
                  image->offset + from, kCopy, &now, &most, VM_INHERIT_COPY) == KERN_SUCCESS &&
         (now & VM_PROT_WRITE) != 0;
}

}  // namespace wn
