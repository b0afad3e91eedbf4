#include "artefact-copy.h"

#include <errno.h>
#include <stdlib.h>

#include "machine.h"
#include "os/memory.h"

namespace wn {

constexpr u64 kMapFrom = 65536;
// `imagePage` in abi/artefact.ts.
constexpr u64 kImagePage = kArchitecture == WN_ARCHITECTURE_AARCH64 ? 65536 : WN_SECTION_PAGE;

static bool make_head(Artefact* p) {
  bool map = p->text_offset >= kMapFrom;
  p->head = static_cast<char*>(map ? os::allocate_whole(p->text_offset) : malloc(p->text_offset + 1));
  if (map && p->head != nullptr) p->head_mapped = p->text_offset;
  return p->head != nullptr;
}

// Makes room for the part of an artefact behind its code: mapped when it is large, since an image may be in it.
static bool make_tail(Artefact* p) {
  u64 size = p->file_size - p->tail_offset;
  u64 image = align_up(p->tail_offset, kImagePage > kOsPage ? kImagePage : kOsPage);
  bool map = size >= kMapFrom;
  // It begins a little earlier, so that everything is aligned as it is in the file.
  u64 lead = p->tail_offset % (map ? kOsPage : 16);
  p->tail_offset -= lead;
  size += lead;
  if (map) {
    // A memory that an image is moved to begins with a large page.
    p->tail = os::allocate_whole(size, image < p->file_size ? image - p->tail_offset : 0);
    if (p->tail == nullptr) return false;
    p->tail_mapped = size;
  } else {
    p->tail = static_cast<char*>(calloc(1, size + 1));
  }
  return p->tail != nullptr;
}

ArtefactCopy::~ArtefactCopy() {
  copy.give_up();
  if (code.at != nullptr) drop_executable(code);
}

int ArtefactCopy::begin(const Source& from, u64 text_offset, u64 text_size, u32 threads) {
  source = from;
  artefact.reset(new Artefact());
  Artefact* p = artefact.get();
  p->file_size = source.size;
  p->text_offset = text_offset;
  p->text_size = text_size;
  if (text_offset % WN_SECTION_PAGE != 0) return -EINVAL;
  const u64 end = text_offset + text_size;
  p->tail_offset = end;
  if (!make_head(p) || !make_tail(p) || (text_size > 0 && !open_executable(text_size, &code))) return -ENOMEM;
  return copy.begin(
      source, {{p->head, text_offset}, {code.to, text_size}, {p->tail + (end - p->tail_offset), source.size - end}},
      threads);
}

int ArtefactCopy::finish() {
  Artefact* p = artefact.get();
  int status = copy.finish(p->hash);
  if (status != 0 || code.at == nullptr) return status;
  OpenCode written = code;
  code = {};
  status = close_executable(written);
  if (status != 0) return -status;
  p->text = written.at;
  if (p->text_offset >= WN_HEADER_BYTES && (field<u32>(p->head, WN_HEADER_FEATURES) & kLandingPads) != 0)
    os::require_landing_pads(p->text, p->text_size);
  return 0;
}

bool ArtefactCopy::is_of(const Source& other, u64 text_offset, u64 text_size) const {
  return source.fd == other.fd && source.bytes == other.bytes && source.size == other.size &&
         artefact->text_offset == text_offset && artefact->text_size == text_size;
}

}  // namespace wn
