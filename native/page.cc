// The system's pages.

#include <stdlib.h>
#include <unistd.h>

#include "common.h"

namespace wn {

// WAMR_NATIVE_PAGE_KIB: for tests, pages that are larger than the system's.
static u64 find_page() {
  const u64 bytes = static_cast<u64>(sysconf(_SC_PAGESIZE));
  const char* wanted = getenv("WAMR_NATIVE_PAGE_KIB");
  const u64 larger = wanted == nullptr ? 0 : strtoull(wanted, nullptr, 10) << 10;
  return larger > bytes && (larger & (larger - 1)) == 0 ? larger : bytes;
}

const u64 kOsPage = find_page();

}  // namespace wn
