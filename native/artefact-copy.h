// Copies of artefacts: all of one, since a file that is mapped changes with what is written to it, in the middle of a
// run, and one that was truncated ends the process with SIGBUS.
#pragma once

#include <memory>

#include "artefact.h"
#include "executable.h"
#include "hash.h"

namespace wn {

// An artefact on its way into memory. Nothing of it may be believed before its hash was compared.
class ArtefactCopy {
 public:
  ArtefactCopy() = default;
  ArtefactCopy(const ArtefactCopy&) = delete;
  ArtefactCopy& operator=(const ArtefactCopy&) = delete;
  // Waits for those that still write.
  ~ArtefactCopy();

  // Makes room, with the code where it is said to be, and lets up to `threads` other threads begin, which use the
  // source until `finish`. 0, or a negative errno.
  int begin(const Source& source, u64 text_offset, u64 text_size, u32 threads);
  // Does what is left: 0, or a negative errno.
  int finish();
  // Whether it is what `begin` would make of these.
  bool is_of(const Source& source, u64 text_offset, u64 text_size) const;
  // What `finish` has completed.
  Artefact* take() { return artefact.release(); }

 private:
  std::unique_ptr<Artefact> artefact;
  Source source;
  OpenCode code;
  HashedCopy copy;
};

}  // namespace wn
